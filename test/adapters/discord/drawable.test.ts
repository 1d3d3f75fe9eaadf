import { describe, expect, test } from "vitest";
import { drawable } from "../../../adapters/discord/drawable.js";
import { formatPost } from "../../../adapters/discord/format.js";
import { displayWidth } from "../../../src/core/text/display-width.js";
import { said } from "./harness.js";

describe("what Discord does not draw becomes what it draws", () => {
  test.each<[string, string, string]>([
    [
      "a table",
      "| Name | Port |\n| --- | ---: |\n| api | 80 |\n| worker | 4400 |",
      "```\nName    Port\n──────  ────\napi       80\nworker  4400\n```",
    ],
    ["a table without outer bars", "a | b\n--- | ---\n1 | 2", "```\na  b\n─  ─\n1  2\n```"],
    [
      "a table with marks, breaks and bars in its cells",
      "| **a** | b |\n| :-: | - |\n| `x` | y<br>z \\| w |",
      "```\na  b\n─  ───────\nx  y z | w\n```",
    ],
    ["a table in a quote", "> | a | b |\n> | - | - |\n> | 1 | 2 |", "> ```\n> a  b\n> ─  ─\n> 1  2\n> ```"],
    ["a table with a row too short", "| a | b |\n| - | - |\n| 1 |", "```\na  b\n─  ─\n1\n```"],
    ["bars that would hide", "a || b, and x||y||z", "a \\|\\| b, and x\\|\\|y\\|\\|z"],
    ["a deep heading", "#### Steps", "**Steps**"],
    ["a deeper heading that is closed", "###### a **b** ##", "**a b**"],
    ["a heading of level 3", "### Steps", "### Steps"],
    ["a heading by its underline", "Title\n=====\ntext", "# Title\ntext"],
    ["a second heading by its underline", "text\n\nTitle\n---", "text\n\n## Title"],
    ["task boxes", "- [ ] a\n- [x] b\n  1. [X] c", "- ☐ a\n- ☑ b\n  1. ☑ c"],
    ["a rule", "a\n\n---\n\nb", `a\n\n${"─".repeat(20)}\n\nb`],
    ["a rule of stars", "* * *", "─".repeat(20)],
    ["a heading that is closed", "## Summary ##\ntext", "## Summary\ntext"],
    ["a line that ends with a backslash", "one\\\ntwo", "one\ntwo"],
    ["a list with pluses", "+ a\n  + b", "- a\n  - b"],
    ["an empty line of a quote", "> a\n>\n> b", "> a\n> \n> b"],
    ["bold by underscores", "__bold text__ and __a_b c__", "**bold text** and **a_b c**"],
    ["a name with underscores", "__init__.py and __a_b__", "\\_\\_init\\_\\_.py and \\_\\_a_b\\_\\_"],
    ["a fence of tildes", "~~~python\nif a:\n    b\n~~~", "```python\nif a:\n    b\n```"],
    ["a fence of five backticks", "`````js\na\n`````", "```js\na\n```"],
    ["a fence with more than a language", '```ts title="a.ts"\na\n```', "```ts\na\n```"],
    [
      "a fence in an item",
      "1. x\n   ```py\n   if a:\n       b || c\n   ```\n2. y",
      "1. x\n```py\nif a:\n    b || c\n```\n2. y",
    ],
    ["a fence in an item by tab", "- x\n\n\t```\n\ta\n\t```", "- x\n\n```\na\n```"],
    [
      "an indented block",
      "Use:\n\n    npm ci\n\n      npm test\n\nThen",
      "Use:\n\n```\nnpm ci\n\n  npm test\n```\n\nThen",
    ],
    ["an alert", "> [!WARNING]\n> careful", "> **WARNING**\n> careful"],
    [
      "NousResearch/hermes-agent#21168: a table of scores",
      "| Name | Score |\n|------|-------|\n| Alice | 95 |",
      "```\nName   Score\n─────  ─────\nAlice  95\n```",
    ],
    [
      "NousResearch/hermes-agent#45020: a table without outer bars",
      "Header | Value\n------ | -----\na | b",
      "```\nHeader  Value\n──────  ─────\na       b\n```",
    ],
    [
      "NousResearch/hermes-agent#110591: full-width cells",
      "| 項目 | 状態 |\n|---|---|\n| 認証 | OK |",
      "```\n項目  状態\n────  ────\n認証  OK\n```",
    ],
    ["discordjs/discord.js#3048: bars around a word", "||test||", "\\|\\|test\\|\\|"],
    ["DSharpPlus/DSharpPlus#747: bars that are escaped", "\\|\\| fine \\|\\|", "\\|\\| fine \\|\\|"],
    ["chattocorp/chatto#2008: bars in prose", "a || b || c", "a \\|\\| b \\|\\| c"],
  ])("%s", (_name, text, drawn) => {
    expect(drawable(text)).toBe(drawn);
  });

  test.each<[string, string]>([
    ["a fence with all of it", "```md\n| a | b |\n| - | - |\n#### x\n- [ ] y\n||z||\n---\n```"],
    ["a fence in a quote", "> ~~~\n> a || b\n> ~~~"],
    ["a fence that holds three backticks", "````md\n```js\na\n```\n````"],
    ["a fence without an end", "~~~js\na"],
    ["a fence behind a marker", "- ```js\n  a\n  ```"],
    ["indented text of an item", "- a\n\n    b"],
    ["indented text behind text", "a\n    b"],
    ["an address with underscores", "https://example.org/__a__/b and a__b__c"],
    ["a code span", "`a || b` and `#### x`"],
    ["text with one bar", "a | b"],
    ["a list", "- a\n- b"],
    ["a list before a rule-like line of two", "- a\n--"],
    ["brackets in text", "see [ ] and a[x] b"],
    ["NousResearch/hermes-agent#21170: a pipe of a shell", "run `git branch | grep x` or git log | head"],
    ["CodeGrind-Team/CodeGrind-Bot#168: bars in code", "```js\nif (a || b) {}\n```"],
    ["NousResearch/hermes-agent#4401: a table in a fence", "```\n| a | b |\n|---|---|\n| 1 | 2 |\n```"],
  ])("%s stays as it is", (_name, text) => {
    expect(drawable(text)).toBe(text);
  });

  test("columns line up, whatever the script", () => {
    const lines = drawable("| 名前 | n |\n| --- | --- |\n| 表格表格 | 1 |\n| 🎉 | 2 |\n| e\u0301 | 3 |").split("\n");
    const columns = lines.slice(3, -1).map((line) => displayWidth(line.replace(/ {2}\d$/, "")));
    expect(new Set(columns)).toEqual(new Set([8]));
  });

  test("a fence in a cell opens no block", () => {
    expect(drawable("| a | b |\n| - | - |\n| ```x | y |").match(/```/g)).toHaveLength(2);
  });
});

test("a table too wide for a message's text stands in an embed, aligned", () => {
  const row = (at: number) => `| ${at} | ${"x".repeat(at % 2 === 0 ? 5 : 60)} |`;
  const text = `| n | value |\n| - | - |\n${Array.from({ length: 38 }, (_, at) => row(at)).join("\n")}`;
  const { body } = formatPost(said(text));
  const shown = body.content ?? "";
  const embed = body.embeds?.[0]?.description ?? "";
  expect(shown.length).toBeLessThanOrEqual(2_000);
  expect(`${shown}${embed}`).toContain("─");
});

test("a message in plain words is Parley's own, with the name in the text", () => {
  const post = said("**a** | b @everyone", { isPlain: true });
  const { body, identity } = formatPost(post);
  expect(identity).toBeUndefined();
  expect(body.content).toMatch(/^\*\*Coder:\*\*\n\*\*a\*\* \| b @\u2060everyone$/m);
  const long = formatPost(said("x ".repeat(1_200), { isPlain: true })).body;
  expect(long.embeds?.[0]?.description?.length).toBeLessThanOrEqual(4_096);
});
