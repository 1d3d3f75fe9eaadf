import { LIMITS } from "../room/limits.js";
import { takeAttachments } from "./attach.js";
import { blockStarts, lineEnd, nextLine, noBlocks, type OpenBlocks, readMarkdownLine, type TextLine } from "./fence.js";
import { type DirectiveHead, scanHead } from "./head.js";
import type { RoomNames } from "./known.js";

/** Bytes (UTF-8) of a directive's body, at most. */
export const MAX_BODY_BYTES = LIMITS.maxBodyBytes;
/** Directives in one text block, at most. */
export const MAX_DIRECTIVES = 16;
export const directivePrefixes = ["gate", "notify", "interrupt"] as const;
/** The prefix of the body: `GATE:` asks a person, `NOTIFY:` wakes nobody, `INTERRUPT:` reaches a busy agent. */
export type DirectivePrefix = (typeof directivePrefixes)[number];

/** A message an agent wants to send, as written. */
export interface Directive {
  /** Lower-cased, in the order written, each once; at least one. May be groups; some may not exist (see `resolveBlock`). */
  names: string[];
  /** Trimmed, without its prefix; may be empty or too long (see `resolveBlock`). */
  body: string;
  /** UTF-16 index in the text of the `@`, or of the emphasis around it. */
  offset: number;
  prefix?: DirectivePrefix;
  /** Paths that its lines `ATTACH: <path>` name, as written; absent: none. Such lines are not in the body. */
  attach?: string[];
}

/** A person's message: the names at its start (none: the room) and the rest. */
export interface Addressed {
  names: string[];
  body: string;
}

const PREFIX = /^(gate|notify|interrupt):/i;

/**
 * The directives of ONE complete text block, in order (docs/grammar.md). Linear in the text; never throws.
 * Reading stops after `most` of them, by default `MAX_DIRECTIVES + 1`: that many says "too many", and how many more there are makes no difference.
 */
export function parseDirectives(text: string, known: RoomNames, most = MAX_DIRECTIVES + 1): Directive[] {
  const heads = findHeads(text, known, most + 1);
  const directives: Directive[] = [];
  for (const [index, head] of heads.slice(0, most).entries()) {
    const raw = text.slice(head.end, heads[index + 1]?.start ?? text.length);
    directives.push({ names: head.names, offset: head.start, ...withFiles(prefixed(bodyBehind(head, raw))) });
  }
  return directives;
}

/** A person's message without `to`: names are read where it starts, and only there. Prefixes stay in the body. */
export function parseAddressed(text: string, known: RoomNames): Addressed {
  const start = firstLineWithText(text);
  const head = scanHead({ text, start, end: lineEnd(text, start) }, known);
  if (head === undefined) return { names: [], body: text.trim() };
  return { names: head.names, body: bodyBehind(head, text.slice(head.end)) };
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

/** The heads outside fences, `most` at most. A line that is only written as a message is one where no message stands before it. */
function findHeads(text: string, known: RoomNames, most: number): DirectiveHead[] {
  const heads: DirectiveHead[] = [];
  let blocks: OpenBlocks = noBlocks;
  for (let start = 0; start < text.length && heads.length < most; ) {
    const end = lineEnd(text, start);
    const from = start;
    start = nextLine(text, end);
    if (blocks === noBlocks && isPlainStart(text, from, end)) continue;
    const line = { text, start: from, end };
    const reading = readMarkdownLine(blocks, line);
    blocks = reading.blocks;
    const head = reading.role === "text" && mayStartHead(line) ? scanHead(line, known) : undefined;
    if (head !== undefined && (head.standing === "known" || heads.length === 0)) heads.push(head);
  }
  return heads;
}

/** Characters that a head may begin with, emphasis and the spaces before it included. */
const headStarts = "@*_` \ufeff\u00a0";
/** By character code below 128: 1 where a head, fence, item or quote may begin. */
const specialStarts = Uint8Array.from({ length: 128 }, (_, code) =>
  (headStarts + blockStarts).includes(String.fromCharCode(code)) ? 1 : 0,
);

/** The quick answer for most lines: nothing that matters begins here. */
function isPlainStart(text: string, start: number, end: number): boolean {
  if (start === end) return true;
  const code = text.charCodeAt(start);
  return code < 128 ? specialStarts[code] === 0 : code !== 0xfeff && code !== 0xa0;
}

function mayStartHead({ text, start, end }: TextLine): boolean {
  return start < end && headStarts.includes(text.charAt(start));
}

/** Without the end of emphasis that encloses names and body on one line. */
function bodyBehind({ emphasis }: DirectiveHead, raw: string): string {
  const body = raw.trim();
  if (emphasis === undefined || !body.endsWith(emphasis) || /[\r\n]/.test(body)) return body;
  return body.slice(0, -emphasis.length).trim();
}

function prefixed(body: string): Pick<Directive, "body" | "prefix"> {
  const match = PREFIX.exec(body);
  if (match === null) return { body };
  const prefix = directivePrefixes.find((known) => known === match[1]?.toLowerCase());
  return prefix === undefined ? { body } : { body: body.slice(match[0].length).trim(), prefix };
}

/** A message of files alone is called by their names, so that every reader of the text knows of them. A question needs words. */
function withFiles(written: Pick<Directive, "body" | "prefix">): Pick<Directive, "body" | "prefix" | "attach"> {
  const { body, paths } = takeAttachments(written.body);
  if (paths.length === 0) return written;
  const names = paths.map((path) => path.split("/").at(-1)).join(", ");
  return { ...written, body: body === "" && written.prefix !== "gate" ? names : body, attach: paths };
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
