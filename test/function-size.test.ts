import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { checkFunctionSizes, functionSizes, maxFunctionLines, maxOwnLines } from "./support/function-size.js";
import { listSources } from "./support/imports.js";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Functions that may be too large: none. Split a function that is, and put none here. */
const exceptions: readonly string[] = [];

const path = "src/core/a.ts";
const sizes = (text: string) =>
  functionSizes({ path, text }).map(({ name, ownLines, lines }) => [name.slice(path.length + 1), ownLines, lines]);
const statements = (count: number) => "  call();\n".repeat(count);
const large = `export function large() {\n${statements(maxOwnLines)}}\n`;

describe("the source", () => {
  test("has no function over 60 lines of its own or 120 lines in all, but for named exceptions", () => {
    expect(checkFunctionSizes(listSources(root, ["src", "adapters"]), exceptions)).toEqual([]);
  });
});

describe("the size of a function", () => {
  test("counts lines with code of its own, without inner functions, blank lines and comments", () => {
    const text = [
      "export function outer() {",
      "  // a comment",
      "  let count = 0;",
      "",
      "  /** Another one. */",
      "  function inner() {",
      "    count += 1;",
      "  }",
      "  const short = (by: number) => {",
      "    count += by;",
      "  };",
      "  return { inner, short, size: () => count };",
      "}",
    ].join("\n");
    expect(sizes(text)).toEqual([
      ["outer", 6, 13],
      ["outer.inner", 3, 3],
      ["outer.short", 3, 3],
      ["outer.size", 1, 1],
    ]);
  });

  test.each<[string, string]>([
    ["const a = function () {};", "a"],
    ["const a = { b() {} };", "b"],
    ["class A { b() {} }", "b"],
    ["let a; a = () => {};", "a"],
    ["call(() => {});", "(anonymous)"],
    ["export const a = async () => {};", "a"],
  ])("is reported under a name: %s", (text, name) => {
    expect(sizes(text).map(([found]) => found)).toEqual([name]);
  });

  test("is found in a file with markup", () => {
    const text = "export const Page = () => (\n  <p\n    onClick={() => {}}\n  />\n);";
    const found = functionSizes({ path: "adapters/web/client/page.tsx", text });
    expect(found.map(({ lines }) => lines)).toEqual([5, 1]);
  });
});

describe("a function that is too large", () => {
  test("is named with its line and its size", () => {
    expect(checkFunctionSizes([{ path, text: `\n${large}` }], [])).toEqual([
      `${path} large (line 2): ${maxOwnLines + 2} lines of its own, at most ${maxOwnLines} are allowed`,
    ]);
  });

  test("is also one whose inner functions make it long", () => {
    const inner = `  function a() {\n${statements(40)}  }\n`;
    const three = [0, 1, 2].map((at) => inner.replace("a()", `a${at}()`)).join("");
    const text = `export function createThing() {\n${three}}\n`;
    expect(checkFunctionSizes([{ path, text }], [])).toEqual([
      `${path} createThing (line 1): 128 lines with its inner functions, at most ${maxFunctionLines} are allowed`,
    ]);
    expect(checkFunctionSizes([{ path, text: text.replaceAll("  call();\n".repeat(40), "") }], [])).toEqual([]);
  });

  test("may be a named exception, which goes as soon as nothing needs it", () => {
    const name = `${path} large`;
    expect(checkFunctionSizes([{ path, text: large }], [name])).toEqual([]);
    const unneeded = [expect.stringContaining(`${name}: small enough, or gone`)];
    expect(checkFunctionSizes([{ path, text: "export function large() {}" }], [name])).toEqual(unneeded);
    expect(checkFunctionSizes([], [name])).toEqual(unneeded);
  });

  test("is no longer an exception under another name", () => {
    const renamed = large.replace("large", "larger");
    expect(checkFunctionSizes([{ path, text: renamed }], [`${path} large`])).toHaveLength(2);
  });
});
