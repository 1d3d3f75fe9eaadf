import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lineEnd, nextLine, noBlocks, type OpenBlocks, readMarkdownLine } from "../../../src/core/grammar/fence.js";
import { splitText } from "../../../src/core/text/split-text.js";

/** Lines of text outside and inside fences, without the lines that open and close them. */
function content(text: string): { outside: string; inside: string; open: boolean } {
  const found = { outside: "", inside: "" };
  let blocks: OpenBlocks = noBlocks;
  for (let start = 0; start <= text.length; ) {
    const end = lineEnd(text, start);
    const reading = readMarkdownLine(blocks, { text, start, end });
    blocks = reading.blocks;
    const shown = text.slice(start, end).replace(/\s/g, "");
    start = nextLine(text, end);
    if (reading.role === "inside") found.inside += shown;
    else if (reading.role === "text") found.outside += shown;
  }
  return { ...found, open: blocks.fence !== undefined };
}

const lines = fc.oneof(
  fc.constantFrom(
    "```ts",
    "```",
    "~~~",
    "````",
    "- ```js",
    "  ```",
    "",
    "",
    "text",
    "    indented",
    "> quote",
    "    ```",
    "  - ```",
    "> ```",
    "1. item",
    "> - ```",
  ),
  fc.string({ unit: "grapheme", maxLength: 80 }).map((text) => text.replace(/[\r\n\u2028\u2029]/g, " ")),
  fc.string({ unit: "grapheme", minLength: 100, maxLength: 700 }).map((text) => text.replace(/[\r\n`~]/g, " ")),
);
const documents = fc.array(lines, { maxLength: 60 }).map((all) => all.join("\n"));

describe("splitting", () => {
  test("short text stays as it is", () => {
    expect(splitText("a\n```\nb\n```", 200)).toEqual(["a\n```\nb\n```"]);
    expect(splitText("", 200)).toEqual([""]);
  });

  test("closes a fence and opens it again with its info string", () => {
    const code = Array.from({ length: 30 }, (_, index) => `let x${index} = ${index};`).join("\n");
    const parts = splitText(`Look:\n\`\`\`ts\n${code}\n\`\`\`\ndone`, 250);
    expect(parts.length).toBeGreaterThan(1);
    for (const part of parts.slice(1, -1)) expect(part).toMatch(/^```ts\n[^`]*\n```$/);
    expect(parts[0]).toMatch(/^Look:\n```ts\n[^`]*\n```$/);
    expect(parts.at(-1)).toMatch(/\ndone$/);
  });

  test("cuts between paragraphs where it can, else between words", () => {
    const [first, second] = splitText(`${"a ".repeat(80)}\n\n${"b ".repeat(80)}`, 250);
    expect(first?.trim()).toBe("a ".repeat(80).trim());
    expect(second?.trim()).toBe("b ".repeat(80).trim());
    for (const part of splitText("word ".repeat(200), 250)) expect(part.trim()).toMatch(/^(word )*word$/);
  });

  test("every part fits, has its fences closed, cuts no character in two, and nothing is lost", () => {
    fc.assert(
      fc.property(documents, fc.integer({ min: 200, max: 900 }), (text, maxChars) => {
        const parts = splitText(text, maxChars);
        for (const part of parts) {
          expect(part.length).toBeLessThanOrEqual(maxChars);
          expect(content(part).open).toBe(false);
          expect(part).not.toMatch(/\p{Surrogate}/u);
        }
        const all = parts.map(content);
        const whole = content(text);
        expect(all.map(({ outside }) => outside).join("")).toBe(whole.outside);
        expect(all.map(({ inside }) => inside).join("")).toBe(whole.inside);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ["an item of an item", "- a\n  - b\n    ```ts\n", "    ", "    ```\nend"],
    ["an item, below a blank line", "1. a\n\n   ```ts\n", "   ", "   ```\nend"],
    ["a quote", "> ```ts\n", "> ", "> ```\nend"],
  ])("closes a fence in %s and opens it again", (_, start, indent, end) => {
    const code = Array.from({ length: 60 }, (_, index) => `${indent}let x${index} = ${index};\n`).join("");
    const parts = splitText(start + code + end, 250);
    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts) {
      expect(content(part)).toMatchObject({ open: false });
      expect(content(part).outside).not.toContain("let");
    }
    expect(parts.at(-1)).toMatch(/\nend$/);
    for (const part of parts.slice(1, -1)) expect(part).toMatch(/^(> )?```ts\n(> )?let/);
  });

  // Inputs that broke the splitters of other bots; each row names its report on GitHub.
  const codeLines = (count: number, indent = "") =>
    Array.from({ length: count }, (_, at) => `${indent}line_${at} = compute(${at})`).join("\n");
  test.each([
    ["use-agent-os/agent-os#2282: 300 lines", `The module:\n\`\`\`py\n${codeLines(300)}\n\`\`\`\nDone.`],
    ["400 lines in an item of an item", `- a\n  - b\n\n    \`\`\`py\n${codeLines(400, "    ")}\n    \`\`\`\nDone.`],
    ["arabold/docs-mcp-server#426: details", `<details>\n\n\`\`\`py\n${codeLines(99)}\n\`\`\`\n\n</details>\nDone.`],
    ["arabold/docs-mcp-server#426: a quote", `> \`\`\`py\n${codeLines(99, "> ")}\n> \`\`\`\nDone.`],
    ["gomarkdown/markdown#354: dashes", `- a\n  ~~~yml\n${codeLines(99, "  - ")}\n  ~~~\nDone.`],
    [
      "trentm/python-markdown2#580: two fences",
      `* a\n    * b\n      \`\`\`\n${codeLines(50, "      ")}\n      \`\`\`\n\n\`\`\`\n${codeLines(50)}\n\`\`\`\nDone.`,
    ],
    ["openclaw/openclaw#110148: a long info string", `\`\`\`${"x".repeat(180)}\n${codeLines(50)}\n\`\`\`\nDone.`],
    ["a longer info string than a part", `\`\`\`${"x".repeat(700)}\n${codeLines(50)}\n\`\`\`\nDone.`],
  ])("keeps code as code in every part: %s", (_, text) => {
    const parts = splitText(text, 600);
    expect(parts.length).toBeGreaterThan(1);
    for (const part of parts) {
      expect(part.length).toBeLessThanOrEqual(600);
      expect(content(part).open).toBe(false);
      expect(content(part).outside).not.toContain("compute(");
    }
    expect(parts.map((part) => content(part).inside).join("")).toBe(content(text).inside);
    expect(parts.at(-1)).toMatch(/Done\.$/);
  });

  test("takes linear time", () => {
    const startMs = performance.now();
    splitText("x".repeat(500_000), 2_000);
    splitText("```\n".repeat(100_000), 2_000);
    expect(performance.now() - startMs).toBeLessThan(20_000);
  });
});
