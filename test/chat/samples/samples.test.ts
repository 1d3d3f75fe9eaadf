import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { drawSample, samples } from "./samples.js";

const verdicts = readFileSync(new URL("verdicts.md", import.meta.url), "utf8");
const rows = [...verdicts.matchAll(/^\| (\d+) \| (.+?) \| (\w+) \| (\w+) \|/gm)];

describe("the samples of agents' Markdown", () => {
  test("are a hundred, each with a verdict for both platforms", () => {
    expect(samples).toHaveLength(100);
    expect(rows.map(([, number, name]) => `${number} ${name}`)).toEqual(
      samples.map((one) => `${one.number} ${one.name}`),
    );
    for (const [row, , , slack, discord] of rows)
      expect(
        [slack, discord].every((verdict) => /^(?:good|fair|weak)$/.test(verdict ?? "")),
        row,
      ).toBe(true);
  });

  test("are counted as the verdicts are", () => {
    const count = (column: 3 | 4, verdict: string) => rows.filter((row) => row[column] === verdict).length;
    const sum = (column: 3 | 4) =>
      ["good", "fair", "weak"].map((verdict) => `${count(column, verdict)} ${verdict}`).join(", ");
    expect(verdicts).toContain(`Slack: ${sum(3)}. Discord: ${sum(4)}.`);
  });

  test.each(samples)("$number $name is drawn with every word on both platforms", ({ text }) => {
    const words = wordsOf(text);
    const { slack, discord } = drawSample(text);
    for (const html of [slack, discord]) {
      const drawn = plainOf(html);
      expect(words.filter((word) => !drawn.includes(word))).toEqual([]);
    }
  });
});

/** Words of a text without the languages of its fences and what means a picture or a hidden character. */
const wordsOf = (text: string): string[] =>
  text
    .replace(/^[ >]*(?:`{3,}|~{3,}).*$/gm, "")
    .replace(/\[!(\w+)\]/g, "")
    .replace(/^[ >]*\d+[.)] /gm, "")
    .replace(/:\w+:|<br>|\[x\]|\(https?:\S+( "[^"]*")?\)/g, " ")
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");

/** What a person reads of a page. */
const plainOf = (html: string): string =>
  html.replace(/<[^>]+>/g, " ").replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
