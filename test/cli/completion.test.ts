import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { allCommands } from "../../src/cli/commands.js";
import { completionScript } from "../../src/cli/completion.js";

const inBash =
  spawnSync("bash", ["-c", "exit 0"], { stdio: "ignore" }).status === 0
    ? describe
    : (title: string, body: () => void) => describe.skip(`${title} [skipped: no bash]`, body);

/** Bash's completions for these words, the last of which is being typed. */
function offered(...words: string[]): string[] {
  const script = [
    completionScript("bash", allCommands),
    `COMP_WORDS=(parley ${words.map((word) => `'${word}'`).join(" ")})`,
    `COMP_CWORD=${words.length}`,
    "_parley",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is bash's
    'printf "%s\\n" "${COMPREPLY[@]}"',
  ].join("\n");
  const run = spawnSync("bash", ["--norc", "-c", script], { encoding: "utf8" });
  expect(run.stderr).toBe("");
  return run.stdout.split("\n").filter((word) => word !== "");
}

inBash("completion in bash", () => {
  test("offers commands, then their words, then their options", () => {
    expect(offered("")).toEqual(expect.arrayContaining(["up", "room", "watch", "doctor"]));
    expect(offered("wa")).toEqual(["watch"]);
    expect(offered("room", "")).toEqual(expect.arrayContaining(["new", "list", "show", "stop"]));
    expect(offered("room", "new", "demo", "--ow")).toEqual(["--owner"]);
    expect(offered("send", "demo", "--cl")).toEqual(["--class"]);
  });

  test("offers the values that are fixed", () => {
    expect(offered("send", "demo", "--class", "inter")).toEqual(["interrupt"]);
    expect(offered("invite", "new", "demo", "--role", "")).toEqual(["owner", "approver", "member", "viewer"]);
    expect(offered("export", "demo", "--format", "")).toEqual(["jsonl", "md"]);
  });
});

describe("the scripts", () => {
  test.each(["bash", "zsh", "fish"] as const)("of %s name every command and option", (shell) => {
    const script = completionScript(shell, allCommands);
    for (const { path, options } of allCommands) {
      for (const word of [...path, ...Object.keys(options)]) expect(script).toContain(word);
    }
  });
});
