import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inlineText, readMarkdown } from "../../adapters/web/client/markdown/document.js";
import type { Inline, MarkdownBlock } from "../../adapters/web/client/markdown/tree.js";
import { cpuMs } from "../support/cpu-time.js";
import { samples } from "./support/markdown-samples.js";

const read = (text: string): MarkdownBlock[] => readMarkdown(text).blocks;
const only = (text: string): MarkdownBlock => {
  const blocks = read(text);
  expect(blocks).toHaveLength(1);
  return blocks[0] as MarkdownBlock;
};
const inlines = (text: string): Inline[] => {
  const block = only(text);
  return block.kind === "paragraph" ? block.inlines : [];
};
const text = (value: string): Inline => ({ kind: "text", text: value });
const link = (label: string, href: string): Inline => ({
  kind: "link",
  isImage: false,
  inlines: [text(label)],
  href,
  host: new URL(href).host,
  title: "",
});

/** Everything a reader gets to see of the blocks, as one text. */
function shown(blocks: readonly MarkdownBlock[]): string {
  return blocks.map(shownBlock).join("\n");
}

function shownBlock(block: MarkdownBlock): string {
  switch (block.kind) {
    case "code":
      return `${block.info}\n${block.text}`;
    case "drawing":
      return block.text;
    case "table":
      return [block.head, ...block.rows].flat().map(inlineText).join("\n");
    case "list":
      return block.items.map(({ blocks, isDone }) => `${isDone ? "x" : ""} ${shown(blocks)}`).join("\n");
    case "footnotes":
      return block.notes.map(({ blocks }) => shown(blocks)).join("\n");
    case "rule":
      return "";
    default:
      return "blocks" in block ? shown(block.blocks) : inlineText(block.inlines);
  }
}

describe("blocks", () => {
  test("code keeps its text and all that is said about it", () => {
    expect(only("```ts\n<b>**x**</b>\n\n@room\n```")).toEqual({
      kind: "code",
      language: "ts",
      info: "ts",
      text: "<b>**x**</b>\n\n@room",
    });
    expect(only('```TS title="a b.ts"\nx\n```')).toMatchObject({
      language: "ts",
      info: 'TS title="a b.ts"',
      text: "x",
    });
    expect(only("```\na\n\n```")).toMatchObject({ text: "a\n" });
    expect(only("```mermaid\ngraph TD\n```")).toMatchObject({ kind: "code", language: "mermaid" });
  });

  test.each([
    ["$$\nE = mc^2 * 2_a\n$$", "E = mc^2 * 2_a"],
    ["$$ a_1 * b_2 $$", "a_1 * b_2"],
    ["\\[\n\\frac{a}{b}\n\\]", "\\frac{a}{b}"],
  ])("mathematics is code: %j", (source, formula) => {
    expect(only(source)).toEqual({ kind: "code", language: "math", info: "math", text: formula });
  });

  test("mathematics without an end is text", () => {
    expect(inlines("$$ 5 and 6")).toEqual([text("$$ 5 and 6")]);
  });

  test.each(["NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION"])("a quote with [!%s] is an alert", (kind) => {
    expect(only(`> [!${kind}]\n> Take **care**.\n>\n> - a`)).toMatchObject({
      kind: "alert",
      alert: kind.toLowerCase(),
      blocks: [{ kind: "paragraph", inlines: [text("Take "), { kind: "strong" }, text(".")] }, { kind: "list" }],
    });
  });

  test("other words in brackets make no alert", () => {
    expect(only("> [!WHATEVER]\n> a")).toMatchObject({ kind: "quote" });
    expect(only("> a\n> [!NOTE]")).toMatchObject({ kind: "quote" });
  });

  test("check boxes are told from their text", () => {
    expect(only("- [x] done\n- [ ] open\n- none")).toMatchObject({
      items: [{ isDone: true }, { isDone: false }, { blocks: [{ inlines: [text("none")] }] }],
    });
  });

  test("footnotes come last, in the order of their references", () => {
    const blocks = read("a[^b] c[^a] d[^none]\n\n[^a]: first *written*\n[^b]: second\n    goes on");
    expect(blocks[0]).toMatchObject({
      inlines: [
        text("a"),
        { kind: "reference", number: 1 },
        text(" c"),
        { kind: "reference", number: 2 },
        text(" d[^none]"),
      ],
    });
    expect(blocks[1]).toMatchObject({
      kind: "footnotes",
      notes: [
        { number: 1, blocks: [{ inlines: [text("second\ngoes on")] }] },
        { number: 2, blocks: [{ kind: "paragraph" }] },
      ],
    });
  });

  test("a table that is too large, or has a row with a cell too many, is shown as it is written", () => {
    const wide = `|${" x |".repeat(41)}\n|${"---|".repeat(41)}`;
    const long = `| a |\n|---|\n${"| x |\n".repeat(401)}`.trim();
    for (const drawn of ["| a |\n|---|\n| 1 | 2 |", "a | b\n--|--\n1 | 2 | 3", wide, long])
      expect(only(drawn)).toEqual({ kind: "drawing", text: drawn });
    expect(only("| a |\n|---|\n| x \\| y |")).toMatchObject({ kind: "table", rows: [[[text("x | y")]]] });
  });

  test("HTML is text", () => {
    expect(inlines("<img src=x onerror=alert(1)>")).toEqual([text("<img src=x onerror=alert(1)>")]);
    expect(inlines("<div>\n<b>x</b>\n</div>")).toEqual([text("<div>\n<b>x</b>\n</div>")]);
    expect(inlines("a <!-- hidden --> b")).toEqual([text("a <!-- hidden --> b")]);
  });
});

