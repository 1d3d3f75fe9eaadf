import { describe, expect, test } from "vitest";
import { parseAddressed, parseDirectives } from "../../../src/core/grammar/directive.js";
import { anyNames, roomNames } from "../../../src/core/grammar/known.js";
import { missedNames } from "../../../src/core/grammar/missed.js";
import { cpuMs } from "../../support/cpu-time.js";
import { directiveShapes, KIB, repeat } from "../../support/directive-shapes.js";

const known = roomNames([{ name: "a" }, { name: "b" }, { name: "coder" }]);
/** All that is read of one text of an agent or a person. */
function readAll(text: string): void {
  parseDirectives(text, known);
  parseDirectives(text, anyNames, Number.POSITIVE_INFINITY);
  parseAddressed(text, known);
  missedNames(text, { known, sender: "b" });
}
/** Far enough below the 10 that is asked for that no further round is needed. */
const clearlyLinear = 6;

/**
 * Four times the text costs about 4 times as much; quadratic work costs 16 times. The best of up to 7 rounds counts, small
 * and large in turn, so that a busy machine slows both. Below 1 ms the clock decides nothing.
 */
function growth(shape: (length: number) => string, parse: (text: string) => unknown): number {
  const small = shape(256 * KIB);
  const large = shape(1_024 * KIB);
  let smallMs = Number.POSITIVE_INFINITY;
  let largeMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 7; round++) {
    smallMs = Math.min(
      smallMs,
      cpuMs(() => parse(small)),
    );
    largeMs = Math.min(
      largeMs,
      cpuMs(() => parse(large)),
    );
    if (round > 0 && largeMs / Math.max(smallMs, 1) < clearlyLinear) break;
  }
  return largeMs / Math.max(smallMs, 1);
}

describe("parsing takes linear time", () => {
  test.each(Object.entries(directiveShapes))("%s", (_, shape) => {
    expect(growth(shape, readAll)).toBeLessThan(10);
  });

  test("the measure tells quadratic work from linear work", () => {
    const quadratic = (text: string) => {
      let sum = 0;
      for (let start = 0; start < text.length; start += 16 * KIB) {
        for (let at = start; at < text.length; at++) sum += text.charCodeAt(at);
      }
      return sum;
    };
    expect(growth(repeat("a"), quadratic)).toBeGreaterThan(10);
  });
});
