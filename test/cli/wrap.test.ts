import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutToWidth, textWidth } from "../../src/cli/width.js";
import { type Span, wrapSpans } from "../../src/cli/wrap.js";

const plain = (text: string): Span[] => [{ text, look: "plain" }];
const textOf = (line: readonly Span[]) => line.map((span) => span.text).join("");
const wrap = (text: string, width: number, hang = 0) => wrapSpans(plain(text), { width, hang }).map(textOf);

describe("width", () => {
  test.each([
    ["abc", 3],
    ["漢字", 4],
    ["e\u0301", 1],
    ["✅", 2],
    ["한국어", 6],
    ["ｆｕｌｌ", 8],
    ["→│◆", 3],
  ])("%s fills %i columns", (text, width) => {
    expect(textWidth(text)).toBe(width);
  });

  test("a cut text fits, and says that it was cut", () => {
    expect(cutToWidth("hello world", { width: 8, ellipsis: "…" })).toBe("hello w…");
    expect(cutToWidth("hello", { width: 5, ellipsis: "…" })).toBe("hello");
    expect(cutToWidth("漢字漢字", { width: 5, ellipsis: "..." })).toBe("漢...");
    expect(cutToWidth("hello", { width: 2, ellipsis: "..." })).toBe("");
  });
});

describe("wrapping", () => {
  test("breaks at spaces and drops them there", () => {
    expect(wrap("the quick brown fox jumps", 11)).toEqual(["the quick", "brown fox", "jumps"]);
  });

  test("keeps spaces at the start and between words", () => {
    expect(wrap("  code  here and more", 12)).toEqual(["  code  here", "and more"]);
  });

  test("breaks a word that is longer than a line", () => {
    expect(wrap("abcdefghijklmnopqrstuvwxyz", 10)).toEqual(["abcdefghij", "klmnopqrst", "uvwxyz"]);
  });

  test("counts columns, not characters", () => {
    expect(wrap("漢字漢字漢字漢字", 10)).toEqual(["漢字漢字漢", "字漢字"]);
  });

  test("leaves room for the prefix of the second line", () => {
    expect(wrap("aaaa bbbb cccc dddd eeee", 14, 4)).toEqual(["aaaa bbbb cccc", "dddd eeee"]);
  });

  test("keeps the look of every letter", () => {
    const lines = wrapSpans(
      [
        { text: "alpha ", look: "name" },
        { text: "beta gamma", look: "dim" },
      ],
      { width: 11 },
    );
    expect(lines).toEqual([
      [
        { text: "alpha ", look: "name" },
        { text: "beta", look: "dim" },
      ],
      [{ text: "gamma", look: "dim" }],
    ]);
  });

  test("never loses a letter and never passes the width", () => {
    const words = fc.array(fc.string({ unit: fc.constantFrom("a", "b", " ", "漢", "e\u0301", "✅"), maxLength: 40 }));
    fc.assert(
      fc.property(words, fc.integer({ min: 10, max: 60 }), (parts, width) => {
        const text = parts.join(" ");
        const lines = wrap(text, width);
        expect(lines.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
        for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(width);
      }),
    );
  });

  test("takes a line of a megabyte in about a second of computing", () => {
    const startedAt = process.cpuUsage();
    expect(wrap("x".repeat(1_000_000), 80).length).toBe(12_500);
    expect(process.cpuUsage(startedAt).user / 1_000).toBeLessThan(3_000);
  });
});
