import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { escapeMrkdwn, safeMarkdown } from "../../../adapters/slack/safe-text.js";
import { pieces, visible } from "../../../src/core/text/visible-text.js";
import { plainText } from "../../emulators/slack/mrkdwn.js";

const names = { user: (id: string) => id, channel: (id: string) => id };

describe("text", () => {
  test.each([
    ["👩‍👩‍👧 ❤️ 1️⃣ 🇩🇪 👍🏽", "👩‍👩‍👧 ❤️ 1️⃣ 🇩🇪 👍🏽"],
    ["a\r\nb\tc", "a\nb\tc"],
    ["a\u200db", "a⟨U+200D⟩b"],
    ["x\ufe0f", "x⟨U+FE0F⟩"],
    ["\ud800", "⟨U+D800⟩"],
    ["\u2028", "⟨U+2028⟩"],
  ])("%j is shown as %j", (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  test("in pieces is the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 2, max: 12 }), (text, maxChars) => {
        const parts = pieces(text, maxChars);
        expect(parts.join("")).toBe(text);
        for (const part of parts) {
          expect(part.length).toBeLessThanOrEqual(maxChars);
          expect(part).not.toMatch(/[\p{Cs}]/u);
        }
      }),
    );
  });

  test.each([
    ["<!channel>", "`run <!channel> now`"],
    ["<!here>", "```\n<!here>\n```"],
    ["a mention", "`<@U12AB>`"],
  ])("that holds %s in code is not sent as Markdown", (_, text) => {
    expect(safeMarkdown(text, 12_000)).toBeUndefined();
    expect(safeMarkdown("`<!doctype html>` and <!channel>", 12_000)).toBe("`<!doctype html>` and <\u2060!channel>");
  });

  test("escaped is read as it was written, and is cut between characters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii" }), (text) => {
        const read = plainText(escapeMrkdwn(text, 10_000), names);
        expect(read.replaceAll("\u2060", "")).toBe(visible(text));
      }),
    );
    expect(escapeMrkdwn("&&&", 12)).toBe("&amp;&amp;…");
    expect(escapeMrkdwn("😀😀😀", 4)).toBe("😀…");
  });
});
