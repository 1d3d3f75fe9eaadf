import { describe, expect, test } from "vitest";
import { allCommands } from "../../src/cli/commands.js";
import { nearest } from "../../src/cli/nearest.js";
import { findCommand, parseTyped } from "../../src/cli/parse-args.js";

function typed(...argv: string[]) {
  const { command, rest } = findCommand(allCommands, argv);
  if (!command) throw new Error("no command");
  return parseTyped(command, rest);
}

describe("the command line", () => {
  test("takes the longest command that fits", () => {
    expect(findCommand(allCommands, ["room", "new", "demo"]).command?.path).toEqual(["room", "new"]);
    expect(findCommand(allCommands, ["--json", "gates"]).command?.path).toEqual(["gates"]);
    expect(findCommand(allCommands, ["room"]).command).toBeUndefined();
  });

  test("reads options before, between and after arguments, and everything after -- as words", () => {
    const send = typed("send", "--to", "coder", "demo", "hello", "--to=mia", "there", "--", "--to");
    expect(send.argument("room")).toBe("demo");
    expect(send.rest("text")).toEqual(["hello", "there", "--to"]);
    expect(send.texts("to")).toEqual(["coder", "mia"]);
  });

  test("keeps a value that looks like an option if it follows =", () => {
    expect(typed("drop", "demo", "--reason=--later").text("reason")).toBe("--later");
  });

  test.each<[string[], string]>([
    [["send", "demo", "--too", "x"], "There is no option --too. Did you mean “--to”?"],
    [["send", "demo", "-x"], "There is no option -x."],
    [["send", "demo", "--constructor"], "There is no option --constructor."],
    [["send", "demo", "--to"], "--to needs a value: --to <name>"],
    [["send", "demo", "--to", "--json"], "--to needs a value"],
    [
      ["send", "demo", "--class", "interupt"],
      "it can be notify, deliver, interrupt, preempt, shutdown. Did you mean “interrupt”?",
    ],
    [["send", "demo", "--ttl", "1m", "--ttl", "2m"], "--ttl was given twice."],
    [["send", "demo", "--json=yes"], "--json takes no value."],
    [
      ["room", "show"],
      "parley room show needs <room>: id or name of the room. Usage: parley room show <room> [options]",
    ],
    [["room", "show", "a", "b"], "parley room show does not know what to do with “b”."],
  ])("%j is refused: %s", (argv, message) => {
    expect(() => typed(...argv)).toThrow(message);
  });

  test("asks for no argument when help is wanted", () => {
    expect(typed("room", "show", "--help").isOn("help")).toBe(true);
  });
});

describe("the nearest word", () => {
  const words = ["watch", "send", "gates", "approve", "room"];

  test.each([
    ["wach", "watch"],
    ["wathc", "watch"],
    ["appr", "approve"],
    ["SEND", "send"],
    ["gate", "gates"],
    ["romo", "room"],
  ])("of %s is %s", (typedWord, meant) => {
    expect(nearest(typedWord, words)).toBe(meant);
  });

  test("is undefined when nothing is near, and is found quickly for any input", () => {
    expect(nearest("xyzzy", words)).toBeUndefined();
    expect(nearest("q".repeat(1_000_000), words)).toBeUndefined();
  });
});

describe("every command", () => {
  test.each(allCommands.map((command) => [command.path.join(" "), command] as const))(
    "%s has help that fits",
    (_, command) => {
      expect(command.examples.length).toBeGreaterThan(0);
      expect(command.summary).not.toMatch(/\.$/);
      for (const example of command.examples) expect(example).toContain(`parley ${command.path.join(" ")}`);
    },
  );

  test("reads its own examples", () => {
    for (const command of allCommands) {
      for (const example of command.examples) {
        const words = shellWords(example.replace(/^.*?parley /, "").split(/ [|>] |\)$/)[0] ?? "");
        const found = findCommand(allCommands, words);
        expect(found.command?.path, example).toEqual(command.path);
        expect(() => parseTyped(command, found.rest), example).not.toThrow();
      }
    }
  });
});

/** Words as a shell would cut them, with quotes. */
function shellWords(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? "",
  );
}
