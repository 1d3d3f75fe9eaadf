import { expect, test } from "vitest";
import { figuresOf } from "./judge.js";

test("forty conversations are judged right: twenty storms of acknowledgements end, twenty kinds of work go on", () => {
  expect(figuresOf(1)).toEqual({ storms: 20, ended: 20, work: 20, halted: 0, wrong: [] });
});

test("forty conversations that were written before the rule: no work is halted and at least eighteen of twenty storms end", () => {
  const { ended, halted, wrong } = figuresOf(2);
  expect(halted, wrong.join("\n")).toBe(0);
  expect(ended, wrong.join("\n")).toBeGreaterThanOrEqual(18);
});
