import { createApi } from "../client/http.js";
import type { CliCommand, Context, OptionSpec } from "./command.js";
import { findRoom } from "./find-room.js";
import { findCommand, globalOptions } from "./parse-args.js";
import { newestFiles, shortHash } from "./room-files.js";
import { findServer } from "./server.js";
import { waitingRooms } from "./waiting-rooms.js";

/** Kinds of words that only a server knows. `handle` begins with `@`. */
type WordKind = "room" | "agent" | "gate" | "person" | "role" | "file" | "handle";

/** A command line that somebody types. */
interface Line {
  command: CliCommand;
  /** Arguments before the word that is being typed. */
  before: readonly string[];
  /** The option whose value is being typed. */
  option: string | undefined;
  current: string;
}

/** Whether a command has anything that `completeWords` knows. */
export function hasDynamicWords({ arguments: named, options }: CliCommand): boolean {
  return named.some(({ name }) => argumentKind(name) !== undefined) || Object.keys(options).some(isDynamicOption);
}

const isDynamicOption = (name: string): boolean => name === "role" || name === "for" || name === "agent";

/** Completions for the last of these words, which follow `parley`; none where nothing is known or no server answers. */
export async function completeWords(context: Context, words: readonly string[]): Promise<string[]> {
  const line = lineOf(context.commands, words);
  const kind = line && kindOf(line);
  if (!line || !kind) return [];
  const found = await candidates(context, line, kind).catch(() => []);
  return [...new Set(found)].filter((word) => word.startsWith(line.current)).sort();
}

function lineOf(commands: readonly CliCommand[], words: readonly string[]): Line | undefined {
  const { command, rest } = findCommand(commands, words.slice(0, -1));
  if (!command) return undefined;
  const takesValue = (word: string) => {
    const name = word.slice(2);
    const spec = word.startsWith("--") ? (command.options[name] ?? globalOptions[name]) : undefined;
    return spec?.value !== undefined;
  };
  const before: string[] = [];
  let option: string | undefined;
  for (const word of rest) {
    if (option === undefined && !word.startsWith("-")) before.push(word);
    option = option === undefined && takesValue(word) ? word.slice(2) : undefined;
  }
  return { command, before, option, current: words.at(-1) ?? "" };
}

function kindOf({ command, before, option, current }: Line): WordKind | undefined {
  if (option !== undefined) return optionKind(command, option);
  const argument = command.arguments[Math.min(before.length, command.arguments.length - 1)];
  if (argument === undefined || (before.length >= command.arguments.length && !argument.rest)) return undefined;
  if (argument.rest) return current.startsWith("@") ? "handle" : undefined;
  return argumentKind(argument.name);
}

function argumentKind(name: string): WordKind | undefined {
  if (name === "room" || name === "agent" || name === "gate" || name === "role" || name === "file") return name;
  // Another agent to compare with.
  if (name === "other") return "agent";
  return name === "person" ? name : undefined;
}

function optionKind({ path, options }: CliCommand, option: string): WordKind | undefined {
  return options[option]?.choices === undefined ? kindOfValue(path, option) : undefined;
}

function kindOfValue(path: readonly string[], option: string): WordKind | undefined {
  if (option === "role") return path[0] === "agent" ? "role" : undefined;
  if (option === "for") return "person";
  return option === "agent" && path[0] !== "room" ? "agent" : undefined;
}

/** Whether the value of this option of the command at `path` is a word that `completeWords` knows. */
export function isDynamicValue(path: readonly string[], [name, { choices }]: [string, OptionSpec]): boolean {
  return choices === undefined && kindOfValue(path, name) !== undefined;
}

async function candidates(context: Context, { before }: Line, kind: WordKind): Promise<string[]> {
  if (kind === "role") return roleNames(context);
  if (kind === "room") return roomWords(context);
  const { api, roomId } = await findRoom(context, before[0] ?? "", { reads: true });
  if (kind === "file") return (await newestFiles({ api, roomId })).map(({ sha256 }) => shortHash(sha256));
  const { participants, gates } = await api.call("getRoom", { parts: { id: roomId } });
  if (kind === "gate") return gates.map(({ gateId }) => gateId);
  if (kind === "handle") return participants.map(({ name }) => `@${name}`);
  const isWanted = kind === "agent" ? "agent" : "human";
  return participants.filter((one) => one.kind === isWanted).map(({ name }) => name);
}

async function roleNames(context: Context): Promise<string[]> {
  const { url } = await findServer(context);
  return (await createApi({ url, signal: context.signal }).call("listRoles", {})).roles.map(({ name }) => name);
}

/** A name that several rooms have stands for none of them: those are named by their ids. */
async function roomWords(context: Context): Promise<string[]> {
  const rooms = await waitingRooms(context);
  return rooms.map(({ name, roomId }) => (rooms.filter((one) => one.name === name).length > 1 ? roomId : name));
}
