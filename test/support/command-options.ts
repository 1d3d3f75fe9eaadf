import { parseArgs } from "node:util";

/** An option of a developers' command: how the usage line shows it, and how its value is read. */
export interface CommandOption<Value> {
  /** Stands after the name in the usage line, such as `20` or `slack|discord`. Undefined for a switch, which takes no value. */
  shown: string | undefined;
  /** Not in the usage line: the command gives it to processes that it starts. */
  isInternal?: boolean;
  /** `given`: the typed text, undefined if the option was left out. Throws a `WrongOption`. */
  read(given: string | undefined, name: string): Value;
}

/** Words that stand without a name. `among`: all that are understood; without it any word is. */
export interface CommandWords {
  shown: string;
  among?: readonly string[];
  atLeast?: number;
  atMost?: number;
}

/** A developers' command, as it is typed: `command` is what stands before the options. */
export interface CommandSpec<Options extends Readonly<Record<string, CommandOption<unknown>>>> {
  command: string;
  options?: Options;
  words?: CommandWords;
  /** Lines after the usage line. */
  notes?: string;
}

/** The values of a command's options by name, and its other words. */
export interface ReadCommand<Options extends Readonly<Record<string, CommandOption<unknown>>>> {
  values: { [Name in keyof Options]: Options[Name] extends CommandOption<infer Value> ? Value : never };
  words: string[];
}

/** An error in what was typed, as a sentence without a full stop. */
export class WrongOption extends Error {
  override readonly name = "WrongOption";
}

/** A whole number, 1 or more unless said. A run of nothing would count nothing and pass, so 0 has to be allowed. */
export function wholeNumber(
  orElse: number,
  { atLeast = 1, atMost = Number.MAX_SAFE_INTEGER }: { atLeast?: number; atMost?: number } = {},
): CommandOption<number> {
  const range = atMost === Number.MAX_SAFE_INTEGER ? `${atLeast} or more` : `${atLeast} to ${atMost}`;
  return {
    shown: String(orElse),
    read: (given, name) => {
      if (given === undefined) return orElse;
      const number = Number(given);
      if (/^\d+$/.test(given) && number >= atLeast && number <= atMost) return number;
      throw new WrongOption(`--${name} is a whole number, ${range}, not “${given}”`);
    },
  };
}

/** Of a port to listen on; 0: any free one. */
export const portRange = { atLeast: 0, atMost: 65_535 } as const;

/** The number from which a run derives all that is random in it, from 0. */
export const seedNumber = (orElse = 1): CommandOption<number> => wholeNumber(orElse, { atLeast: 0 });

/** A number greater than 0, with decimals if need be. */
export function positiveNumber(orElse: number, { atMost }: { atMost: number }): CommandOption<number> {
  return {
    shown: String(orElse),
    read: (given, name) => {
      if (given === undefined) return orElse;
      const number = Number(given);
      if (given.trim() !== "" && number > 0 && number <= atMost) return number;
      throw new WrongOption(`--${name} is a number above 0 and up to ${atMost}, not “${given}”`);
    },
  };
}

/** One of these words. */
export function oneOf<const Word extends string>(among: readonly Word[], orElse: NoInfer<Word>): CommandOption<Word> {
  return {
    shown: among.join("|"),
    read: (given, name) => {
      const found = among.find((word) => word === (given ?? orElse));
      if (found !== undefined) return found;
      throw new WrongOption(`--${name} is ${listed(among)}, not “${given}”`);
    },
  };
}

/** Some of these words, separated by commas. */
export function someOf<const Word extends string>(
  among: readonly Word[],
  orElse?: readonly NoInfer<Word>[],
): CommandOption<Word[] | undefined> {
  return {
    shown: orElse?.join(",") ?? "name,name",
    read: (given, name) => {
      if (given === undefined) return orElse && [...orElse];
      return given.split(",").map((one) => {
        const found = among.find((word) => word === one);
        if (found !== undefined) return found;
        throw new WrongOption(`--${name} does not know “${one}”`);
      });
    },
  };
}

/** Any text, undefined if left out. `shown` says what it is: `folder`. */
export const anyText = (shown: string): CommandOption<string | undefined> => ({
  shown,
  read: (given) => given,
});

