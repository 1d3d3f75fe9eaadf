import { withoutCourtesyPhrases } from "./courtesy-phrases.js";
import { isCourtesyWord } from "./courtesy-words.js";
import { isCourtesyWordAbroad } from "./courtesy-words-abroad.js";
import type { Recipients } from "./event.js";

/** Characters of the longest message that may count as one that says nothing new. */
export const maxEmptyChars = 280;
/** Empty messages remembered; a room of more agents is halted by the limit of messages. */
const maxSaid = 24;
/** Words remembered: what was said before is not news. */
const maxWords = 96;
const maxWordChars = 24;
/** Sentences with figures remembered, and their longest length: beyond it a sentence is news. */
const maxCounted = 8;
const maxCountedChars = 160;
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
  /** `script`: the writing of the message; absent where it has no letters. */
  said: { from: string; to: Recipients; script?: string }[];
  words: string[];
  /** The latest sentences with figures: `text` with each figure as `#`, and the figures. Absent: none. */
  counted?: { text: string; figures: string[] }[];
}

/** The participants of a room, as far as their names stand in messages. */
export interface Members {
  /** Names of the agents present. */
  agents: readonly string[];
  /** Whether this word, in lower case, is the name of anybody who is or was in the room. */
  isName: (word: string) => boolean;
}

/**
 * The run after one more message between agents. A message with news ends it for its sender and its recipients; what others say to each other goes on being counted.
 * A message for people alone changes nothing; nor does an empty one that wakes nobody, or a question that says nothing itself.
 */
