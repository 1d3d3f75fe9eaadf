import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { allCommands } from "../../src/cli/commands.js";
import { completionScript } from "../../src/cli/completion.js";

const inFish =
  spawnSync("fish", ["-N", "-c", "exit 0"], { stdio: "ignore" }).status === 0
    ? describe
    : (title: string, body: () => void) => describe.skip(`${title} [skipped: no fish]`, body);

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

/** Fish's completions of a line, where parley answers with the words it was asked about. */
function offeredByFish(line: string): string[] {
  const parley = "function parley; string join _ $argv; end";
  const script = `${parley}\n${completionScript("fish", allCommands)}\ncomplete -C '${line}'`;
  const run = spawnSync("fish", ["-N", "-c", script], { encoding: "utf8" });
  return run.stdout.split("\n").flatMap((offer) => offer.split("\t")[0] || []);
}

inFish("completion in fish", () => {
  test("asks parley for rooms and for values of options, with the line as it stands", () => {
    expect(offeredByFish("parley room show ")).toContain("completion_words_room_show_");
    expect(offeredByFish("parley agent add demo x --role ")).toEqual(["completion_words_agent_add_demo_x_--role_"]);
  });

  test("offers values that are fixed without asking", () => {
    expect(offeredByFish("parley send demo --class inter")).toEqual(["interrupt"]);
  });
});

describe("the script of fish", () => {
  const lines = completionScript("fish", allCommands).split("\n");
  const asks = (command: string, more: string) =>
    lines.some((line) => line.includes(`__fish_seen_subcommand_from ${command}`) && line.includes(more));

  test.each([
    ["gates", "-a '(__parley_words)'"],
    ["show", "-a '(__parley_words)'"],
    ["add", "-l role -x -a '(__parley_words)'"],
    ["new", "-l for -x -a '(__parley_words)'"],
  ])("asks parley for words of %s: %s", (command, more) => {
    expect(asks(command, more)).toBe(true);
  });

  test("offers the roles of people in invites as they are", () => {
    expect(asks("invite", "-l role -x -a 'owner approver member viewer'")).toBe(true);
  });
});
