import { parseArgs } from "node:util";
import type { CliCommand, OptionSpec, Typed } from "./command.js";
import { UsageError } from "./errors.js";
import { didYouMean } from "./nearest.js";

/** Options every command takes. */
export const globalOptions: Readonly<Record<string, OptionSpec>> = {
  url: { help: "address of the server (PARLEY_URL)", value: "<url>" },
  token: { help: "token to speak with (PARLEY_TOKEN)", value: "<token>" },
  "data-dir": { help: "data folder of a server on this machine (PARLEY_DATA_DIR, default .parley)", value: "<folder>" },
  admin: { help: "act as the server's admin, on its machine, instead of as yourself" },
  json: { help: "machine-readable output, JSON on one line" },
  "no-color": { help: "no colours (also: NO_COLOR)" },
  help: { help: "show this help", short: "h" },
};

/** The command whose words the line starts with, and what follows them. */
export function findCommand(
  commands: readonly CliCommand[],
  argv: readonly string[],
): { command?: CliCommand; rest: string[] } {
  const leading = argv.findIndex((word) => !isGlobalSwitch(word));
  const words = leading < 0 ? [] : argv.slice(leading);
  const before = leading < 0 ? argv : argv.slice(0, leading);
  const fits = commands.filter(({ path }) => path.every((word, at) => words[at] === word));
  const command = fits.sort((a, b) => b.path.length - a.path.length)[0];
  return command
    ? { command, rest: [...before, ...words.slice(command.path.length)] }
    : { rest: [...before, ...words] };
}

const isGlobalSwitch = (word: string): boolean => word === "--json" || word === "--no-color";

/** Parses the arguments of a command. Throws a `UsageError` that says what is wrong and suggests a correction. */
export function parseTyped(command: CliCommand, words: readonly string[]): Typed {
  const specs: Record<string, OptionSpec> = { ...globalOptions, ...command.options };
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, { value, short }]) => [
      name,
      { type: value === undefined ? ("boolean" as const) : ("string" as const), ...(short && { short }) },
    ]),
  );
  const parsed = parseArgs({ args: [...words], options, strict: false, allowPositionals: true, tokens: true });
  const values = new Map<string, string[]>();
  const positionals: string[] = [];
  for (const token of parsed.tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind === "option") addOption({ values, specs, token });
  }
  return typedFrom({ command, values, positionals });
}

interface OptionToken {
  name: string;
  rawName: string;
  value: string | undefined;
  inlineValue: boolean | undefined;
}

function addOption(found: {
  values: Map<string, string[]>;
  specs: Record<string, OptionSpec>;
  token: OptionToken;
}): void {
  const { values, specs, token } = found;
  const spec = Object.hasOwn(specs, token.name) ? specs[token.name] : undefined;
  if (!spec) {
    const known = Object.keys(specs).map((name) => `--${name}`);
    throw new UsageError(`There is no option ${token.rawName}.${didYouMean(token.rawName, known)}`);
  }
  const { name, value } = token;
  if (spec.value === undefined) {
    if (token.inlineValue) throw new UsageError(`--${name} takes no value.`);
    values.set(name, [""]);
    return;
  }
  const looksForgotten = value === undefined || (!token.inlineValue && value.startsWith("--"));
  if (looksForgotten) throw new UsageError(`--${name} needs a value: --${name} ${spec.value}`);
  if (spec.choices && !spec.choices.includes(value)) {
    const hint = didYouMean(value, spec.choices);
    throw new UsageError(`--${name} is “${value}”; it can be ${spec.choices.join(", ")}.${hint}`);
  }
  const known = values.get(name);
  if (known && !spec.many) throw new UsageError(`--${name} was given twice.`);
  values.set(name, [...(known ?? []), value]);
}

interface Parsed {
  command: CliCommand;
  values: ReadonlyMap<string, readonly string[]>;
  positionals: readonly string[];
}

function typedFrom({ command, values, positionals }: Parsed): Typed {
  const args = new Map<string, readonly string[]>();
  if (!values.has("help")) assignArguments({ command, positionals, args });
  return {
    argument: (name) => args.get(name)?.[0] ?? "",
    optionalArgument: (name) => args.get(name)?.[0],
    rest: (name) => args.get(name) ?? [],
    text: (option) => values.get(option)?.[0],
    texts: (option) => values.get(option) ?? [],
    isOn: (option) => values.has(option),
  };
}

interface Assigning {
  command: CliCommand;
  positionals: readonly string[];
  args: Map<string, readonly string[]>;
}

function assignArguments({ command, positionals, args }: Assigning): void {
  let at = 0;
  for (const spec of command.arguments) {
    const given = spec.rest ? positionals.slice(at) : positionals.slice(at, at + 1);
    if (given.length === 0 && !spec.optional) {
      throw new UsageError(`${nameOf(command)} needs <${spec.name}>: ${spec.help}. Usage: ${usageLine(command)}`);
    }
    at += given.length;
    if (given.length > 0) args.set(spec.name, given);
  }
  const extra = positionals[at];
  if (extra !== undefined) {
    throw new UsageError(`${nameOf(command)} does not know what to do with “${extra}”. Usage: ${usageLine(command)}`);
  }
}

export function nameOf(command: CliCommand): string {
  return `parley ${command.path.join(" ")}`;
}

/** `parley send <room> [text…] [options]` */
export function usageLine(command: CliCommand): string {
  const words = command.arguments.map(({ name, optional, rest }) => {
    const word = rest ? `${name}...` : name;
    return optional ? `[${word}]` : `<${word}>`;
  });
  return [nameOf(command), ...words, "[options]"].join(" ");
}
