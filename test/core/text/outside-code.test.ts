import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changeOutsideCode, codeStretches } from "../../../src/core/text/outside-code.js";

const codeIn = (text: string): string[] => codeStretches(text).map(({ start, end }) => text.slice(start, end));

describe("code in a text", () => {
  test.each([
    ["a fence", "a\n```ts\nb\n```\nc", ["```ts\nb\n```"]],
    ["a fence of tildes with backticks in it", "~~~\n```\n~~~", ["~~~\n```\n~~~"]],
    ["a longer fence around a shorter one", "````md\n```\na\n```\n````", ["````md\n```\na\n```\n````"]],
    ["a fence in a list", "- ```\n  a\n  ```\n- b", ["- ```\n  a\n  ```"]],
    ["spans", "a `b` and ``c ` d``.", ["`b`", "``c ` d``"]],
    ["spans in a list, a heading, a table and a quote", "- `a`\n# `b`\n| `c` |\n> `d`", ["`a`", "`b`", "`c`", "`d`"]],
    ["a span before an unpaired backtick", "`a`\nb ` c\n`d`\n\n`e`", ["`a`", "`e`"]],
  ])("is found: %s", (_, text, code) => {
    expect(codeIn(text)).toEqual(code);
  });

  test.each([
    ["a fence without an end", "```\na"],
    ["a fence that ends with its list item", "- ```\n  a\nb"],
    ["a fence indented by four", "    ```\n    a\n    ```".replaceAll("```", "~~~")],
    ["an indented block", "a\n\n    b"],
    ["a fence in a quote", "> ~~~\n> a\n> ~~~"],
    ["a span across lines", "`a\nb`"],
    ["a span after one across lines", "`a\nb` `c`"],
    ["an escaped span", "\\`a`"],
    ["marks that do not pair", "``a`"],
  ])("is not found where readers differ: %s", (_, text) => {
    expect(codeIn(text)).toEqual([]);
  });

  test("is left as it is, and everything else is changed", () => {
    const text = "a `b` c\n~~~\nd\n~~~\ne";
    const upper = changeOutsideCode(text, codeStretches(text), (part) => part.toUpperCase());
    expect(upper).toBe("A `b` C\n~~~\nd\n~~~\nE");
  });

  test("is in order, without overlap, for any text", () => {
    const piece = fc.constantFrom("`", "``", "```", "~~~", "\n", "\n\n", "\r\n", "- ", "> ", "    ", "a", "\\");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = pieces.join("");
        let from = 0;
        for (const { start, end } of codeStretches(text)) {
          expect(start).toBeGreaterThanOrEqual(from);
          expect(end).toBeGreaterThan(start);
          from = end;
        }
        expect(from).toBeLessThanOrEqual(text.length);
        expect(changeOutsideCode(text, codeStretches(text), (part) => part)).toBe(text);
      }),
    );
  });
});