/** An option without a value: true if it was typed. */
export const flag: CommandOption<boolean> = {
  shown: undefined,
  read: (given) => given !== undefined,
};

/** The same option, undefined if left out. */
export const optional = <Value>(option: CommandOption<Value>, shown: string): CommandOption<Value | undefined> => ({
  ...option,
  shown,
  read: (given, name) => (given === undefined ? undefined : option.read(given, name)),
});

/** `usage: npm run chaos -- [--runs 20] [--no-look-up]`, and the notes of the command. */
export function usageOf(spec: CommandSpec<Readonly<Record<string, CommandOption<unknown>>>>): string {
  const { command, options = {}, words, notes } = spec;
  const listedWords = words ? [(words.atLeast ?? 0) > 0 ? words.shown : `[${words.shown}]`] : [];
  const listedOptions = Object.entries(options)
    .filter(([, { isInternal }]) => !isInternal)
    .map(([name, { shown }]) => `[--${name}${shown ? ` ${shown}` : ""}]`);
  return `usage: ${[command, ...listedWords, ...listedOptions].join(" ")}\n${notes === undefined ? "" : `${notes}\n`}`;
}

/** Reads the options of a command. Throws a `WrongOption` for everything that it does not understand. */
export function parseCommand<Options extends Readonly<Record<string, CommandOption<unknown>>>>(
  { options, words = { shown: "", atMost: 0 } }: CommandSpec<Options>,
  argv: readonly string[],
): ReadCommand<Options> {
  const known: Readonly<Record<string, CommandOption<unknown>>> = options ?? {};
  const types = Object.entries(known).map(
    ([name, { shown }]) => [name, { type: shown === undefined ? "boolean" : "string" }] as const,
  );
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(types),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = new Map<string, string>();
  const typedWords: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") typedWords.push(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName } = token;
    const option = Object.hasOwn(known, name) ? known[name] : undefined;
    if (option === undefined) throw new WrongOption(`there is no option ${rawName}`);
    if (given.has(name)) throw new WrongOption(`--${name} was given twice`);
    given.set(name, textOf(token, option));
  }
  checkWords(typedWords, words);
  const values = Object.fromEntries(
    Object.entries(known).map(([name, one]) => [name, one.read(given.get(name), name)]),
  );
  return { values: values as ReadCommand<Options>["values"], words: typedWords };
}

/** Reads the options of this process's command. What is wrong is said on standard error and ends the process with 2; `--help` shows the usage. */
export function readCommand<Options extends Readonly<Record<string, CommandOption<unknown>>>>(
  spec: CommandSpec<Options>,
): ReadCommand<Options> {
  const argv = process.argv.slice(2);
  if (argv.includes("--help")) {
    process.stdout.write(usageOf(spec));
    process.exit(0);
  }
  try {
    return parseCommand(spec, argv);
  } catch (error) {
    if (error instanceof WrongOption) return refuseCommand(spec, error.message);
    throw error;
  }
}

/** Says what is wrong with a command on standard error, and ends the process with 2. */
export function refuseCommand(spec: CommandSpec<Readonly<Record<string, CommandOption<unknown>>>>, why: string): never {
  process.stderr.write(`${why}\n\n${usageOf(spec)}`);
  process.exit(2);
}

interface OptionToken {
  name: string;
  value?: string | undefined;
  inlineValue?: boolean | undefined;
}

function textOf({ name, value, inlineValue }: OptionToken, { shown }: CommandOption<unknown>): string {
  if (shown === undefined) {
    if (value !== undefined) throw new WrongOption(`--${name} takes no value`);
    return "";
  }
  const isForgotten = value === undefined || (!inlineValue && value.startsWith("--"));
  if (isForgotten) throw new WrongOption(`--${name} needs a value: --${name} ${shown}`);
  return value;
}

function checkWords(typed: readonly string[], { shown, among, atLeast = 0, atMost = Infinity }: CommandWords): void {
  const unknown = typed.find((word, at) => at >= atMost || (among && !among.includes(word)));
  if (unknown !== undefined)
    throw new WrongOption(`“${unknown}” is not understood${among ? `; it can be ${listed(among)}` : ""}`);
  if (typed.length < atLeast) throw new WrongOption(among ? `say which: ${listed(among)}` : `${shown} is missing`);
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
