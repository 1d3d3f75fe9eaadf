import { readFileSync } from "node:fs";
import { guardAfter, tripReason } from "../../../../src/core/room/loop-guard.js";
import type { LoopGuard } from "../../../../src/core/room/room.js";

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
export function conversationsOf(set: 1 | 2): Conversation[] {
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

/** Puts a conversation through the guard with its defaults, each line a turn of its own. */
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
    guard = guardAfter(guard, message, agents);
    const why = tripReason({}, guard, message, agents.length);
    if (why !== undefined) return { conversation, line: at + 1, why };
  }
  return { conversation };
}

/** How the guard did on a set, with a line for each conversation it judged wrongly. */
export function figuresOf(set: 1 | 2): {
  storms: number;
  ended: number;
  work: number;
  halted: number;
  wrong: string[];
} {
  const verdicts = conversationsOf(set).map(judge);
  const storms = verdicts.filter(({ conversation }) => conversation.kind === "storm");
  const work = verdicts.filter(({ conversation }) => conversation.kind === "work");
  const ended = storms.filter(({ why }) => why?.includes("without anything new"));
  const halted = work.filter(({ why }) => why !== undefined);
  const wrong = [
    ...storms
      .filter((verdict) => !ended.includes(verdict))
      .map(({ conversation }) => `not ended: ${conversation.title}`),
    ...halted.map(({ conversation, line, why }) => `halted: ${conversation.title}, line ${line}: ${why}`),
  ];
  return { storms: storms.length, ended: ended.length, work: work.length, halted: halted.length, wrong };
}
