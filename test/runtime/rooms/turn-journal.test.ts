import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createMemoryEventLog } from "../../../adapters/memory/event-log.js";
import type { Commit } from "../../../src/core/room/commit.js";
import { noRows, withSteps } from "../../../src/core/room/step-rows.js";
import type { TurnRecord } from "../../../src/core/room/turn-record.js";
import type { ReadOptions } from "../../../src/ports/event-log.js";
import type { LogPosition } from "../../../src/runtime/rooms/log-position.js";
import { placedStep, readTurnJournal } from "../../../src/runtime/rooms/turn-journal.js";
import { createTurnTaking } from "../../../src/runtime/rooms/turn-taking.js";

const stream = "agent/room/coder";
const turn = (turnId: string, startedAtMs: number, endedAtMs?: number): TurnRecord => ({
  turnId,
  agent: "coder",
  startedAtMs,
  ...(endedAtMs !== undefined && { endedAtMs }),
  steps: 0,
  usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 0 },
  models: [],
  gates: [],
  messages: [],
});

async function journalOf(commits: readonly Commit[]) {
  const log = createMemoryEventLog();
  let reads = 0;
  await log.append(stream, commits);
  const eventLog = {
    head: log.head,
    read: (name: string, options?: ReadOptions) => {
      reads += 1;
      return log.read(name, options);
    },
  };
  const read = (of: TurnRecord, maxBytes: number, after?: LogPosition) =>
    readTurnJournal({ roomId: "room", turn: of, maxBytes, after }, { eventLog, turns: createTurnTaking() });
  return { read, reads: () => reads };
}

test("a journal of the first release is read: what it has is shown, and unknown entries are passed over", async () => {
  const { commits } = JSON.parse(readFileSync(new URL("../../fixtures/journal-1.json", import.meta.url), "utf8")) as {
    commits: Commit[];
  };
  const { read } = await journalOf(commits);
  const page = await read(turn("t1", 1_700_000_000_000, 1_700_000_005_000), 100_000);
  const rows = withSteps(
    noRows,
    page.steps.map((stored) => placedStep(stored, stored.step)),
  );
  expect(rows.models).toEqual(["m1"]);
  expect(rows.rows.map((row) => (row.kind === "tool" ? `${row.name} ${row.phase} ${row.summary}` : row.kind))).toEqual([
    "text",
    "Read ended a.ts",
    "text",
    "notice",
    "text",
  ]);
  expect(page.steps.map(({ gated }) => gated).at(-1)).toBe(true);
  expect(page.isEnd).toBe(true);
});

/** 400 turns, one a minute, each with 5 entries in 2 commits. */
const many = Array.from({ length: 800 }, (_, index): Commit => {
  const turnId = `t${Math.floor(index / 2)}`;
  const texts = index % 2 === 0 ? ["a", "b", "c"] : ["d", "e"];
  return {
    id: `c${index + 1}`,
    version: index + 1,
    parent: index === 0 ? "" : `c${index}`,
    at: 1_700_000_000_000 + index * 30_000,
    by: "coder",
    events: texts.map((text) => ({ type: "block", turnId, outputId: text, index: 0, text: `${turnId} ${text}` })),
  };
});

test("a turn is found in a long journal by its time, with few reads", async () => {
  const { read, reads } = await journalOf(many);
  const startedAtMs = 1_700_000_000_000 + 700 * 30_000;
  const page = await read(turn("t350", startedAtMs, startedAtMs + 30_000), 100_000);
  expect(page.steps.map(({ step }) => "text" in step && step.text)).toEqual(
    ["a", "b", "c", "d", "e"].map((text) => `t350 ${text}`),
  );
  expect(reads()).toBeLessThan(20);
});

test.each([1, 150, 300, 100_000])("pages of %i bytes give every entry once and in order", async (maxBytes) => {
  const { read } = await journalOf(many);
  const wanted = turn("t7", 1_700_000_000_000 + 14 * 30_000, 1_700_000_000_000 + 15 * 30_000);
  const found: string[] = [];
  let after: LogPosition | undefined;
  for (let page = await read(wanted, maxBytes); ; page = await read(wanted, maxBytes, after)) {
    found.push(...page.steps.map(({ step }) => ("text" in step ? step.text : "")));
    if (page.isEnd) break;
    after = page.position;
  }
  expect(found).toEqual(["a", "b", "c", "d", "e"].map((text) => `t7 ${text}`));
});
