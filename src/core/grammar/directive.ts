import { LIMITS } from "../room/limits.js";
import { afterIndent, type Fence, lineEnd, nextLine, openedFence, placeInFence, type TextLine } from "./fence.js";
import { type DirectiveHead, scanHead } from "./head.js";

/** Bytes (UTF-8) of a directive's body, at most. */
export const MAX_BODY_BYTES = LIMITS.maxBodyBytes;
/** Directives in one text block, at most. */
export const MAX_DIRECTIVES = 16;
/** Names that mean everyone but the sender. */
export const GROUP_ROOM: ReadonlySet<string> = new Set(["room", "all", "everyone", "here"]);
/** Names that mean the people in the room. */
export const GROUP_HUMANS: ReadonlySet<string> = new Set(["human", "humans"]);

export const directivePrefixes = ["gate", "notify", "interrupt"] as const;
/** What the body started with: `GATE:` asks a person, `NOTIFY:` wakes nobody, `INTERRUPT:` reaches a busy agent. */
export type DirectivePrefix = (typeof directivePrefixes)[number];

/** A message an agent wants to send, as written: nobody has checked that its names exist. */
export interface Directive {
  /** Lower-cased, in the order written, each once; at least one. May be groups. */
  names: string[];
  /** Trimmed, without its prefix; may be empty or too long (see `resolveBlock`). */
  body: string;
  /** UTF-16 index in the text of the `@`, or of the `**` or `` ` `` around it. */
  offset: number;
  prefix?: DirectivePrefix;
}

/** A person's message: whom its first words name (nobody: the room) and the rest. */
export interface Addressed {
  names: string[];
  body: string;
}

const PREFIX = /^(gate|notify|interrupt):/i;

/**
 * The directives of ONE complete text block (DESIGN 5), in order. Linear in the text; never throws.
 * Reading stops after `MAX_DIRECTIVES + 1`: that many says "too many", and how many more there are makes no difference.
 */
export function parseDirectives(text: string): Directive[] {
  const heads = findHeads(text);
  const directives: Directive[] = [];
  for (const [index, head] of heads.slice(0, MAX_DIRECTIVES + 1).entries()) {
    const bodyEnd = heads[index + 1]?.start ?? text.length;
    directives.push({ names: head.names, offset: head.start, ...parseBody(text.slice(head.end, bodyEnd)) });
  }
  return directives;
}

/** A person's message without `to`: names are read where it starts, and only there. Prefixes stay in the body. */
export function parseAddressed(text: string): Addressed {
  const start = firstLineWithText(text);
  const head = scanHead({ text, start, end: lineEnd(text, start) });
  if (head === undefined) return { names: [], body: text.trim() };
  return { names: head.names, body: text.slice(head.end).trim() };
}

/** Bytes of `text` in UTF-8; a lone surrogate counts 3, as encoders replace it. */
export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.codePointAt(at) ?? 0;
    if (code > 0xffff) at++;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code <= 0xffff ? 3 : 4;
  }
  return bytes;
}

/** The heads outside fences; one more than can be used, because a body ends where the next head starts. */
function findHeads(text: string): DirectiveHead[] {
  const heads: DirectiveHead[] = [];
  let fence: Fence | undefined;
  let start = 0;
  while (start < text.length && heads.length <= MAX_DIRECTIVES + 1) {
    const line = { text, start, end: lineEnd(text, start) };
    start = nextLine(text, line.end);
    const place = fence === undefined ? "outside" : placeInFence(fence, line);
    if (place === "inside") continue;
    fence = undefined;
    if (place === "closes" || isPlain(line)) continue;
    fence = openedFence(line);
    const head = fence === undefined ? scanHead(line) : undefined;
    if (head !== undefined) heads.push(head);
  }
  return heads;
}

/** The quick answer for most lines: neither a name, a fence nor a list item starts here. */
function isPlain(line: TextLine): boolean {
  const at = afterIndent(line);
  return at === undefined || at === line.end || !"@*`~-+0123456789".includes(line.text.charAt(at));
}

function parseBody(raw: string): Pick<Directive, "body" | "prefix"> {
  const body = raw.trim();
  const match = PREFIX.exec(body);
  if (match === null) return { body };
  const prefix = directivePrefixes.find((known) => known === match[1]?.toLowerCase());
  return prefix === undefined ? { body } : { body: body.slice(match[0].length).trim(), prefix };
}

function firstLineWithText(text: string): number {
  let start = 0;
  while (start < text.length) {
    const end = lineEnd(text, start);
    if (text.slice(start, end).trim() !== "") return start;
    start = nextLine(text, end);
  }
  return text.length;
}
