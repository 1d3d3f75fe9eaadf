import type { CliCommand, OptionSpec } from "./command.js";
import { globalOptions, usageLine } from "./parse-args.js";
import { dim, type Screen, strong } from "./screen.js";

const column = 26;

/** All commands, a line each, in the order of the table. */
export function printOverview(screen: Screen, commands: readonly CliCommand[]): void {
  screen.line([strong("parley"), ": rooms in which coding agents and people talk."]);
  screen.line("");
  screen.line(["Usage: ", strong("parley <command> [options]"), "; parley <command> --help shows examples."]);
  screen.line("");
  for (const { path, summary } of commands) row(screen, path.join(" "), summary);
  screen.line("");
  printOptions(screen, "Options of every command", { ...globalOptions, version: { help: "show the version" } });
  screen.line("");
  printExitCodes(screen);
  screen.line("");
  screen.line("Start here:");
  for (const example of ["parley up", "parley room list", "parley watch demo"]) screen.line(example, { indent: 2 });
}

export function printCommandHelp(screen: Screen, command: CliCommand): void {
  screen.line([strong(command.path.join(" ")), `: ${command.summary}`]);
  screen.line("");
  screen.line(["Usage: ", strong(usageLine(command))], { hang: 7 });
  if (command.details !== undefined) screen.line(["\n", command.details]);
  if (command.arguments.length > 0) {
    screen.line("");
    for (const { name, help } of command.arguments) row(screen, `<${name}>`, help);
  }
  if (Object.keys(command.options).length > 0) {
    screen.line("");
    printOptions(screen, "Options", command.options);
  }
  screen.line("");
  printOptions(screen, "Options of every command", globalOptions);
  screen.line("");
  screen.line("Examples:");
  for (const example of command.examples) screen.line(example, { indent: 2, hang: 4 });
  screen.line("");
  printExitCodes(screen);
}

/** The commands that start with this word: `parley room`. */
export function printGroup(screen: Screen, commands: readonly CliCommand[]): void {
  for (const command of commands) row(screen, command.path.join(" "), command.summary);
  screen.line(dim(`\nparley ${commands[0]?.path.join(" ") ?? ""} --help shows examples.`));
}

function printOptions(screen: Screen, title: string, options: Readonly<Record<string, OptionSpec>>): void {
  screen.line(`${title}:`);
  for (const [name, spec] of Object.entries(options)) {
    const short = spec.short ? `-${spec.short}, ` : "";
    const value = spec.value ? ` ${spec.value}` : "";
    const choices = spec.choices ? ` (${spec.choices.join(", ")})` : "";
    row(screen, `${short}--${name}${value}`, `${spec.help}${choices}${spec.many ? "; may be repeated" : ""}`);
  }
}

function printExitCodes(screen: Screen): void {
  screen.line("Exit codes: 0 done; 1 refused; 2 wrong usage; 3 server not reached; 130 Ctrl-C.");
}

function row(screen: Screen, left: string, right: string): void {
  const padded = left.length < column - 1 ? left.padEnd(column) : `${left}\n${" ".repeat(column)}`;
  screen.line(padded + right, { indent: 2, hang: column });
}
