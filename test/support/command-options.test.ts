import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import {
  anyText,
  flag,
  oneOf,
  optional,
  parseCommand,
  positiveNumber,
  seedNumber,
  someOf,
  usageOf,
  WrongOption,
  wholeNumber,
} from "./command-options.js";
import { listSources } from "./imports.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const spec = {
  command: "npm run try --",
  options: {
    runs: wholeNumber(20),
    seed: seedNumber(),
    minutes: positiveNumber(1, { atMost: 600 }),
    mode: oneOf(["socket", "http"], "socket"),
    only: someOf(["a", "b"]),
    nodes: optional(wholeNumber(1), "1"),
    keep: anyText("folder"),
    log: flag,
    task: { ...anyText("task"), isInternal: true },
  },
  words: { shown: "slack|discord", among: ["slack", "discord"], atMost: 1 },
};
const read = (...argv: string[]) => parseCommand(spec, argv);

describe("the options of a developers' command", () => {
  test("are the defaults where nothing is typed", () => {
    expect(read()).toEqual({
      values: { runs: 20, seed: 1, minutes: 1, mode: "socket", log: false },
      words: [],
    });
  });

  test("are read as their kind", () => {
    const typed = ["discord", "--runs", "3", "--seed=0", "--minutes", "0.5", "--mode", "http", "--only", "b,a"];
    expect(read(...typed, "--nodes", "2", "--keep", "-x", "--log", "--task", "t")).toEqual({
      values: {
        ...{ runs: 3, seed: 0, minutes: 0.5, mode: "http", only: ["b", "a"], nodes: 2 },
        ...{ keep: "-x", log: true, task: "t" },
      },
      words: ["discord"],
    });
  });

  test.each([
    [["--runs", "-1"], "--runs is a whole number, 1 or more, not “-1”"],
    [["--runs", "0"], "--runs is a whole number, 1 or more, not “0”"],
    [["--runs", "1.5"], "--runs is a whole number, 1 or more, not “1.5”"],
    [["--runs", "1e3"], "--runs is a whole number, 1 or more, not “1e3”"],
    [["--runs", ""], "--runs is a whole number, 1 or more, not “”"],
    [["--runs", "9".repeat(30)], `--runs is a whole number, 1 or more, not “${"9".repeat(30)}”`],
    [["--runs"], "--runs needs a value: --runs 20"],
    [["--runs", "--log"], "--runs needs a value: --runs 20"],
    [["--runs", "2", "--runs", "3"], "--runs was given twice"],
    [["--nodes", "0"], "--nodes is a whole number, 1 or more, not “0”"],
    [["--minutes", "0"], "--minutes is a number above 0 and up to 600, not “0”"],
    [["--minutes", "x"], "--minutes is a number above 0 and up to 600, not “x”"],
    [["--minutes", "601"], "--minutes is a number above 0 and up to 600, not “601”"],
    [["--mode", "htp"], "--mode is socket or http, not “htp”"],
    [["--only", "a,c"], "--only does not know “c”"],
    [["--log=yes"], "--log takes no value"],
    [["--cuont", "3"], "there is no option --cuont"],
    [["--toString"], "there is no option --toString"],
    [["-r", "3"], "there is no option -r"],
    [["teams"], "“teams” is not understood; it can be slack or discord"],
    [["slack", "discord"], "“discord” is not understood; it can be slack or discord"],
  ])("are refused with one sentence: %j", (typed, sentence) => {
    expect(() => read(...typed)).toThrow(new WrongOption(sentence));
  });

  test("name the word that is missing", () => {
    const words = { shown: "slack|discord", among: ["slack", "discord"], atLeast: 1 };
    expect(() => parseCommand({ command: "x", words }, [])).toThrow("say which: slack or discord");
  });

  test("stand in the usage line, except the internal ones", () => {
    expect(usageOf({ ...spec, notes: "a note" })).toBe(
      "usage: npm run try -- [slack|discord] [--runs 20] [--seed 1] [--minutes 1] [--mode socket|http] [--only name,name] [--nodes 1] [--keep folder] [--log]\na note\n",
    );
  });
});

describe("developers' commands", () => {
  test.each([
    ["chat:mutations", ["teams"], "“teams” is not understood; it can be slack or discord"],
    ["planted", ["--count", "-1"], "--count is a whole number, 1 or more, not “-1”"],
    ["hostile", ["--sandboxes", "0"], "--sandboxes is a whole number, 1 or more, not “0”"],
  ])(
    "%s %j: a sentence, the usage and exit code 2",
    (script, typed, sentence) => {
      const { status, stdout, stderr } = spawnSync("npx", ["tsx", programOf(script), ...typed], {
        cwd: root,
        encoding: "utf8",
      });
      expect({ status, stdout, first: stderr.split("\n")[0] }).toEqual({ status: 2, stdout: "", first: sentence });
      expect(stderr).toContain(`usage: npm run ${script} --`);
      expect(stderr).not.toMatch(/^ {4}at /m);
    },
    120_000,
  );

  test("read their options in one way", () => {
    const emulators = ["test/emulators/anthropic/main.ts", "test/emulators/openai/main.ts"];
    const own = ["test/support/command-options.ts", ...emulators];
    const others = listSources(root, ["test"]).filter(
      ({ path, text }) =>
        /\bparseArgs\b/.test(text) && path.endsWith(".ts") && !path.endsWith(".test.ts") && !own.includes(path),
    );
    expect(others.map(({ path }) => path)).toEqual([]);
  });
});

/** The program of a script in package.json. */
function programOf(script: string): string {
  const { scripts } = JSON.parse(readFileSync(`${root}/package.json`, "utf8")) as { scripts: Record<string, string> };
  return /tsx (\S+main\.ts)/.exec(scripts[script] ?? "")?.[1] ?? "";
}
