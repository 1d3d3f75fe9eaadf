import { expect, test } from "vitest";
import type { PlacedStep, TurnStep } from "../../../src/core/room/step.js";
import { noRows, withSteps } from "../../../src/core/room/step-rows.js";

const placed = (steps: readonly TurnStep[]): PlacedStep[] =>
  steps.map((step, index) => ({ ...step, place: `1.${index}`, at: index }));

const tool = { type: "tool", id: "a", name: "Bash", summary: "make" } as const;

test("a tool is one line from its start to its result, however its entries are cut into pages", () => {
  const steps = placed([
    { ...tool, phase: "started", input: '{"command":"make"}' },
    { type: "block", text: "meanwhile" },
    { ...tool, phase: "failed", summary: "make: exit 2" },
    { type: "tool.result", id: "a", ok: false, bytes: 9_000, text: "no rule", cut: true, blob: "f".repeat(64) },
  ]);
  const whole = withSteps(noRows, steps);
  const inPages = steps.reduce((rows, step) => withSteps(rows, [step]), noRows);
  expect(inPages.rows).toEqual(whole.rows);
  expect(whole.rows).toEqual([
    {
      kind: "tool",
      key: "a",
      at: 0,
      endedAt: 2,
      name: "Bash",
      phase: "failed",
      summary: "make: exit 2",
      input: '{"command":"make"}',
      result: { ok: false, bytes: 9_000, text: "no rule", cut: true, isStored: true },
    },
    { kind: "text", key: "1.1", at: 1, text: "meanwhile" },
  ]);
  expect(withSteps(whole, steps).rows).toEqual(whole.rows);
});

test("the plan is the last one that was told", () => {
  const plan = (state: string): TurnStep => ({ type: "plan", entries: [{ text: "look", state }] });
  const { rows } = withSteps(noRows, placed([plan("pending"), { type: "block", text: "on it" }, plan("done")]));
  expect(rows.map((row) => (row.kind === "plan" ? row.entries[0]?.state : row.kind))).toEqual(["done", "text"]);
});

test("a result whose tool is not known is passed over", () => {
  expect(withSteps(noRows, placed([{ type: "tool.result", id: "z", ok: true, bytes: 1, text: "x" }])).rows).toEqual([]);
});
