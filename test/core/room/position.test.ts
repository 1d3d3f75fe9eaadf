import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { comparePlaces, isAfter, type LogPlace } from "../../../src/core/room/position.js";

const count = fc.option(fc.oneof(fc.nat({ max: 3 }), fc.constant(Number.POSITIVE_INFINITY)), { nil: undefined });
/** Few values, so that equal places occur. */
const anyPlace: fc.Arbitrary<LogPlace> = fc
  .record({ version: fc.nat({ max: 3 }), index: count, chunk: count })
  .map(({ version, index, chunk }) => ({
    version,
    ...(index !== undefined && { index }),
    ...(chunk !== undefined && { chunk }),
  }));

describe("the order of places in a log", () => {
  test.each<[name: string, earlier: LogPlace, later: LogPlace]>([
    ["by version", { version: 1, index: 9 }, { version: 2, index: 0 }],
    ["by index in a commit", { version: 2, index: 0 }, { version: 2, index: 1 }],
    ["by chunk of an event", { version: 2, index: 1, chunk: 0 }, { version: 2, index: 1, chunk: 1 }],
    ["the end of a commit behind its events", { version: 2, index: 99 }, { version: 2 }],
    ["the end of an event behind its chunks", { version: 2, index: 1, chunk: 5 }, { version: 2, index: 1 }],
  ])("is %s", (_name, earlier, later) => {
    expect(isAfter(later, earlier)).toBe(true);
    expect(isAfter(earlier, later)).toBe(false);
  });

  test("takes an index of Infinity for the end of the commit, and no place for later than itself", () => {
    expect(comparePlaces({ version: 2, index: Number.POSITIVE_INFINITY }, { version: 2 })).toBe(0);
    expect(isAfter({ version: 2 }, { version: 2 })).toBe(false);
  });

  test("is total: reflexive, antisymmetric, transitive, and any two places can be compared", () => {
    fc.assert(
      fc.property(anyPlace, anyPlace, anyPlace, (a, b, c) => {
        expect(comparePlaces(a, a)).toBe(0);
        expect(Math.sign(comparePlaces(a, b)) + Math.sign(comparePlaces(b, a))).toBe(0);
        if (comparePlaces(a, b) <= 0 && comparePlaces(b, c) <= 0) expect(comparePlaces(a, c)).toBeLessThanOrEqual(0);
        expect(isAfter(a, b)).toBe(comparePlaces(b, a) < 0);
      }),
    );
  });

  test("sorts the same however it was mixed", () => {
    fc.assert(
      fc.property(fc.array(anyPlace, { maxLength: 12 }), (places) => {
        const sorted = [...places].sort(comparePlaces);
        for (const [at, place] of sorted.slice(1).entries()) expect(isAfter(sorted[at] ?? place, place)).toBe(false);
      }),
    );
  });
});
