import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type MarkdownBlock, parseMarkdown } from "../../adapters/web/client/markdown.js";
import type { Inline } from "../../adapters/web/client/markdown-inline.js";
import { cpuMs } from "../support/cpu-time.js";

const only = (text: string): MarkdownBlock => {
  const blocks = parseMarkdown(text);
  expect(blocks).toHaveLength(1);
  return blocks[0] as MarkdownBlock;
};
const inlines = (text: string): Inline[] => {
  const block = only(text);
  return block.kind === "paragraph" ? block.inlines : [];
};
const text = (value: string): Inline => ({ kind: "text", text: value });

/** Everything a reader gets to see of the blocks, as one text. */
function shown(blocks: readonly MarkdownBlock[]): string {
  return blocks
    .map((block) => {
      if (block.kind === "code" || block.kind === "drawing") return block.text;
      if (block.kind === "table") return [block.head, ...block.rows].flat().map(shownInlines).join("\n");
      if (block.kind === "list") return block.items.map((item) => shownInlines(item.inlines)).join("\n");
      return shownInlines(block.inlines);
    })
    .join("\n");
}

function shownInlines(pieces: readonly Inline[]): string {
  return pieces
    .map((piece) => {
      if ("inlines" in piece) return shownInlines(piece.inlines);
      if (piece.kind === "link") return piece.label;
      return piece.kind === "mention" ? `@${piece.name}` : piece.text;
    })
    .join("");
}

describe("blocks", () => {
  test("paragraphs, headings, quotes and lists", () => {
    const blocks = parseMarkdown("# Title\nfirst\nsecond\n\n> said\n> so\n\n- a\n  - b\n- c\n\n3. x\n4. y");
    expect(blocks).toMatchObject([
      { kind: "heading", inlines: [text("Title")] },
      { kind: "paragraph", inlines: [text("first\nsecond")] },
      { kind: "quote", inlines: [text("said\nso")] },
      { kind: "list", items: [{ depth: 0 }, { depth: 1 }, { depth: 0 }] },
      {
        kind: "list",
        items: [
          { depth: 0, number: 3 },
          { depth: 0, number: 4 },
        ],
      },
    ]);
    expect(only("1. one\n   - deep\n   - [x] done\n2. two")).toMatchObject({
      items: [
        { number: 1 },
        { depth: 1, inlines: [text("deep")] },
        { depth: 1, inlines: [text("☑ done")] },
        { number: 2 },
      ],
    });
  });

  test("a fence keeps its text unchanged, also an unclosed one", () => {
    expect(only("```ts\n<b>**x**</b>\n\n@room\n```")).toEqual({
      kind: "code",
      language: "ts",
      text: "<b>**x**</b>\n\n@room",
    });
    expect(only("~~~\n```\n- x")).toEqual({ kind: "code", language: "", text: "```\n- x" });
    expect(only("````\n```\n````")).toMatchObject({ text: "```" });
  });

  test("a table has cells; lines that only look like one, or are too many, are shown as written", () => {
    expect(only("| a | b |\n|---|:-:|\n| `1` | x \\| y |\n| 2 |")).toEqual({
      kind: "table",
      head: [[text("a")], [text("b")]],
      rows: [[[{ kind: "code", text: "1" }], [text("x | y")]], [[text("2")]]],
    });
    const wide = `|${" x |".repeat(13)}\n|${"---|".repeat(13)}`;
    const long = `| a |\n|---|\n${"| x |\n".repeat(101)}`.trim();
    for (const drawn of ["| a | b |", "| a |\n|---|---|", "| a |\n|---|\n| 1 | 2 |", wide, long])
      expect(only(drawn)).toEqual({ kind: "drawing", text: drawn });
  });

  test("HTML is text", () => {
    expect(inlines("<img src=x onerror=alert(1)>")).toEqual([text("<img src=x onerror=alert(1)>")]);
  });
});

describe("inside a paragraph", () => {
  test("code, bold and names", () => {
    expect(inlines("use `a*b` and **`c` now**, @coder!")).toEqual([
      text("use "),
      { kind: "code", text: "a*b" },
      text(" and "),
      { kind: "strong", inlines: [{ kind: "code", text: "c" }, text(" now")] },
      text(", "),
      { kind: "mention", name: "coder" },
      text("!"),
    ]);
    expect(inlines("*so* and _so_, 2*3*4 and a_b_c")).toEqual([
      { kind: "emphasis", inlines: [text("so")] },
      text(" and "),
      { kind: "emphasis", inlines: [text("so")] },
      text(", 2*3*4 and a_b_c"),
    ]);
    expect(inlines("a * b ** c ` d me@host.example @")).toEqual([text("a * b ** c ` d me@host.example @")]);
  });

  test("https links, with the host where the label is not the address", () => {
    expect(inlines("see https://example.org/a?b=c.")).toEqual([
      text("see "),
      { kind: "link", label: "https://example.org/a?b=c", href: "https://example.org/a?b=c", host: "example.org" },
      text("."),
    ]);
    expect(inlines("[docs](https://example.org/x)")).toEqual([
      { kind: "link", label: "docs", href: "https://example.org/x", host: "example.org" },
    ]);
  });

  test.each([
    "[x](javascript:alert(1))",
    "[x](http://example.org)",
    "[x](data:text/html,1)",
    "[x](//example.org)",
    "[x](https://user:secret@example.org)",
    "[x](https://)",
    "[x](  )",
    "xhttps://example.org",
    "javascript:alert(1)",
  ])("is no link: %s", (source) => {
    expect(inlines(source).some(({ kind }) => kind === "link")).toBe(false);
  });

  test("a look-alike host is marked", () => {
    expect(inlines("[bank](https://аpple.com)")).toMatchObject([{ host: "xn--pple-43d.com" }]);
  });
});

describe("any text", () => {
  const pieces = fc.constantFrom(
    "`",
    "``",
    "```",
    "**",
    "*",
    "_",
    "[",
    "](",
    ")",
    "https://a.b",
    "\n",
    "\n\n",
    "- ",
    "1. ",
    "> ",
    "# ",
    "| ",
    " |",
    "|---|",
    "@",
    "x",
    " ",
    "~~~",
  );

  test("keeps every letter of it and never fails", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string()), { maxLength: 40 }), (parts) => {
        const source = parts.join("");
        const letters = (value: string) => [...value.toLowerCase().replaceAll(/[^a-z]/g, "")].sort().join("");
        const address = /https:\/\/a\.b/g;
        const blocks = parseMarkdown(source);
        // A fence's language and a link's address are not part of its text.
        if (blocks.some(({ kind }) => kind === "code") || address.test(source)) return;
        expect(letters(shown(blocks))).toBe(letters(source));
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    "`",
    "``",
    "*",
    "**",
    "[",
    "](",
    "[a](",
    "- ",
    "> ",
    "|",
    "| ",
    "#",
    "@",
    "https://",
    "```\n",
    "1. ",
    "h",
    "\\",
    "** **",
  ])("32 KiB of %j take less than two seconds of processor time", (piece) => {
    const source = piece.repeat(Math.ceil(32_768 / piece.length));
    expect(cpuMs(() => parseMarkdown(source))).toBeLessThan(2_000);
  });
});
