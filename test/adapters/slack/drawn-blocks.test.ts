import { describe, expect, test } from "vitest";
import { drawnBlocks } from "../../../adapters/slack/drawn-blocks.js";
import { formatPost } from "../../../adapters/slack/format.js";
import { checkMessageBlocks } from "../../emulators/slack/block-check.js";
import { said } from "./harness.js";

/** Rows with a name on GitHub are layouts that users of other bots reported. */

const fence = (code: string) => `\`\`\`sh\n${code}\n\`\`\``;
const times = (count: number, text: string, by = "\n\n") => Array.from({ length: count }, () => text).join(by);

describe("structure is counted as Slack counts it", () => {
  test.each<[string, string, number]>([
    ["10 fences with text between", times(10, `say\n\n${fence("a\nb\nc")}`), 20],
    ["a fence with 18 comments", fence(times(18, "# comment", "\n")), 1],
    ["a YAML fence with 20 documents", fence(times(20, "---\na: 1", "\n")), 1],
    ["a diff of 20 files", fence(times(20, "--- a\n+++ b\n@@ x", "\n")), 1],
    ["a table inside a fence", fence("| a | b |\n| - | - |"), 1],
    ["a fence in a list item", `- x\n\n    ${fence("# a").replaceAll("\n", "\n    ")}`, 2],
    ["headings and text", "# a\ntext\n## b\nmore", 4],
    ["a rule between paragraphs", "a\n\n---\n\nb", 3],
    ["a table of 30 rows", `| a | b |\n| - | - |\n${times(30, "| 1 | 2 |", "\n")}`, 1],
    ["40 paragraphs", times(40, "text"), 1],
    ["two fences on each other", `${fence("a")}\n${fence("b")}`, 2],
    ["40 headings", times(40, "# a"), 40],
    ["textmate/markdown.tmbundle#48: a comment in Python", fence('# does something\nprint("Hello")'), 1],
    ["trentm/python-markdown2#86: a comment without an info string", "```\n# comment here\na = 10\n```", 1],
    [
      "fla9ua/markdown_to_mrkdwn#5: a cron line in and below a fence",
      `${fence("# c\n0 */12 * * *")}\n\n# c\n0 */12`,
      3,
    ],
    ["sageox/agent-toolkit#84: a fence of tildes", "~~~ts\n~~~const x\n# literal\n- literal\n~~~", 1],
    ["jonathan-vella/azure-agentic-infraops#507: a fence of four", "````md\n```\n# Start AKS\n```\n# b\n````", 1],
    ["nothing", "", 0],
  ])("%s", (_name, text, count) => {
    expect(drawnBlocks(text)).toBe(count);
  });
});

/** Without the line above that says to whom it is. */
const blocksOf = (text: string) => formatPost(said(text)).blocks.slice(1);

test.each([
  ["10 fences of three lines", times(10, fence("a\nb\nc"))],
  ["a fence with 18 comments", fence(times(18, "# comment", "\n"))],
  ["a YAML fence", fence(times(20, "---", "\n"))],
  ["a diff", fence(times(20, "--- a\n+++ b", "\n"))],
])("is drawn as Markdown: %s", (_name, text) => {
  expect(blocksOf(text).map(({ type }) => type)).toEqual(["markdown"]);
});

test("text of too many blocks is shown as it is, and its fences stay code", () => {
  const blocks = blocksOf(`${times(45, "# a", "\n")}\n${fence("npm ci\n# b")}\nafter`);
  expect(blocks.map(({ type }) => type)).toEqual(["rich_text", "rich_text", "rich_text"]);
  expect(JSON.stringify(blocks[1])).toContain(
    '"rich_text_preformatted","elements":[{"type":"text","text":"npm ci\\n# b"}]',
  );
  expect(checkMessageBlocks(blocks, { maxChars: 13_200 })).toEqual({ problems: [], tooLong: false });
});

test.each([
  ["an empty cell", "| | |\n|---|---|\n| Status | Open |\n| Owner | |"],
  ["a short row", "| a | b |\n|---|---|\n| 1 |"],
  ["an empty fence", "```\n```"],
  ["an empty line of a quote", "> a\n> \n> b"],
  ["an empty item", "- \n- a"],
  ["a heading of marks alone", "# ***"],
  ["two tables and rules", "| a |\n|---|\n| 1 |\n\n---\n\n| b |\n|---|\n| 2 |\n\n---"],
])(
  "what made Slack refuse other bots' blocks is within Slack's rules, and has a form without any: %s (NousResearch/hermes-agent#59621, #72871, getnao/nao#1143, nanocoai/nanoclaw#2310)",
  (_name, text) => {
    expect(checkMessageBlocks(formatPost(said(text)).blocks, { maxChars: 13_200 })).toEqual({
      problems: [],
      tooLong: false,
    });
    const plain = formatPost(said(text, { isPlain: true }));
    expect(plain.blocks).toEqual([]);
    expect(plain.text).toContain(text.replaceAll(">", "&gt;"));
  },
);

test("a message in plain words has no blocks", () => {
  const { blocks, text, identity } = formatPost(said("**a** <!here>", { isPlain: true }));
  expect(blocks).toEqual([]);
  expect(text).toBe("→ everyone\n**a** &lt;!here&gt;");
  expect(identity?.username).toBe("Coder");
});
