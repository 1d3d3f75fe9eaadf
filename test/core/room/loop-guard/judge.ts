import { readFileSync } from "node:fs";
import { guardAfter, tripReason } from "../../../../src/core/room/loop-guard.js";
import type { LoopGuard } from "../../../../src/core/room/room.js";

/** Number of a file `conversations-<set>.txt`: 1 was there while the rule was made, 2 was written before it, 3 by somebody who has not seen it, 4 the same after the present one. */
export type CorpusSet = 1 | 2 | 3 | 4;

/** A conversation of one of the files beside this: whether the guard should halt it, and its lines. */
export interface Conversation {
  kind: "storm" | "work";
  title: string;
  lines: { from: string; to: string[] | "room"; body: string; steps: number; hasFile: boolean }[];
}

/** What the guard made of a conversation: the line (from 1) it halted, and why; neither where it never did. */
export interface Verdict {
  conversation: Conversation;
  line?: number;
  why?: string;
}

const linePattern =
  /^(?<from>[a-z0-9-]+)(?:\((?<extra>\d+|f)\))? > (?<to>\*|[a-z0-9-]+(?:, [a-z0-9-]+)*): (?<body>.*)$/u;

/** Reads `conversations-<set>.txt`. Throws on a line of another form. */
export function conversationsOf(set: CorpusSet): Conversation[] {
  const text = readFileSync(new URL(`./conversations-${set}.txt`, import.meta.url), "utf8");
  const conversations: Conversation[] = [];
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("# ")) continue;
    const [, kind, title] = /^== (storm|work) ([^|]+)/u.exec(line) ?? [];
    if ((kind === "storm" || kind === "work") && title !== undefined) {
      conversations.push({ kind, title: title.trim(), lines: [] });
      continue;
    }
    conversations.at(-1)?.lines.push(parsed(line));
  }
  return conversations;
}

function parsed(line: string): Conversation["lines"][number] {
  const { from, extra, to, body } = linePattern.exec(line)?.groups ?? {};
  if (from === undefined || to === undefined || body === undefined)
    throw new Error(`not a line of a conversation: ${line}`);
  const steps = extra === undefined || extra === "f" ? 0 : Number(extra);
  return { from, to: to === "*" ? "room" : to.split(", "), body, steps, hasFile: extra === "f" };
}

/** Puts a conversation through the guard with its defaults, with each line as a turn of its own. */
export function judge(conversation: Conversation): Verdict {
  const agents = [...new Set(conversation.lines.map(({ from }) => from))].filter((name) => name !== "mia");
  /** The hop of the message that began an agent's turn; what comes meanwhile waits for its next one. */
  const wokenBy = new Map<string, number>();
  let guard: LoopGuard = { sincePerson: 0, recent: [] };
  for (const [at, { from, to, body, steps, hasFile }] of conversation.lines.entries()) {
    const hop = from === "mia" ? 0 : (wokenBy.get(from) ?? 0) + 1;
    wokenBy.delete(from);
    for (const name of to === "room" ? agents : to) if (name !== from && !wokenBy.has(name)) wokenBy.set(name, hop);
    if (from === "mia") {
      guard = { sincePerson: 0, recent: [] };
      continue;
    }
    const message = { from, to, body, hop, steps, class: "deliver", attachments: hasFile ? [{}] : [] };
    guard = guardAfter(guard, message, { agents, isName: (word) => word === "mia" });
    const why = tripReason({}, guard, message, agents.length);
    if (why !== undefined) return { conversation, line: at + 1, why };
  }
  return { conversation };
}

/** How the guard did on a set. */
export interface GuardFigures {
  storms: number;
  /** Storms that ended as empty exchanges. */
  ended: number;
  /** Storms that ended for any reason: a pair in a row, a chain, too many messages. */
  endedByAnyLimit: number;
  work: number;
  /** Work that was halted for any reason. */
  halted: number;
  /** Work that was halted as empty exchanges. */
  haltedAsEmpty: number;
  /** A line for each conversation that was judged wrongly. */
  wrong: string[];
}

/** Judges every conversation of a set. */
export function figuresOf(set: CorpusSet): GuardFigures {
  const verdicts = conversationsOf(set).map(judge);
  const storms = verdicts.filter(({ conversation }) => conversation.kind === "storm");
  const work = verdicts.filter(({ conversation }) => conversation.kind === "work");
  const isEmpty = ({ why }: Verdict) => why?.includes("without anything new") === true;
  const isHalted = ({ why }: Verdict) => why !== undefined;
  const halted = work.filter(isHalted);
  const wrong = [
    ...storms
      .filter((verdict) => !isEmpty(verdict))
      .map(({ conversation, line, why }) =>
        why === undefined
          ? `not ended: ${conversation.title}`
          : `ended late: ${conversation.title}, line ${line}: ${why}`,
      ),
    ...halted.map(({ conversation, line, why }) => `halted: ${conversation.title}, line ${line}: ${why}`),
  ];
  return {
    storms: storms.length,
    ended: storms.filter(isEmpty).length,
    endedByAnyLimit: storms.filter(isHalted).length,
    work: work.length,
    halted: halted.length,
    haltedAsEmpty: work.filter(isEmpty).length,
    wrong,
  };
}
