import type { Recipients } from "../room/event.js";

/** SHA-256 of a text's UTF-8, as lower-case hex. */
export type Sha256 = (text: string) => string;

export interface FrameInput {
  readonly from: string;
  readonly fromKind: "agent" | "human";
  readonly to: Recipients;
  /** The agent that reads it; shown as `you`. */
  readonly self: string;
  readonly body: string;
  readonly messageId: string;
  readonly sha256: Sha256;
  /** When it was posted, Unix ms; shown to the minute, UTC. Default: not shown. */
  readonly at?: number;
}

/** A framed message read back. */
export interface Frame {
  from: string;
  fromKind: "agent" | "human";
  /** As shown: `you`, `@name`, `@room`, `+3 more`. */
  to: string[];
  /** The 8 hex digits of its markers. */
  tag: string;
  body: string;
}

export interface AttemptInput {
  /** 1 for the first delivery. */
  readonly attempt: number;
  /** The agent's messages of earlier attempts, oldest first; each is cut to one short line. */
  readonly alreadyPosted: readonly string[];
  /** People were asked something that waits, or was answered since. */
  readonly hasAsked?: boolean;
  /** Tools the earlier attempts had begun, oldest first; each is cut to one short line. */
  readonly begun?: readonly string[];
}

const TAG_LENGTH = 8;
const MAX_SHOWN_RECIPIENTS = 3;
const MAX_SHOWN_NAME = 32;
const MAX_NOTICE_LENGTH = 4_000;
const MAX_SHOWN_POSTS = 16;
const MAX_POST_EXCERPT = 120;
const HEADER = /^\[from ([^\s[\]|]+) \((agent|human)\) to ([^[\]|]*)(?: \| [^[\]|]*)? \| m:([0-9a-f]{8})\]$/;

/**
 * A message as the model reads it: `[from reviewer (agent) to you, @room | m:1f0c2ab9]`, the body as it is, `[end m:1f0c2ab9]`.
 * The tag does not occur in the body in any case, so the body cannot end its own frame.
 */
export function frameMessage(input: FrameInput): string {
  const tag = tagFor(input);
  const when = input.at === undefined ? "" : minute(input.at);
  const header = `[from ${plainName(input.from)} (${input.fromKind}) to ${recipients(input)}${when} | m:${tag}]`;
  return `${header}\n${input.body}\n[end m:${tag}]`;
}

/** The messages in a text made of frames and notices, in order; the inverse of `frameMessage` for every body. A frame without its end is the last. */
export function parseFrames(text: string): Frame[] {
  const frames: Frame[] = [];
  let at = 0;
  while (at < text.length) {
    const newline = text.indexOf("\n", at);
    if (newline === -1) break;
    const header = HEADER.exec(text.slice(at, newline));
    at = newline + 1;
    if (header === null) continue;
    const [, from = "", fromKind, to = "", tag = ""] = header;
    const end = `\n[end m:${tag}]`;
    const bodyEnd = text.indexOf(end, newline);
    if (bodyEnd === -1) break;
    const body = text.slice(at, Math.max(at, bodyEnd));
    frames.push({ from, fromKind: fromKind === "human" ? "human" : "agent", to: to.split(", "), tag, body });
    at = bodyEnd + end.length;
  }
  return frames;
}

/** Parley's own message to an agent: one line, `[parley | …]`, that no part of `text` can end. */
export function frameNotice(text: string): string {
  return `[parley | ${oneLine(text, MAX_NOTICE_LENGTH)}]`;
}

/** Tells an agent that it gets the same messages again, and what not to repeat. */
export function frameAttempt({ attempt, alreadyPosted, hasAsked, begun = [] }: AttemptInput): string {
  const tools = begun.slice(-MAX_SHOWN_POSTS).map((tool) => `"${oneLine(tool, MAX_POST_EXCERPT)}"`);
  const started =
    tools.length === 0 ? "" : `; it had begun ${tools.join(", ")}: look at what is done before you do it again`;
  const waits = hasAsked
    ? "; what you asked people or wanted to run still waits for them or is decided: ask exactly the same once more"
    : "";
  const asked = `${started}${waits}`;
  if (alreadyPosted.length === 0) {
    return frameNotice(
      `attempt ${attempt}: an earlier turn over these messages was cut off; it had posted nothing${asked}`,
    );
  }
  const shown = alreadyPosted.slice(-MAX_SHOWN_POSTS).map((post) => `"${oneLine(post, MAX_POST_EXCERPT)}"`);
  const left = alreadyPosted.length - shown.length;
  const posts = left > 0 ? `${left} earlier ones, ${shown.join(", ")}` : shown.join(", ");
  const them = alreadyPosted.length === 1 ? "it" : "them";
  return frameNotice(`attempt ${attempt}: you had already posted ${posts}; do not post ${them} again${asked}`);
}

/**
 * A body of n characters holds fewer than n different tags, so n + 1 tries are enough for any body, also one written
 * to hit the first tags of a known id. Only a hash that repeats itself can use them up.
 */
function tagFor({ messageId, body, sha256 }: FrameInput): string {
  const haystack = body.toLowerCase();
  for (let attempt = 0; attempt <= haystack.length; attempt++) {
    const tag = sha256(attempt === 0 ? messageId : `${messageId}\n${attempt}`).slice(0, TAG_LENGTH);
    if (!haystack.includes(tag)) return tag;
  }
  throw new Error(`sha256 gave no tag that is absent from message ${messageId}: it does not behave like a hash.`);
}

function recipients({ to, self }: FrameInput): string {
  if (to === "room") return "you, @room";
  const others = to.filter((name) => name !== self);
  const shown = others.slice(0, MAX_SHOWN_RECIPIENTS).map((name) => `@${plainName(name)}`);
  const left = others.length - shown.length;
  const all = [...(to.includes(self) ? ["you"] : []), ...shown, ...(left > 0 ? [`+${left} more`] : [])];
  return all.join(", ");
}

/** A name with every character replaced that could end the header, start a line or turn the reading direction. */
function plainName(name: string): string {
  const characters = Array.from(name.slice(0, 2 * MAX_SHOWN_NAME)).slice(0, MAX_SHOWN_NAME);
  return characters.map((char) => (/^[\p{L}\p{N}._-]$/u.test(char) ? char : "_")).join("") || "_";
}

/** ` | 2026-08-22 10:05Z`; nothing for a time no date has. */
function minute(atMs: number): string {
  const date = new Date(atMs);
  if (Number.isNaN(date.getTime())) return "";
  return ` | ${date.toISOString().slice(0, -8).replace("T", " ")}Z`;
}

/** Tells an agent that somebody asked for a message again whose turn failed. */
export function frameRetry(attempt: number): string {
  return frameNotice(
    `attempt ${attempt}: an earlier turn over the next message failed, and somebody asked for it again; what you had done or posted stands`,
  );
}

/** Without line breaks, control and format characters and brackets; cut to `maxLength` characters with an ellipsis. */
function oneLine(text: string, maxLength: number): string {
  const flat = text
    .slice(0, 4 * maxLength)
    .replace(/[\s\p{Cc}\p{Cf}]+/gu, " ")
    .replaceAll("[", "(")
    .replaceAll("]", ")")
    .trim();
  const characters = Array.from(flat);
  return characters.length <= maxLength ? flat : `${characters.slice(0, maxLength - 1).join("")}…`;
}
