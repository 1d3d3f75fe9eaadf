import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { englishProblems, folderOf } from "./support/english.js";
import { listSources } from "./support/imports.js";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Problems left in folders not yet re-read. Numbers may only shrink; a folder without a number has none. */
const left: Readonly<Record<string, number>> = {};

describe("comments and test names", () => {
  const self = ["test/english.test.ts", "test/support/english.ts"];
  const files = listSources(root, ["src", "adapters", "test"]).filter(({ path }) => !self.includes(path));
  const byFolder = new Map<string, string[]>();
  for (const { path, line, text } of englishProblems(files)) {
    const lines = byFolder.get(folderOf(path)) ?? [];
    byFolder.set(folderOf(path), [...lines, `${path}:${line} ${text}`]);
  }

  test("use no banned word or opening beyond those counted", () => {
    const worse = [...byFolder].filter(([folder, lines]) => lines.length > (left[folder] ?? 0));
    expect(worse.flatMap(([folder, lines]) => [`${folder}: at most ${left[folder] ?? 0}`, ...lines])).toEqual([]);
  });

  test("name only folders that still have problems", () => {
    expect(Object.keys(left).filter((folder) => !byFolder.has(folder))).toEqual([]);
  });
});

describe("the check", () => {
  const textsIn = (text: string) => englishProblems([{ path: "src/x.ts", text }]).map((problem) => problem.text);

  test.each([
    ["/** Who is woken passes it on. */", "Who is woken passes it on."],
    ["  // What was stored counts.", "What was stored counts."],
    ["/** Somebody who watches. */", "Somebody who watches."],
    [" * The room is read anew.", "The room is read anew."],
    ["const a = 1; // The sender is nobody here.", "The sender is nobody here."],
    ['  test("a code that is none is refused", () => {', "a code that is none is refused"],
    ['])("is decided anew", (a) => {', "is decided anew"],
  ])("reports %s", (line, prose) => {
    expect(textsIn(line)).toEqual([prose]);
  });

  test.each([
    "/** Empty if there are none. */",
    'const text = "Who is woken passes it on.";',
    "/** Whole frames. Whatever follows is dropped. */",
    '  test("renews the lease", () => {',
    "const anew = is.none;",
  ])("accepts %s", (line) => {
    expect(textsIn(line)).toEqual([]);
  });

  test("gives the path and the line", () => {
    const text = "const a = 1;\n// Nobody knows.\n";
    expect(englishProblems([{ path: "src/x.ts", text }])).toEqual([
      { path: "src/x.ts", line: 2, text: "Nobody knows." },
    ]);
  });
});
