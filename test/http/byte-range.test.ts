import fc from "fast-check";
import { expect, test } from "vitest";
import { parseRange } from "../../src/http/byte-range.js";

test("a range lies within its file, whatever is asked for", () => {
  const number = fc.oneof(fc.constant(""), fc.nat(30).map(String), fc.constant("999999999999999"), fc.string());
  fc.assert(
    fc.property(number, number, fc.nat(20), (first, last, total) => {
      const range = parseRange(`bytes=${first}-${last}`, total);
      if (range === undefined || range === "unsatisfiable") return;
      expect(range.start).toBeGreaterThanOrEqual(0);
      expect(range.start).toBeLessThan(range.end);
      expect(range.end).toBeLessThanOrEqual(total);
    }),
  );
});

test("no range is found in an empty file", () => {
  expect(parseRange("bytes=0-", 0)).toBe("unsatisfiable");
  expect(parseRange("bytes=-5", 0)).toBe("unsatisfiable");
  expect(parseRange(undefined, 0)).toBeUndefined();
});
