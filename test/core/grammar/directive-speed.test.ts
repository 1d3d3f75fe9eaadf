import { describe, expect, test } from "vitest";
import { parseAddressed, parseDirectives } from "../../../src/core/grammar/directive.js";
import { anyNames, roomNames } from "../../../src/core/grammar/known.js";
import { missedNames } from "../../../src/core/grammar/missed.js";
import { cpuMs } from "../../support/cpu-time.js";

const KIB = 1_024;

/** Shapes that are quadratic or worse for parsers that look ahead, look back or start over. */
const shapes: Record<string, (length: number) => string> = {
  "only white space": repeat(" "),
  "only line breaks": repeat("\n"),
  "only @": repeat("@"),
  "one endless name": (length) => `@${"a".repeat(length)}`,
  "one endless list of names": repeat("@a "),
  "an endless list of different names": (length) => Array.from({ length: length / 8 }, (_, at) => `@n${at}`).join(" "),
  "a name and endless spaces": (length) => `@a${" ".repeat(length)}x`,
  "a name and endless separators": (length) => `@a${" , & and".repeat(length / 8)}`,
  "names that break at the end": repeat("@a's @b "),
  "unclosed wrappers": repeat("**@a `@b "),
  "lines that break late": repeat("   **@abcdefghijklmnopqrstuvwxyz*\n"),
  "one endless run of backticks": repeat("`"),
  "fence lines that do not open": repeat("``` `\n"),
  "fences that open and close": repeat("```\n"),
  "a fence that never closes": (length) => `~~~~\n${"~~~\n".repeat(length / 4)}`,
  "list items that open fences": repeat("- ```\n"),
  "endless list numbers": repeat("123456789"),
  "names inside lines": repeat("ask @a and @coder. "),
  "names of nobody inside lines": repeat("x @nobody "),
  "backticks and names": repeat("`@a` "),
  "a fence that never closes, full of names": (length) => `~~~\n${repeat("@a x\n@x y\n")(length)}`,
  "items in items": repeat("- - - - - - - - - - - - - - - - - - - - @a\n\n"),
  "items in items and blank lines": (length) => `${"- ".repeat(1_000)}x\n${"\n".repeat(length)}`,
  "items in items and lines of spaces": (length) => `${"- ".repeat(1_000)}x\n${" ".repeat(length)}\n`,
  "quotes in quotes": repeat(">"),
  tabs: repeat("\t"),
  "lines of unknown names": repeat("@Override\n"),
  "marks behind a name": (length) => `@a${"!?".repeat(length / 2)}`,
  "emphasis that never ends": repeat("*@a *@b\n"),
  quotes: repeat("> @a x\n"),
  "one body of short lines": (length) => `@a x\n${"y\n".repeat(length / 2)}`,
  "ordinary prose with code": repeat("Some text, *then* `code`.\n- @a item\n```ts\n@x()\n```\n"),
};

const known = roomNames([{ name: "a" }, { name: "b" }, { name: "coder" }]);
/** All that is read of one text of an agent or a person. */
function readAll(text: string): void {
  parseDirectives(text, known);
  parseDirectives(text, anyNames, Number.POSITIVE_INFINITY);
  parseAddressed(text, known);
  missedNames(text, { known, sender: "b" });
}
/** Shapes of agents' output, including the plainest ones. */
const usualShapes = [
  "only white space",
  "quotes",
  "one body of short lines",
  "ordinary prose with code",
  "one endless list of names",
];

function repeat(unit: string): (length: number) => string {
  return (length) => unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
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
  test.each(Object.entries(shapes))("%s", (_, shape) => {
    expect(growth(shape, readAll)).toBeLessThan(10);
  });

  test.each(usualShapes)("1 MiB of %s takes less than 50 ms", (name) => {
    const text = shapes[name]?.(1_024 * KIB) ?? "";
    let bestMs = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 7 && bestMs >= 50; round++)
      bestMs = Math.min(
        bestMs,
        cpuMs(() => parseDirectives(text, known)),
      );
    expect(bestMs).toBeLessThan(50);
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
