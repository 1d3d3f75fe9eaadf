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
 * Written by somebody who had not seen the rules. Judged once with the earlier defaults (12 hops, 12 messages of a pair): 18 storms of 20 ended by some limit, 5 of them as empty exchanges,
 * and 13 kinds of work of 20 halted. The present defaults and words were chosen with these figures at hand, so this set is no proof for them. The storms are 22 to 31 lines long:
 * those that do not end within their lines would end at the 40th message.
 */
test("forty conversations by somebody who had not seen the rules: no work halts at any default, and fifteen of twenty storms end within their lines", () => {
  const { storms, work, halted, endedByAnyLimit, wrong } = figuresOf(3);
  expect([storms, work]).toEqual([20, 20]);
  expect(halted, wrong.join("\n")).toBe(0);
  expect(endedByAnyLimit, wrong.join("\n")).toBeGreaterThanOrEqual(15);
});

/** Written after the rules by somebody who had not seen them, and judged once: 20 storms of 20 ended, and no kind of work of 20 halted. */
test("forty conversations by somebody who had not seen the present rules: every storm ends and no work halts", () => {
  const { storms, work, ended, halted, wrong } = figuresOf(4);
  expect([storms, work]).toEqual([20, 20]);
  expect(halted, wrong.join("\n")).toBe(0);
  expect(ended, wrong.join("\n")).toBe(20);
});
