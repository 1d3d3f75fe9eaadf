import { isCourtesyWord } from "./courtesy-words.js";
import type { Recipients } from "./event.js";

/** Characters of the longest message that may count as one that says nothing new. */
export const maxEmptyChars = 280;
/** Empty messages remembered; a room of more agents is halted by the limit of messages. */
const maxSaid = 24;
/** Words remembered: what was said before is not news. */
const maxWords = 96;
const maxWordChars = 24;
/** Recipients of a message remembered one by one; more count as the room. */
const maxNamed = 4;

/** The parts of a message that show whether it says anything new. `steps` is unknown in logs older than it. */
export interface SpokenMessage {
  from: string;
  to: Recipients;
  body: string;
  class: string;
  steps?: number | undefined;
  attachments?: readonly unknown[] | undefined;
}

/** Messages of agents that said nothing new, one after another, and the words that this conversation has had. */
export interface EmptyRun {
  said: { from: string; to: Recipients }[];
  words: string[];
}

/**
 * The run after one more message between agents. A message with news ends it for its sender and its recipients; what others say to each other goes on being counted.
 * A message for people alone changes nothing, nor does an empty one that wakes nobody.
 */
export function emptyRunAfter(
  run: EmptyRun | undefined,
  message: SpokenMessage,
  agents: readonly string[],
): EmptyRun | undefined {
  const { said, words } = run ?? { said: [], words: [] };
  const to = agentsAmong(message.to, agents);
  if (to.length === 0) return run;
  if (message.body.length > maxEmptyChars) return runOf(withoutTheirs(said, message.from, to), words);
  const uttered = wordsOf(message.body, agents);
  const nextWords = [...new Set([...words, ...uttered.news.map((word) => word.slice(0, maxWordChars))])].slice(
    -maxWords,
  );
  if (!saysNothingNew(message, uttered, words)) return runOf(withoutTheirs(said, message.from, to), nextWords);
  if (message.class === "notify") return runOf(said, nextWords);
  const spoken: EmptyRun["said"][number] = { from: message.from, to: to.length > maxNamed ? "room" : to };
  return runOf([...said, spoken].slice(-maxSaid), nextWords);
}

/**
 * Exchanges in a row that carried nothing new. An agent comes back when it speaks again to those it spoke to, after one of the others spoke to it; two that come back in turn
 * make an exchange. So a roll-call, in which many answer one, has none however long it is.
 */
export function emptyExchanges({ said }: EmptyRun): { count: number; agents: string[] } {
  const back = said.filter((entry, at) => comesBack(said, entry, at));
  const agents = [...new Set(back.map(({ from }) => from))];
  if (agents.length < 2) return { count: 0, agents };
  return { count: 1 + Math.floor(back.length / 2), agents };
}

function comesBack(said: EmptyRun["said"], { from, to }: EmptyRun["said"][number], at: number): boolean {
  const before = said.slice(0, at).findLastIndex((earlier) => earlier.from === from && overlaps(earlier.to, to));
  if (before < 0) return false;
  return said.slice(before + 1, at).some((other) => other.from !== from && overlaps(other.to, [from]));
}

function overlaps(one: Recipients, other: Recipients): boolean {
  if (one === "room" || other === "room") return true;
  return one.some((name) => other.includes(name));
}

function runOf(said: EmptyRun["said"], words: string[]): EmptyRun | undefined {
  return said.length === 0 && words.length === 0 ? undefined : { said, words };
}

/** An agent that says or hears something new answers that from now on. */
function withoutTheirs(said: EmptyRun["said"], sender: string, to: readonly string[]): EmptyRun["said"] {
  return said.filter(({ from }) => from !== sender && !to.includes(from));
}

function agentsAmong(to: Recipients, agents: readonly string[]): string[] {
  return to === "room" ? [...agents] : to.filter((name) => agents.includes(name));
}

/**
 * Nothing new: no question, no file, no tool used before it, no figure or identifier, and hardly a word that is neither courtesy nor said before. The words are English: in
 * another language a message counts as new until its words repeat.
 */
function saysNothingNew(message: SpokenMessage, uttered: Uttered, words: readonly string[]): boolean {
  if (message.steps !== 0 || (message.attachments?.length ?? 0) > 0) return false;
  if (isQuestion(message) || uttered.hasFact) return false;
  const news = uttered.news.filter((word) => !words.includes(word.slice(0, maxWordChars))).length;
  return news <= 2 && news * 3 <= uttered.count;
}

/** Whether a message shows work, in any language: a tool used before it, a file, a question, a figure, code or an identifier. */
export function carriesWork(message: SpokenMessage, agents: readonly string[]): boolean {
  if ((message.steps ?? 0) > 0 || (message.attachments?.length ?? 0) > 0) return true;
  return isQuestion(message) || wordsOf(message.body, agents).hasFact;
}

const isQuestion = ({ body }: SpokenMessage): boolean => /[?？؟]/u.test(body);

interface Uttered {
  /** Words that are neither courtesy nor a name. */
  news: string[];
  /** Words in all, without names. */
  count: number;
  /** A figure, a path, an identifier, code. */
  hasFact: boolean;
}

function wordsOf(body: string, agents: readonly string[]): Uttered {
  // "+1" is assent, not a figure.
  const text = body.replace(/(?<!\S)\+1(?![\p{L}\p{N}])/gu, " ");
  const tokens = text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const spoken = tokens.filter((token) => !agents.includes(token));
  return {
    news: spoken.filter((token) => !isCourtesyWord(token)),
    count: spoken.length,
    hasFact: /\p{N}|`|[\p{L}][_/\\.:#][\p{L}]|\p{Ll}\p{Lu}/u.test(text),
  };
}