export function emptyRunAfter(
  run: EmptyRun | undefined,
  message: SpokenMessage,
  members: Members,
): EmptyRun | undefined {
  const before: EmptyRun = run ?? { said: [], words: [] };
  const { said, words } = before;
  const to = agentsAmong(message.to, members.agents);
  if (to.length === 0) return run;
  if (message.body.length > maxEmptyChars) return runOf({ ...before, said: withoutTheirs(said, message.from, to) });
  const uttered = wordsOf(message.body, members);
  const next: EmptyRun = {
    ...before,
    words: [...new Set([...words, ...uttered.news.map((word) => word.slice(0, maxWordChars))])].slice(-maxWords),
    ...(uttered.counted && { counted: [...(before.counted ?? []), uttered.counted].slice(-maxCounted) }),
  };
  if (!saysNothingNew(message, uttered, before)) return runOf({ ...next, said: withoutTheirs(said, message.from, to) });
  if (message.class === "notify" || isQuestion(message)) return runOf(next);
  const script = scriptOf(message.body);
  if (isTranslation(said, message.from, script)) return runOf({ ...next, said: withoutTheirs(said, message.from, to) });
  const recipients = to.length > maxNamed ? "room" : to;
  const spoken: EmptyRun["said"][number] = { from: message.from, to: recipients, ...(script && { script }) };
  return runOf({ ...next, said: [...said, spoken].slice(-maxSaid) });
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

/** Courtesies that are answered in another writing are being translated. */
function isTranslation(said: EmptyRun["said"], from: string, script: string | undefined): boolean {
  const answered = said.findLast((earlier) => earlier.from !== from);
  return script !== undefined && answered?.script !== undefined && answered.script !== script;
}

const scripts = {
  latin: /\p{Script=Latin}/u,
  cyrillic: /\p{Script=Cyrillic}/u,
  korean: /\p{Script=Hangul}/u,
  japanese: /[\p{Script=Hiragana}\p{Script=Katakana}]/u,
  chinese: /\p{Script=Han}/u,
};

function scriptOf(body: string): string | undefined {
  // Names and foreign words are often in Latin letters, so another writing counts first.
  const { latin, ...others } = scripts;
  const other = Object.entries(others).find(([, pattern]) => pattern.test(body));
  return other?.[0] ?? (latin.test(body) ? "latin" : undefined);
}

function overlaps(one: Recipients, other: Recipients): boolean {
  if (one === "room" || other === "room") return true;
  return one.some((name) => other.includes(name));
}

function runOf(run: EmptyRun): EmptyRun | undefined {
  return run.said.length === 0 && run.words.length === 0 ? undefined : run;
}

/** An agent that says or hears something new answers that from now on. */
function withoutTheirs(said: EmptyRun["said"], sender: string, to: readonly string[]): EmptyRun["said"] {
  return said.filter(({ from }) => from !== sender && !to.includes(from));
}

function agentsAmong(to: Recipients, agents: readonly string[]): string[] {
  return to === "room" ? [...agents] : to.filter((name) => agents.includes(name));
}

/**
 * Nothing new: no file, no tool used before it, no figure or identifier that was not said before, and hardly a word that is neither courtesy nor said before. Of courtesy the
 * languages of the lists beside this are known: in another one a message counts as new until its words repeat.
 */
function saysNothingNew(message: SpokenMessage, uttered: Uttered, { words, counted = [] }: EmptyRun): boolean {
  if (message.steps !== 0 || (message.attachments?.length ?? 0) > 0 || hasCode(message.body)) return false;
  const isCounter = counted.some((earlier) => uttered.counted && countsOn(earlier, uttered.counted));
  if (isCounter) return true;
  const news = uttered.news.filter((word) => !words.includes(word.slice(0, maxWordChars)));
  if (news.some((word) => /\p{N}/u.test(word))) return false;
  return news.length <= 2 && news.length * 3 <= uttered.count;
}

/** The same sentence with the same figures or the next ones, as a machine writes that confirms each message. */
function countsOn(earlier: NonNullable<Uttered["counted"]>, now: NonNullable<Uttered["counted"]>): boolean {
  if (earlier.text !== now.text) return false;
  return now.figures.every((figure, at) => {
    const step = Number(figure) - Number(earlier.figures[at]);
    return step === 0 || step === 1;
  });
}

/** Whether a message shows work, in any language: a tool used before it, a file, a question, a figure, code or an identifier. */
export function carriesWork(message: SpokenMessage, members: Members): boolean {
  if ((message.steps ?? 0) > 0 || (message.attachments?.length ?? 0) > 0) return true;
  return isQuestion(message) || hasCode(message.body) || hasFigure(message.body, members);
}

const isQuestion = ({ body }: SpokenMessage): boolean => /[?？؟]/u.test(body);

interface Uttered {
  /** Words that are neither courtesy nor a name. */
  news: string[];
  /** Words in all, without names. */
  count: number;
  /** The message with each figure as `#`, and the figures; absent without a figure, and for one too long or with hardly a word. */
  counted?: { text: string; figures: string[] };
}

/** A word, or several with hyphens between them. */
const compounds = /[\p{L}\p{M}\p{N}]+(?:-[\p{L}\p{M}\p{N}]+)*/gu;

function wordsOf(body: string, members: Members): Uttered {
  const text = withoutAssent(body);
  const isSpoken = (word: string) => !isNamed(word, members);
  const parts = (text.toLowerCase().match(compounds) ?? []).filter(isSpoken).flatMap((word) => word.split("-"));
  const spoken = parts.filter(isSpoken);
  const counted = countedOf(text);
  return { news: spoken.flatMap(newsIn), count: spoken.length, ...(counted && { counted }) };
}

const isNamed = (word: string, { agents, isName }: Members): boolean => agents.includes(word) || isName(word);

/** A path, an identifier, code. */
const hasCode = (body: string): boolean => /`|[\p{L}][_/\\.:#][\p{L}]|\p{Ll}\p{Lu}/u.test(body);

/** A figure outside of names. */
function hasFigure(body: string, members: Members): boolean {
  if (!/\p{N}/u.test(body)) return false;
  const others = withoutAssent(body).replace(compounds, (word) => (isNamed(word.toLowerCase(), members) ? " " : word));
  return /\p{N}/u.test(others);
}

/** "+1" is assent, not a figure. */
const withoutAssent = (body: string): string => body.replace(/(?<!\S)\+1(?![\p{L}\p{N}])/gu, " ");

function newsIn(word: string): string[] {
  if (isCourtesyWord(word) || isCourtesyWordAbroad(word)) return [];
  return withoutCourtesyPhrases(word) ?? [word];
}

function countedOf(text: string): Uttered["counted"] {
  const figures = text.match(/\d{1,15}/g);
  const sentence = text.replace(/\d{1,15}/g, "#").toLowerCase();
  const words = sentence.match(/\p{L}{2,}/gu)?.length ?? 0;
  return figures === null || words < 2 || sentence.length > maxCountedChars ? undefined : { text: sentence, figures };
}
