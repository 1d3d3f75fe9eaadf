import { randomUUID } from "node:crypto";
import type { CliCommand, Context, Globals, Typed } from "./command.js";
import { watchRoom } from "./commands/watch.js";
import { allCommands } from "./commands.js";
import { type ExitCode, exitCodes, UsageError } from "./errors.js";
import { printCommandHelp, printGroup, printOverview } from "./help.js";
import { mayOpenHome, runHome } from "./home.js";
import { didYouMean } from "./nearest.js";
import { findCommand, globalOptions, parseTyped } from "./parse-args.js";
import { reportError } from "./report-error.js";
import { createScreen, type Screen } from "./screen.js";
import { hintWhenUnreachable } from "./server.js";
import type { Surroundings } from "./surroundings.js";

/** Input of the CLI from the process, and the words after `parley`. */
export interface CliOptions extends Omit<Surroundings, "now" | "randomId"> {
  argv: readonly string[];
  /** Fires on Ctrl-C; the command then ends with 130. */
  signal: AbortSignal;
  /** Default: the clock. */
  now?(): number;
  /** Default: a random UUID. */
  randomId?(): string;
}

/** Runs one command to its end and resolves to the exit code. Never throws for what a person or the network can do. */
export async function runCli(options: CliOptions): Promise<number> {
  const { argv, env, stdout, stderr } = options;
  const unread = new AbortController();
  // It stays: what was written last may fail after the command has ended.
  stdout.on("error", () => unread.abort());
  const screen = createScreen({ stdout, stderr, env, plain: argv.includes("--no-color") });
  const running: Running = { screen, signal: AbortSignal.any([options.signal, unread.signal]) };
  try {
    return await dispatch(options, running);
  } catch (error) {
    screen.status(undefined);
    // The reader has closed the pipe, as in `parley watch | head`: not a failure.
    if (unread.signal.aborted) return exitCodes.ok;
    if (options.signal.aborted) return exitCodes.interrupted;
    return await reportError(screen, error, () => hintWhenUnreachable(contextOf(options, running)));
  }
}

interface Running {
  screen: Screen;
  signal: AbortSignal;
  /** The typed command, once it is known. */
  typed?: Typed;
}

function contextOf(options: CliOptions, { screen, signal, typed }: Running): Context {
  const { argv: _argv, signal: _signal, now, randomId, ...surroundings } = options;
  return {
    ...surroundings,
    screen,
    signal,
    now: now ?? Date.now,
    randomId: randomId ?? randomUUID,
    json: typed?.isOn("json") ?? false,
    globals: globalsOf(typed),
    commands: allCommands,
  };
}

function globalsOf(typed?: Typed): Globals {
  const [url, token, dataDir] = [typed?.text("url"), typed?.text("token"), typed?.text("data-dir")];
  return {
    ...(url !== undefined && { url }),
    ...(token !== undefined && { token }),
    ...(dataDir !== undefined && { dataDir }),
    ...(typed?.isOn("admin") && { admin: true }),
  };
}

async function dispatch(options: CliOptions, running: Running): Promise<number> {
  const { argv, version } = options;
  const { screen } = running;
  if (argv[0] === "--version" || argv[0] === "-V") {
    screen.line(version);
    return exitCodes.ok;
  }
  const { command, rest } = findCommand(allCommands, argv);
  if (!command && rest.length === 0) {
    const context = contextOf(options, running);
    if (await mayOpenHome(context)) {
      await runHome(context, watchRoom);
      return exitCodes.ok;
    }
  }
  if (!command) return withoutCommand(screen, rest);
  const typed = parseTyped(command, rest);
  running.typed = typed;
  if (typed.isOn("help")) {
    printCommandHelp(screen, command);
    return exitCodes.ok;
  }
  return (await command.run(contextOf(options, running), typed)) ?? exitCodes.ok;
}

/** Nothing, `--help`, `help watch`, a group such as `room`, or a word nobody knows. */
function withoutCommand(screen: Screen, words: readonly string[]): ExitCode {
  const [first, ...more] = words.filter((word) => word !== "--json" && word !== "--no-color");
  if (first === undefined || first === "--help" || first === "-h") {
    printOverview(screen, allCommands);
    return first === undefined ? exitCodes.usage : exitCodes.ok;
  }
  if (first === "help") return helpFor(screen, more);
  const group = allCommands.filter(({ path }) => path[0] === first);
  if (group.length === 0) throw new UsageError(unknownCommand(first));
  const next = more.find((word) => !word.startsWith("-"));
  if (next !== undefined) {
    const known = group.flatMap(({ path }) => path.slice(1));
    throw new UsageError(
      `There is no command ${first} ${next}.${didYouMean(next, known)} There are: ${known.join(", ")}.`,
    );
  }
  printGroup(screen, group);
  return more.includes("--help") || more.includes("-h") ? exitCodes.ok : exitCodes.usage;
}

function helpFor(screen: Screen, words: readonly string[]): ExitCode {
  const { command } = findCommand(allCommands, words);
  if (command) printCommandHelp(screen, command);
  else if (words.length === 0) printOverview(screen, allCommands);
  else return withoutCommand(screen, [...words, "--help"]);
  return exitCodes.ok;
}

function unknownCommand(word: string): string {
  if (word.startsWith("-")) {
    const known = Object.keys(globalOptions).map((name) => `--${name}`);
    return known.includes(word)
      ? `${word} stands before the command; options stand behind it: parley <command> ${word} …`
      : `There is no option ${word} before a command.${didYouMean(word, known)} Options stand behind the command.`;
  }
  const known = ["help", ...new Set(allCommands.map((command: CliCommand) => command.path[0] ?? ""))];
  return `There is no command ${word}.${didYouMean(word, known)} parley --help shows all.`;
}
