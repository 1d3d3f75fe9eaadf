import type { AgentSpec } from "../../src/ports/agents.js";

/** The values of a reply's placeholders. */
export interface ReplyValues {
  /** The chosen answer of the rule's question; empty without one. */
  answer: string;
  /** The sender of the message; empty for the start. */
  from: string;
  body: string;
  /** The groups of the rule's `match`; 0 is all it fitted. */
  groups: readonly (string | undefined)[];
}

type Participants = AgentSpec["participants"];

/** Characters a reply may grow to; a placeholder that would pass it becomes an ellipsis. */
export const MAX_REPLY_CHARS = 128 * 1_024;
/** Pieces a streamed reply is cut into, at most: a long one takes several words a piece. */
export const MAX_PIECES = 200;

const PLACEHOLDER = /@\{([a-z][a-z0-9-]{0,31})\|([a-z][a-z0-9-]{0,31})\}|\{(answer|from|body|\d{1,2})\}/g;
const OPENS_DIRECTIVE = /(\r\n|\r|\n)(?= {0,3}[*`]{0,2}@)/g;

/**
 * The reply with its placeholders filled: `{answer}`, `{from}`, `{body}`, `{1}` … the groups of `match`, and `@{reviewer|room}`: the agent in the
 * room with that name or role, else the name after the bar, so that a script never addresses an absent agent. A value of several lines inside a line
 * cannot open a directive of its own; a value that opens the line is passed on unchanged.
 */
export function renderReply(template: string, values: ReplyValues, participants: Participants): string {
  if (!template.includes("{")) return template;
  let left = MAX_REPLY_CHARS - template.length;
  return template.replace(PLACEHOLDER, (whole: string, ...found: unknown[]) => {
    const [role, fallback, key, offset] = found as [string?, string?, string?, number?];
    const opensLine = offset === 0 || template[(offset ?? 0) - 1] === "\n";
    const value =
      role === undefined ? fill(key ?? "", values) : `@${agentOf(role, participants) ?? fallback ?? "room"}`;
    const safe = opensLine ? value : value.replace(OPENS_DIRECTIVE, "$1    ");
    left -= safe.length - whole.length;
    if (left >= 0) return safe;
    left += safe.length - 1;
    return "…";
  });
}

function fill(key: string, values: ReplyValues): string {
  if (key === "answer") return values.answer;
  if (key === "from") return values.from;
  if (key === "body") return values.body;
  return values.groups[Number(key)] ?? "";
}

function agentOf(role: string, participants: Participants): string | undefined {
  const agents = participants.filter(({ kind }) => kind === "agent");
  return (agents.find(({ name }) => name === role) ?? agents.find((agent) => agent.role === role))?.name;
}

/** The text in pieces of whole words, in order; joined they are the text. */
export function splitWords(text: string): string[] {
  const words = text.match(/\S+\s*|^\s+/g) ?? [];
  const wordsPerPiece = Math.ceil(words.length / MAX_PIECES);
  if (wordsPerPiece <= 1) return [...words];
  const pieces: string[] = [];
  for (let at = 0; at < words.length; at += wordsPerPiece) pieces.push(words.slice(at, at + wordsPerPiece).join(""));
  return pieces;
}
