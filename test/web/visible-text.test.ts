import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hidesSomething, visibleSegments } from "../../adapters/web/client/visible-text.js";

const plain = (text: string) =>
  visibleSegments(text)
    .map((segment) => ("text" in segment ? segment.text : `<${segment.code}>`))
    .join("");

describe("what cannot be seen", () => {
  test.each([
    ["right-to-left override", "a\u202eb", "a<U+202E>b"],
    ["isolates", "\u2066a\u2069", "<U+2066>a<U+2069>"],
    ["joiners beside what does not join", "1\u200d👩 ب\u200cb 👩\u200d", "1<U+200D>👩 ب<U+200C>b 👩<U+200D>"],
    ["zero-width space and joiners", "a\u200bb\u200cc\u200dd", "a<U+200B>b<U+200C>c<U+200D>d"],
    ["soft hyphen, word joiner, byte order mark", "\u00ad\u2060\ufeff", "<U+00AD><U+2060><U+FEFF>"],
    ["tag characters", "x\u{e0041}\u{e007f}", "x<U+E0041><U+E007F>"],
    ["variation selectors on letters", "a\ufe0fb\ufe00\u{e0100}", "a<U+FE0F>b<U+FE00><U+E0100>"],
    ["control characters", "a\u0000b\u001b[31mc\u009bd\u007f", "a<U+0000>b<U+001B>[31mc<U+009B>d<U+007F>"],
    ["a carriage return that would write over a line", "safe\revil", "safe<U+000D>evil"],
    ["fillers", "\u3164\u115f\u2800", "<U+3164><U+115F><U+2800>"],
    ["line and paragraph separators", "a\u2028b\u2029", "a<U+2028>b<U+2029>"],
    ["half a character", "a\ud800b", "a<U+D800>b"],
  ])("is shown: %s", (_name, text, shown) => {
    expect(plain(text)).toBe(shown);
    expect(hidesSomething(text)).toBe(true);
  });

  test("has a name for screen readers", () => {
    expect(visibleSegments("\u202e")).toEqual([{ code: "U+202E", name: "right-to-left override" }]);
  });
});

describe("what can be seen", () => {
  test.each([
    "plain text,\n\tsecond line",
    "שלום العالم Ωμέγα 日本 e\u0301",
    "👩‍💻 👨‍👩‍👧 ❤️ ✈︎ 👍🏽 🏳️‍🌈 1️⃣ 🇩🇪",
    "nbsp\u00a0and more",
    "می\u200cخواهم, क्\u200dष, ക്\u200dഷ",
  ])("stays: %s", (text) => {
    expect(visibleSegments(text)).toEqual([{ text }]);
  });

  test("Windows line ends become plain ones", () => {
    expect(visibleSegments("a\r\nb")).toEqual([{ text: "a\nb" }]);
  });
});

test("nothing of a text is lost", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const parts = visibleSegments(text).map((segment) =>
        "text" in segment ? segment.text : String.fromCodePoint(Number.parseInt(segment.code.slice(2), 16)),
      );
      expect(parts.join("")).toBe(text.replaceAll("\r\n", "\n"));
    }),
  );
});

test("32 KiB of them take less than 300 ms of work", () => {
  const start = process.cpuUsage();
  expect(visibleSegments("\u202e".repeat(11_000))).toHaveLength(11_000);
  visibleSegments("\u{1f469}\u200d".repeat(4_700));
  const { user, system } = process.cpuUsage(start);
  expect((user + system) / 1_000).toBeLessThan(300);
});
