import { lineEnd, nextLine, noBlocks, type OpenBlocks, readMarkdownLine, type TextLine } from "./fence.js";
import { scanHead } from "./head.js";
import type { RoomNames } from "./known.js";
import { isAddressed, isSpokenAbout, type Mention } from "./mention.js";
import { MAX_NAME_LENGTH } from "./name.js";

/** A participant or group that a text names in a place where a name sends nothing. */
export interface Missed {
  /** Lower-cased; may be a group. */
  readonly name: string;
  /** The line it stands in, trimmed, at most 120 characters. */
  readonly line: string;
}

/** Maximum names reported for one text. */
export const maxMissedNames = 8;
const maxLineChars = 120;
/** Maximum mentions inspected in one text; the rest is ignored. */
const maxMentions = 500;
/** Characters around a name that say whether somebody is spoken to. */
const contextChars = 64;
const nameAt = new RegExp(`[A-Za-z][A-Za-z0-9-]{0,${MAX_NAME_LENGTH - 1}}`, "y");
/** Directly before or behind it, an `@` belongs to a mail address, a path or a call. */
const joinsBefore = /[A-Za-z0-9_.@/\\-]$/;
const joinsBehind = /^(?:[_(/@-]|\.[a-z0-9_])/;

interface Search {
  readonly text: string;
  readonly known: RoomNames;
  readonly sender: string;
  /** A message has begun: what follows is read by somebody. */
  inMessage: boolean;
  mentions: number;
  readonly found: Map<string, string>;
  /** Those of the fence that is open; dropped where it closes. */
  readonly inFence: Map<string, string>;
}

/**
 * Names a complete text block addresses in vain: in a list, a heading, a table or a line, or at the start of a line after a fence that never closes.
 * Names that are only spoken about are left out, as far as a line shows that, and so are those in quotes, code and the body of a message that merely
 * mentions them. Linear in the text; never throws.
 */
export function missedNames(text: string, { known, sender }: { known: RoomNames; sender: string }): Missed[] {
  const search: Search = { text, known, sender, inMessage: false, mentions: 0, found: new Map(), inFence: new Map() };
  let blocks: OpenBlocks = noBlocks;
  let next = text.indexOf("@");
  for (
    let start = 0;
    start < text.length && (next !== -1 || search.inFence.size > 0) && search.mentions < maxMentions;
  ) {
    const line = { text, start, end: lineEnd(text, start) };
    start = nextLine(text, line.end);
    const reading = readMarkdownLine(blocks, line);
    if (blocks.fence !== undefined && reading.role !== "inside") search.inFence.clear();
    blocks = reading.blocks;
    if (next === -1 || next >= line.end) continue;
    if (reading.role === "inside") lookInFence(search, line);
    else if (reading.role === "text" && !reading.isQuoted) lookInLine(search, line, blocks.containers.length > 0);
    next = text.indexOf("@", line.end);
  }
  const all = new Map([...search.found, ...search.inFence]);
  return [...all].slice(0, maxMissedNames).map(([name, line]) => ({ name, line }));
}

/** A directive, if the fence were none. */
function lookInFence({ known, sender, inFence }: Search, line: TextLine): void {
  if (inFence.size >= maxMissedNames) return;
  const head = scanHead(line, known);
  if (head?.standing !== "known" || !head.names.every((name) => known.isKnown(name))) return;
  for (const name of head.names) if (name !== sender && !inFence.has(name)) inFence.set(name, shown(line));
}

function lookInLine(search: Search, line: TextLine, isInItem: boolean): void {
  const head = scanHead(line, search.known);
  const isDirective = head !== undefined && (head.standing === "known" || !search.inMessage);
  if (isDirective) search.inMessage = true;
  const isCode = !isInItem && !isDirective && /^(?: {4}|\t)/.test(line.text.slice(line.start, line.start + 4));
  if (!isCode) lookBehind(search, line, isDirective ? head.end : line.start);
}

function lookBehind(search: Search, line: TextLine, from: number): void {
  let backticks = 0;
  let counted = from;
  for (let at = line.text.indexOf("@", from); at !== -1 && at < line.end; at = line.text.indexOf("@", at + 1)) {
    search.mentions++;
    if (search.mentions > maxMentions) return;
    for (; counted < at; counted++) if (line.text.charCodeAt(counted) === 96) backticks++;
    const mention = mentionAt(search, line, at);
    if (mention === undefined || search.found.has(mention.name) || isInCode(mention, backticks)) continue;
    const counts = search.inMessage ? isAddressed(mention) : !isSpokenAbout(mention);
    if (counts) search.found.set(mention.name, shown(line));
  }
}

/** The known name at `at`, with what stands around it on its line. */
function mentionAt({ known, sender }: Search, line: TextLine, at: number): Mention | undefined {
  const { text, start, end } = line;
  nameAt.lastIndex = at + 1;
  const word = nameAt.exec(text)?.[0];
  const name = word?.toLowerCase();
  if (word === undefined || name === undefined || name === sender || !known.isKnown(name)) return undefined;
  const nameEnd = at + 1 + word.length;
  const before = text.slice(Math.max(start, at - contextChars), at);
  const after = text.slice(nameEnd, Math.min(end, nameEnd + contextChars));
  if (joinsBefore.test(before) || joinsBehind.test(after)) return undefined;
  return { name, before, after, isWholeStart: at - start <= contextChars };
}

/** In a code span that holds more than the name. */
function isInCode({ before, after }: Mention, backticks: number): boolean {
  if (backticks % 2 === 0) return false;
  return !(before.endsWith("`") && /^[,:.!?]?`/.test(after));
}

function shown({ text, start, end }: TextLine): string {
  const line = text.slice(start, Math.min(end, start + 4 * maxLineChars)).trim();
  return line.length <= maxLineChars ? line : `${line.slice(0, maxLineChars - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}
