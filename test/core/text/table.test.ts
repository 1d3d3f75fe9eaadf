import { describe, expect, test } from "vitest";
import { displayWidth } from "../../../src/core/text/display-width.js";
import { splitText } from "../../../src/core/text/split-text.js";
import { beginsTable, cellsOf } from "../../../src/core/text/table.js";

describe("a table", () => {
  test.each([
    ["| a | b |", "| --- | --- |", true],
    ["a | b", "--- | :-:", true],
    ["> | a | b |", "> | - | - |", true],
    ["- | a | b |", "  | - | - |", true],
    ["| a \\| b |", "| --- |", true],
    ["| a | b |", "| --- |", false],
    ["a | b", "---", false],
    ["a", "---", false],
    ["a | b", "text | text", false],
  ])("begins with %j over %j: %s", (head, rule, isTable) => {
    expect(beginsTable(head, rule)).toBe(isTable);
  });

  test("has cells without the bars around them", () => {
    expect(cellsOf("| a | `x` | c \\| d |")).toEqual(["a", "`x`", "c | d"]);
    expect(cellsOf("a | | c")).toEqual(["a", "", "c"]);
  });
});

test.each([
  ["abc", 3],
  ["表格", 4],
  ["🎉", 2],
  ["👩‍👩‍👧", 2],
  ["e\u0301", 1],
  ["ｆｕ", 4],
  ["한글", 4],
])("the width of %s is %i", (text, width) => {
  expect(displayWidth(text)).toBe(width);
});

describe("a table that is split", () => {
  const rows = (count: number, prefix = "") =>
    Array.from({ length: count }, (_, at) => `${prefix}| ${at} | value ${at} |`).join("\n");

  test.each([
    ["a table of 200 rows", `| n | value |\n| --- | ---: |\n${rows(200)}`, "| n | value |\n| --- | ---: |\n"],
    ["a table in a quote", `> | n | value |\n> | - | - |\n${rows(60, "> ")}`, "> | n | value |\n> | - | - |\n"],
    ["a table in a list", `- | n | value |\n  | - | - |\n${rows(60, "  ")}`, "  | n | value |\n  | - | - |\n"],
    [
      "ebibibi/ebi-agent-chat-relay#73: 60 rows behind a short line",
      `Summary:\n\n| Feature | Notes |\n|---------|-------|\n${rows(90)}`,
      "| Feature | Notes |\n|---------|-------|\n",
    ],
    [
      "docling-project/docling-core#672, open-webui/open-webui#30413: the rule too",
      `| n | value |\n| - | - |\n${rows(80)}`,
      "| n | value |\n| - | - |\n",
    ],
    [
      "NousResearch/hermes-agent#45020: no outer bars",
      `Header | Value\n------ | -----\n${rows(90)}`,
      "Header | Value\n------ | -----\n",
    ],
    [
      "a table behind text",
      `${"word ".repeat(50)}\n\n| n | value |\n| - | - |\n${rows(60)}`,
      "| n | value |\n| - | - |\n",
    ],
  ])("has its head in every part: %s", (_name, text, head) => {
    const parts = splitText(text, 600);
    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts.slice(1)) {
      expect(part.length).toBeLessThanOrEqual(600);
      expect(part.startsWith(head)).toBe(true);
      expect(part.split(head)).toHaveLength(2);
    }
    const body = (all: string) => all.split("\n").filter((line) => /\| \d+ \|/.test(line));
    expect(parts.flatMap(body)).toEqual(body(text));
  });

  test("has no head where the head is longer than a part can bear", () => {
    const head = `| ${"h".repeat(500)} | b |\n| --- | --- |`;
    for (const part of splitText(`${head}\n${rows(100)}`, 600)) expect(part.length).toBeLessThanOrEqual(600);
  });

  test("ends with the first line that is not a row", () => {
    const text = `| a | b |\n| - | - |\n| 1 | 2 |\n\n${"plain text\n".repeat(60)}`;
    for (const part of splitText(text, 300).slice(1)) expect(part).not.toContain("| a | b |");
  });

  test("does not begin inside a fence", () => {
    const text = `\`\`\`\n| a | b |\n| - | - |\n${rows(60)}\n\`\`\``;
    for (const part of splitText(text, 400).slice(1)) expect(part).not.toContain("| a | b |");
  });
});

test("a fence of 400 lines in a nested item has its context in every part", () => {
  const code = Array.from({ length: 400 }, (_, at) => `      line ${at}`).join("\n");
  const parts = splitText(`1. Install:\n   - then\n\n      \`\`\`sh\n${code}\n      \`\`\`\n\nafter`, 1_800);
  expect(parts.length).toBeGreaterThan(3);
  for (const part of parts) expect(part.match(/^\s*```/gm)?.length ?? 0).toBeGreaterThan(1);
  expect(parts.at(-1)).toMatch(/after$/);
});