describe("names", () => {
  test.each([
    ["@coder!", true],
    ["(@coder)", true],
    ["**@coder**: go", true],
    ["- @coder", true],
    ["me@coder", false],
    ["\\@coder", false],
    ["`@coder`", false],
    ["@@coder", false],
    ["@coder@host", false],
  ])("%j names somebody: %s", (source, isName) => {
    const found = JSON.stringify(read(source)).includes('{"kind":"mention","name":"coder"}');
    expect(found).toBe(isName);
  });
});

describe("links", () => {
  test("lead where their label says, and know their host", () => {
    expect(inlines("see https://example.org/a?b=c.")).toEqual([
      text("see "),
      link("https://example.org/a?b=c", "https://example.org/a?b=c"),
      text("."),
    ]);
    expect(inlines("[docs](https://example.org/x)")).toEqual([link("docs", "https://example.org/x")]);
    expect(inlines("[bank](https://аpple.com)")).toMatchObject([{ host: "xn--pple-43d.com" }]);
  });

  test.each([
    "[x](javascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](http://example.org)",
    "[x](data:text/html,1)",
    "[x](//example.org)",
    "[x](https://user:secret@example.org)",
    "[x](https://)",
    "[x](  )",
    "[x](/r/other)",
    "[x](#messages)",
    "[x](https&colon;//example.org\u0000)",
    "![x](data:image/svg+xml,1)",
    "<javascript:alert(1)>",
    "<https://user:secret@example.org>",
    "[x][1]\n\n[1]: javascript:alert(1)",
    "xhttps://example.org",
    "www.example.org",
    "me@example.org",
    "mailto:me@example.org",
    "javascript:alert(1)",
  ])("is not a link, and is shown whole: %j", (source) => {
    expect(JSON.stringify(read(source))).not.toContain('"kind":"link"');
    const address = /\((.*)\)$|<(.*)>/
      .exec(source)
      ?.slice(1)
      .find((part) => part?.trim());
    if (address !== undefined && !source.includes("&")) expect(shown(read(source))).toContain(address);
  });

  test("an image is a link, also inside a link", () => {
    expect(inlines("![a cat](https://example.org/cat.png)")).toMatchObject([
      { kind: "link", isImage: true, inlines: [text("a cat")], href: "https://example.org/cat.png" },
    ]);
    expect(inlines("[![build](https://example.org/b.svg)](https://example.org/ci)")).toMatchObject([
      { kind: "link", href: "https://example.org/ci", inlines: [{ kind: "emphasis", inlines: [text("build")] }] },
    ]);
  });
});

