import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hasHidden, safeJson, safeJsonText, visibleText } from "../../src/cli/visible.js";
import { hostileTexts } from "./support/hostile-texts.js";

const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const joinedLetters =
  /(?<=[\p{Script=Arab}\p{Script=Deva}\p{Script=Mlym}])[\u200c\u200d](?=[\p{Script=Arab}\p{Script=Deva}\p{Script=Mlym}])/gu;
/** Characters that would do something, or show nothing, apart from line feeds and what belongs to an emoji or joins letters. */
const leftOver = (text: string) =>
  text
    .replaceAll("\n", "")
    .replace(/(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}]\ufe0f?)\u200d(?=\p{Extended_Pictographic})/gu, "")
    .replace(/(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}0-9#*])[\ufe0e\ufe0f]/gu, "")
    .replace(joinedLetters, "");

const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.constantFrom(...hostileTexts()),
);

describe("visible text", () => {
  test("holds nothing that a terminal obeys or a reader cannot see", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(leftOver(visibleText(text))).not.toMatch(unseen);
      }),
      { numRuns: 2_000 },
    );
  });

  test("in an ASCII locale is printable ASCII and line feeds", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(visibleText(text, { ascii: true })).toMatch(/^[\n -~]*$/);
      }),
    );
  });

  test("made visible again stays as it is", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(visibleText(visibleText(text))).toBe(visibleText(text));
      }),
    );
  });

  test.each([
    ["a\u001b[31mb", "a\\x1b[31mb"],
    ["\u009b2J", "\\x9b2J"],
    ["a\rb", "a\\x0db"],
    ["a\r\nb", "a\nb"],
    ["a\tb", "a    b"],
    ["\u202eevil", "\\u{202e}evil"],
    ["zero\u200bwidth", "zero\\u{200b}width"],
    ["\u{e0041}", "\\u{e0041}"],
    ["\ud800", "\\u{d800}"],
    ["a\u2028b", "a\\u{2028}b"],
  ])("shows %j as %j", (text, shown) => {
    expect(visibleText(text)).toBe(shown);
    expect(hasHidden(text)).toBe(!["a\r\nb", "a\tb"].includes(text));
  });

  test.each(["Grüße, 漢字, ✅ ⚠️ 1️⃣ 👍🏽", "שלום עולם", "สวัสดี", "👩‍💻 🏳️‍🌈 ❤️‍🔥", "می‌خواهم क्‍ष", "two\nlines", "e\u0301"])(
    "leaves %j alone",
    (text) => {
      expect(visibleText(text)).toBe(text);
      expect(hasHidden(text)).toBe(false);
    },
  );

  test("cuts a tower of marks down to four on a letter", () => {
    expect(visibleText(`a${"\u0301".repeat(10)}`)).toBe(`a${"\u0301".repeat(4)}${"\\u{301}".repeat(6)}`);
  });

  test("takes a megabyte in about a second of computing", () => {
    const text = "\u001b[31m\u202e漢 x".repeat(150_000);
    const startedAt = process.cpuUsage();
    visibleText(text);
    expect(process.cpuUsage(startedAt).user / 1_000).toBeLessThan(1_500);
  });
});

describe("safe JSON", () => {
  test("is the same value, without a character that a terminal obeys", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const json = safeJson({ [text]: [text] });
        expect(json).not.toMatch(unseen);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify({ [text]: [text] })));
      }),
    );
  });

  test("keeps the line feeds between values", () => {
    expect(safeJsonText('{"a":"\u202e"}\n{"b":1}\n')).toBe('{"a":"\\u202e"}\n{"b":1}\n');
  });
});
