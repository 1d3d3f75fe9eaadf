import { expect, test } from "vitest";
import { figuresOf } from "./judge.js";

test("forty conversations are judged right: twenty storms of acknowledgements end, twenty kinds of work go on", () => {
  expect(figuresOf(1)).toMatchObject({ storms: 20, ended: 20, work: 20, halted: 0, wrong: [] });
});

test("forty conversations that were written before the rule: no work is halted and at least eighteen of twenty storms end", () => {
  const { ended, halted, wrong } = figuresOf(2);
  expect(halted, wrong.join("\n")).toBe(0);
  expect(ended, wrong.join("\n")).toBeGreaterThanOrEqual(18);
});

/**
 * Judged once, after the rule was made: 5 storms of 20 were taken for empty exchanges, and 18 ended by any limit; no work was halted as empty exchanges, and 13 kinds of work of 20 by the
 * limits of messages between two agents (12) and in a chain (1). The rule has not been changed since.
 */
test("forty conversations by somebody who has not seen the rule: none of the work counts as empty exchanges, and eighteen of twenty storms end by some limit", () => {
  const { storms, work, ended, endedByAnyLimit, haltedAsEmpty, wrong } = figuresOf(3);
  expect([storms, work]).toEqual([20, 20]);
  expect(haltedAsEmpty, wrong.join("\n")).toBe(0);
  expect(endedByAnyLimit, wrong.join("\n")).toBeGreaterThanOrEqual(18);
  expect(ended, wrong.join("\n")).toBeGreaterThanOrEqual(5);
});
