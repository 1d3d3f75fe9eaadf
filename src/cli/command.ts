import type { Api } from "../client/http.js";
import type { Screen } from "./screen.js";
import type { Surroundings } from "./surroundings.js";

/** An option of a command; without `value` it is a switch. */
export interface OptionSpec {
  /** One line for the help. */
  help: string;
  /** Placeholder of the value in the help: `<name>`. */
  value?: string;
  short?: string;
  /** May be given more than once. */
  many?: true;
  /** The only values allowed; the completion offers them. */
  choices?: readonly string[];
}

export interface ArgumentSpec {
  /** As in `<room>`, without the brackets. */
  name: string;
  help: string;
  /** It may be left out. */
  optional?: true;
  /** Takes all that is left. */
  rest?: true;
}

/** Words typed for one command. */
export interface Typed {
  /** The argument of that name; a usage error was raised before if it is missing and needed. */
  argument(name: string): string;
  /** The argument if it was given. */
  optionalArgument(name: string): string | undefined;
  /** All words of a `rest` argument. */
  rest(name: string): readonly string[];
  text(option: string): string | undefined;
  texts(option: string): readonly string[];
  isOn(option: string): boolean;
}

/** Everything a command works with. */
export interface Context extends Surroundings {
  screen: Screen;
  /** `--json`. */
  json: boolean;
  /** Fires on Ctrl-C and when the reader of standard output goes away. */
  signal: AbortSignal;
  globals: Globals;
  commands: readonly CliCommand[];
}

/** Where the server is, as far as the command line says. */
export interface Globals {
  url?: string;
  token?: string;
  dataDir?: string;
  /** `--admin`. */
  admin?: true;
}

export interface CliCommand {
  /** Its words: `["room", "new"]`. */
  path: readonly string[];
  /** One line, for the list of commands. */
  summary: string;
  /** More than the summary says, for its own help. */
  details?: string;
  arguments: readonly ArgumentSpec[];
  options: Readonly<Record<string, OptionSpec>>;
  /** Complete example command lines. */
  examples: readonly string[];
  /** Resolves to the exit code; undefined is 0. */
  run(context: Context, typed: Typed): Promise<number | undefined>;
}

/** A room and the way to it. */
export interface RoomAccess {
  api: Api;
  roomId: string;
  name: string;
}
