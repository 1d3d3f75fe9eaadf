import { describe, expect, test } from "vitest";
import { safeMarkdown as discordMarkdown, plainText } from "../../../adapters/discord/safe-text.js";
import { escapeMrkdwn, safeMarkdown as slackMarkdown } from "../../../adapters/slack/safe-text.js";
import { hidesSomething, visibleSegments } from "../../../adapters/web/client/visible-text.js";
import { hasHidden } from "../../../src/cli/visible.js";
import { visible } from "../../../src/core/text/visible-text.js";

const namesACode = (text: string | undefined): boolean => text?.includes("⟨U+") ?? false;
const roomForCodes = 10_000;

/** Whether each face sets something of a text apart. */
const faces: Readonly<Record<string, (text: string) => boolean>> = {
  core: (text) => namesACode(visible(text)),
  terminal: hasHidden,
  page: hidesSomething,
  "a field in Slack": (text) => namesACode(escapeMrkdwn(text, roomForCodes)),
  "a message in Slack": (text) => namesACode(slackMarkdown(text, roomForCodes)),
  "a field in Discord": (text) => namesACode(plainText(text, roomForCodes)),
  "a message in Discord": (text) => namesACode(discordMarkdown(text, roomForCodes)),
};

const lastCodePoint = 0x10ffff;
const blockSize = 64;

/** Each code point of a block alone between letters, in a place where no joiner belongs. */
const between = (code: number): string => `a${String.fromCodePoint(code)}b`;

function hiddenOn(hides: (text: string) => boolean): number[] {
  const found: number[] = [];
  for (let first = 0; first <= lastCodePoint; first += blockSize) {
    const block = Array.from({ length: blockSize }, (_, at) => first + at);
    if (hides(block.map(between).join(" "))) found.push(...block.filter((code) => hides(between(code))));
  }
  return found;
}

describe("a hidden character", () => {
  const hidden = hiddenOn((text) => namesACode(visible(text)));

  test.each(Object.entries(faces))("is the same one of all code points for every face: %s", (_face, hides) => {
    expect(hiddenOn(hides)).toEqual(hidden);
  });

  test.each([
    ["blank Braille", 0x2800, 0x2800],
    ["Arabic number signs", 0x600, 0x605],
    ["end of ayah and the like", 0x6dd, 0x6dd],
    ["Syriac abbreviation mark", 0x70f, 0x70f],
    ["Arabic currency marks", 0x890, 0x891],
    ["disputed end of ayah", 0x8e2, 0x8e2],
    ["Mongolian selector four", 0x180f, 0x180f],
    ["Kaithi number signs", 0x110bd, 0x110bd],
    ["hieroglyph controls", 0x13430, 0x1343f],
    ["shorthand controls", 0x1bca0, 0x1bca3],
    ["a carriage return alone", 0xd, 0xd],
    ["right-to-left override", 0x202e, 0x202e],
  ])("is shown: %s", (_name, from, to) => {
    for (let code = from; code <= to; code++) expect(hidden).toContain(code);
  });

  test.each([0x9, 0xa, 0x20, 0xa0, 0x301, 0x4e00, 0x1f600])("is not a visible character or white space: %i", (code) => {
    expect(hidden).not.toContain(code);
  });

  test("has a name on the page", () => {
    expect(visibleSegments("\u0600")).toEqual([{ code: "U+0600", name: "Arabic number sign" }]);
  });

  test("is not found in a Windows line end, nor in joiners within a word or an emoji, on any face", () => {
    for (const text of ["a\r\nb", "👩‍💻", "می\u200cخواهم", "❤️"]) {
      for (const [face, hides] of Object.entries(faces))
        expect({ face, hides: hides(text) }).toEqual({ face, hides: false });
    }
  });
});
