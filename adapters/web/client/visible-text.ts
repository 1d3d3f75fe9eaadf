import { codePointOf, hiddenIn } from "../../../src/core/text/visible-text.js";

/** A run of plain text, or one character that is invisible or would reorder the text around it. */
export type Segment = { text: string } | { code: string; name: string };

/** The spoken name of a hidden character. The core decides which characters are hidden. */
const names: Readonly<Record<number, string>> = {
  127: "delete",
  173: "soft hyphen",
  847: "combining grapheme joiner",
  1564: "Arabic letter mark",
  4447: "Hangul filler",
  4448: "Hangul filler",
  6068: "Khmer inherent vowel",
  6069: "Khmer inherent vowel",
  6158: "Mongolian vowel separator",
  8203: "zero-width space",
  8204: "zero-width non-joiner",
  8205: "zero-width joiner",
  8206: "left-to-right mark",
  8207: "right-to-left mark",
  8232: "line separator",
  8233: "paragraph separator",
  8234: "left-to-right embedding",
  8235: "right-to-left embedding",
  8236: "end of direction",
  8237: "left-to-right override",
  8238: "right-to-left override",
  8288: "word joiner",
  8294: "left-to-right isolate",
  8295: "right-to-left isolate",
  8296: "first-strong isolate",
  8297: "end of isolate",
  10240: "blank Braille pattern",
  12644: "Hangul filler",
  65279: "zero-width no-break space",
  65440: "Hangul filler",
};

/** Ranges without a name of their own, first and last. */
const ranges: readonly (readonly [number, number, string])[] = [
  [0x0, 0x8, "control character"],
  [0xb, 0x1f, "control character"],
  [0x80, 0x9f, "control character"],
  [0x600, 0x605, "Arabic number sign"],
  [0x180b, 0x180f, "variation selector"],
  [0x2061, 0x2065, "invisible operator"],
  [0x206a, 0x206f, "deprecated format character"],
  [0xd800, 0xdfff, "half of a character"],
  [0xfe00, 0xfe0f, "variation selector"],
  [0xfff0, 0xfffb, "format character"],
  [0x13430, 0x1345f, "hieroglyph format control"],
  [0x1bca0, 0x1bca3, "shorthand format control"],
  [0x1d173, 0x1d17a, "musical format character"],
  [0xe0000, 0xe0fff, "tag character"],
];

/**
 * Text with hidden characters set apart, so that they can be shown instead of taking effect. Emoji keep their joiners and variation selectors, and so
 * do letters that join; `\n` and `\t` stay, `\r\n` becomes `\n`.
 */
export function visibleSegments(text: string): Segment[] {
  const plain = text.replaceAll("\r\n", "\n");
  const segments: Segment[] = [];
  let from = 0;
  for (const { char, at } of hiddenIn(plain)) {
    if (at > from) segments.push({ text: plain.slice(from, at) });
    segments.push({ code: codePointOf(char), name: nameOf(char.codePointAt(0) ?? 0) });
    from = at + char.length;
  }
  if (from < plain.length) segments.push({ text: plain.slice(from) });
  return segments;
}

/** Whether the text holds anything that a reader would not see. */
export function hidesSomething(text: string): boolean {
  return hiddenIn(text).length > 0;
}

function nameOf(code: number): string {
  return names[code] ?? ranges.find(([from, to]) => code >= from && code <= to)?.[2] ?? "invisible character";
}

const mixedWord = /[\p{L}\p{M}\p{N}_]+/gu;
const passesForLatin =
  /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]+|[\uff01-\uff5e\u{1d400}-\u{1d7ff}]+/gu;

/** Text with letters of other alphabets set apart where a word mixes them with Latin ones: they are there to be taken for them. */
export function lookAlikeSegments(text: string): (string | { letters: string; code: string })[] {
  const segments: (string | { letters: string; code: string })[] = [];
  let from = 0;
  for (const word of text.matchAll(mixedWord)) {
    if (!/[A-Za-z]/.test(word[0])) continue;
    for (const match of word[0].matchAll(passesForLatin)) {
      const at = word.index + match.index;
      if (at > from) segments.push(text.slice(from, at));
      const [letter = ""] = match[0];
      segments.push({
        letters: match[0],
        code: codePointOf(letter),
      });
      from = at + match[0].length;
    }
  }
  if (from < text.length) segments.push(text.slice(from));
  return segments;
}

export function mixesAlphabets(text: string): boolean {
  return lookAlikeSegments(text).some((segment) => typeof segment !== "string");
}