describe("any text", () => {
  const pieces = fc.constantFrom(
    ..."` `` ``` ** * _ ~~ [ ]( ] ) ![ > \\ < </ <b> <!-- & &amp; $$ \\[ @ x 重要 “ ” : ! ^ [^1] [^1]: [x]:".split(" "),
    ..."- |1. |> |# || | |||---|| |  |    |\t|\n|\n\n|~~~|---|https://a.b |[!NOTE]|[ ] ".split("|"),
    ...["|", "| ", " |", "|---|", "||"],
  );

  test("is read without failing, and keeps every letter that is not the address of a link", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string()), { maxLength: 40 }), (parts) => {
        const source = parts.join("");
        const letters = (value: string) => [...value.toLowerCase().replaceAll(/[^a-z]/g, "")].sort().join("");
        const blocks = read(source);
        if (/https:|&|\[\^|\]:|\[!|\]\(|\[x\]/.test(source)) return;
        expect(letters(shown(blocks))).toBe(letters(source));
      }),
      { numRuns: 1_000 },
    );
  });

  test("is shown once, whatever it holds twice", () => {
    for (const source of Object.values(samples)) expect(read(source)).toEqual(read(source));
  });
});

describe("texts made to be slow", () => {
  const pieces = [
    ..."` `` * ** _ ~ ~~ [ ]( [a]( ![ - > | # @ https:// 1. h \\ _a a* a_ *a **a a** a**b [a] [a][ < <a <!-- & ! $$ \\[ [^1] *** _* `a a` [[a] (* **“".split(
      " ",
    ),
    ...[
      "- ",
      "> ",
      "| ",
      "1. ",
      "** **",
      "> - ",
      "- - ",
      "1. 1. ",
      "```\n",
      "a\n",
      "a\n-\n",
      "- a\n",
      "> a\n",
      "|a|\n|-|\n",
    ],
    ...["[^a]: b\n\n    c\n", "[^1]: a\n", "[a]: b\n", "\\[\n", "$$\n", "**a\n\n", "a  \n", "https://a.b ", "a@b.c "],
  ];

  test.each(pieces)("32 KiB of %j take less than two seconds of processor time", (piece) => {
    const source = piece.repeat(Math.ceil(32_768 / piece.length));
    expect(cpuMs(() => readMarkdown(source))).toBeLessThan(2_000);
  });

  test("of thousands of list items are parsed up to a number, and the rest is text", () => {
    const source = "- *a*\n".repeat(5_400);
    const { blocks, isCut } = readMarkdown(source);
    expect(isCut).toBe(true);
    expect(shown(blocks).match(/a/g)).toHaveLength(5_400);
    expect(readMarkdown("- *a*\n".repeat(1_000)).isCut).toBe(false);
  });

  const deep = (mark: string) => Array.from({ length: 180 }, (_, at) => mark.repeat(at)).join("a\n");

  test.each([
    "> ".repeat(16_384),
    "1. ".repeat(10_922),
    "+ ".repeat(16_384),
    deep("> "),
    `${deep("  ")}- a`,
    "_a".repeat(16_384),
  ])("what is nested or marked too much is text, and says so: %#", (source) => {
    const { blocks, isCut } = readMarkdown(source);
    expect(depthOf(blocks)).toBeLessThan(20);
    const letters = (value: string) => value.replaceAll(/[^a]/g, "").length;
    expect(letters(shown(blocks))).toBe(letters(source));
    if (!source.startsWith("a")) expect(isCut).toBe(true);
  });

  test("a long but ordinary message is formatted whole", () => {
    const ordinary = Object.values(samples).join("\n\n").slice(0, 32_768);
    expect(readMarkdown(ordinary).isCut).toBe(false);
    const bold = "This **word** is bold and `that` is *code*. ".repeat(90);
    expect(readMarkdown(bold).isCut).toBe(false);
  });
});

function depthOf(blocks: readonly MarkdownBlock[]): number {
  const inner = blocks.map((block) => {
    if (block.kind === "list") return depthOf(block.items.flatMap((item) => item.blocks));
    return "blocks" in block ? depthOf(block.blocks) : 0;
  });
  return 1 + Math.max(0, ...inner);
}
