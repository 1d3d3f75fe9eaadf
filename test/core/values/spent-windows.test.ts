import fc from "fast-check";
import { expect, test } from "vitest";
import {
  addAmount,
  dayIndexOf,
  monthIndexOf,
  noAmount,
  type SpentWindows,
  spentNow,
  usdLeftOf,
  withGrant,
  withSpent,
} from "../../../src/core/values/spent-windows.js";

const usd = (dollars: number) => ({ usd: dollars, tokens: 0 });

test("a day ends at midnight in UTC and a month with its last day, leap years included", () => {
  const last = Date.UTC(2028, 1, 29, 23, 59, 59, 999);
  const windows = withSpent(undefined, usd(3), last);
  expect(spentNow(windows, last)).toEqual({ day: usd(3), month: usd(3) });
  expect(spentNow(windows, last + 1)).toEqual({ day: noAmount, month: noAmount });
  const sameMonth = withSpent(withSpent(undefined, usd(3), Date.UTC(2028, 1, 28)), usd(2), last);
  expect(spentNow(sameMonth, last)).toEqual({ day: usd(2), month: usd(5) });
});

test("books what a clock that is behind reports on the window that has begun", () => {
  const noon = Date.UTC(2026, 4, 1, 12);
  const windows = withSpent(withSpent(undefined, usd(1), noon), usd(2), Date.UTC(2026, 3, 30, 23));
  expect(spentNow(windows, noon).day).toEqual(usd(3));
});

test("what was granted again does not count against limits and is shown", () => {
  const noon = Date.UTC(2026, 4, 1, 12);
  const windows = withSpent(withGrant(withSpent(undefined, usd(5), noon)), usd(1), noon);
  expect(spentNow(windows, noon).day).toEqual(usd(1));
  expect(spentNow(windows, noon, { countsGranted: true }).day).toEqual(usd(6));
});

test("the tightest limit is what is left", () => {
  const spent = { total: usd(8), day: usd(1), month: usd(4) };
  expect(usdLeftOf({}, spent)).toBeUndefined();
  expect(usdLeftOf({ usd: 10, usdPerDay: 5, usdPerMonth: 20 }, spent)).toBe(2);
  expect(usdLeftOf({ usdPerDay: 5, usdPerMonth: 4 }, spent)).toBe(0);
});

test("windows hold the sum of what was used within them, whatever was used earlier", () => {
  const use = fc.record({ afterMs: fc.nat(40 * 86_400_000), cents: fc.nat(1_000) });
  fc.assert(
    fc.property(fc.array(use, { maxLength: 40 }), (uses) => {
      let nowMs = Date.UTC(2026, 0, 1);
      let windows: SpentWindows | undefined;
      const log: { atMs: number; cents: number }[] = [];
      for (const { afterMs, cents } of uses) {
        nowMs += afterMs;
        windows = withSpent(windows, usd(cents), nowMs);
        log.push({ atMs: nowMs, cents });
      }
      const sumOf = (indexOf: (atMs: number) => number) =>
        log
          .filter(({ atMs }) => indexOf(atMs) === indexOf(nowMs))
          .map(({ cents }) => usd(cents))
          .reduce(addAmount, noAmount);
      expect(spentNow(windows, nowMs)).toEqual({ day: sumOf(dayIndexOf), month: sumOf(monthIndexOf) });
    }),
  );
});
