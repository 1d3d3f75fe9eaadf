/** A line: `text` is the WHOLE text it lies in; `start` and `end` (its line ending excluded) are indexes into that. */
export interface TextLine {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** A list item, by the column its text starts at, or a `>` quote (CommonMark 5). */
export type Container = { readonly kind: "item"; readonly column: number } | { readonly kind: "quote" };

/** An open fenced code block (CommonMark 4.5). */
export interface Fence {
  /** The character code of its marker, "`" or "~". */
  readonly mark: number;
  /** How many of them opened it; at least as many close it. */
  readonly length: number;
  /** Index in the text of its first marker. */
  readonly start: number;
  /** The items and quotes it stands in, from the outside in. It ends with the first of them that ends. */
  readonly containers: readonly Container[];
}

/** Open blocks between two lines. A text begins with `noBlocks`. */
export interface OpenBlocks {
  readonly containers: readonly Container[];
  readonly fence?: Fence;
}

/** The kind of a line: text, the first or last line of a fence, or code inside it. `isQuoted`: it is in a `>` quote. */
export interface LineReading {
  readonly role: "text" | "opens" | "inside" | "closes";
  readonly isQuoted: boolean;
  /** Open blocks after it. */
  readonly blocks: OpenBlocks;
}

interface Place {
  at: number;
  column: number;
}

interface Cursor extends Place {
  /** Where the spaces and tabs it stands in end: each is passed once per line. */
  text?: Place;
}

/** Open blocks at the start of a text. */
export const noBlocks: OpenBlocks = { containers: [] };
const plainText: LineReading = { role: "text", isQuoted: false, blocks: noBlocks };

const SPACE = 32;
const TAB = 9;
const BACKTICK = 96;
const TILDE = 126;
const QUOTE = 62;
const tabWidth = 4;
const minFence = 3;
const maxIndent = 3;
const maxListDigits = 9;
/** Items and quotes in each other that are told apart; what is deeper is text. It bounds the work on a line. */
const maxDepth = 12;

/** Where the line at `start` ends: the index of its LF, CR or CRLF, or the end of the text. */
export function lineEnd(text: string, start: number): number {
  let end = start;
  while (end < text.length && text.charCodeAt(end) !== 10 && text.charCodeAt(end) !== 13) end++;
  return end;
}

/** Where the line after the one that ends at `end` starts. */
export function nextLine(text: string, end: number): number {
  return text.charCodeAt(end) === 13 && text.charCodeAt(end + 1) === 10 ? end + 2 : end + 1;
}

/**
 * Reads the next line of a text: which fence it opens, continues or closes, relative to the list items and quotes it stands in. A line left
 * of an item's text ends the item (CommonMark lets a paragraph go on there; no fence can).
 */
export function readMarkdownLine(blocks: OpenBlocks, line: TextLine): LineReading {
  if (blocks === noBlocks && isPlain(line)) return plainText;
  if (line.start === line.end && !hasQuote(blocks.containers)) return blankIn(blocks);
  if (isPlainQuote(blocks, line)) return { role: "text", isQuoted: true, blocks };
  const cursor: Cursor = { at: line.start, column: 0 };
  const kept = enterContainers(line, cursor, blocks.containers);
  const { fence } = blocks;
  if (fence !== undefined && kept.length === fence.containers.length) {
    const isQuoted = hasQuote(kept);
    if (!closesFence(fence, line, cursor)) return { role: "inside", isQuoted, blocks };
    return { role: "closes", isQuoted, blocks: blocksOf(kept) };
  }
  const containers = openContainers(line, cursor, kept);
  const opened = fenceAt(line, cursor, containers);
  const isQuoted = hasQuote(containers);
  if (opened === undefined && fence === undefined && containers === blocks.containers)
    return { role: "text", isQuoted, blocks };
  if (opened === undefined) return { role: "text", isQuoted, blocks: blocksOf(containers) };
  return { role: "opens", isQuoted, blocks: { containers, fence: opened } };
}

/** Characters that a fence, an item or a quote may begin with, spaces before it included. */
export const blockStarts = " \t`~>-*+0123456789";

/** The quick answer for most lines: neither a fence nor an item nor a quote starts here. */
function isPlain({ text, start, end }: TextLine): boolean {
  return start === end || !blockStarts.includes(text.charAt(start));
}

/** The quick answer for most lines of a quote: it goes on with text, in which nothing begins. */
function isPlainQuote({ containers, fence }: OpenBlocks, { text, start, end }: TextLine): boolean {
  if (fence !== undefined || containers.length !== 1 || containers[0]?.kind !== "quote") return false;
  if (text.charCodeAt(start) !== QUOTE) return false;
  const at = text.charCodeAt(start + 1) === SPACE ? start + 2 : start + 1;
  return at < end && !blockStarts.includes(text.charAt(at));
}

/** A blank line ends no item and no fence. */
function blankIn(blocks: OpenBlocks): LineReading {
  return { role: blocks.fence === undefined ? "text" : "inside", isQuoted: false, blocks };
}

function blocksOf(containers: readonly Container[]): OpenBlocks {
  return containers.length === 0 ? noBlocks : { containers };
}

function hasQuote(containers: readonly Container[]): boolean {
  for (const { kind } of containers) if (kind === "quote") return true;
  return false;
}

/** Those of the open items and quotes that the line goes on with. A blank line ends no item, but a quote. */
function enterContainers(line: TextLine, cursor: Cursor, open: readonly Container[]): readonly Container[] {
  let depth = 0;
  for (const container of open) {
    const isEntered =
      container.kind === "item" ? entersItem(line, cursor, container.column) : entersQuote(line, cursor);
    if (!isEntered) return open.slice(0, depth);
    depth += 1;
  }
  return open;
}

function entersItem(line: TextLine, cursor: Cursor, column: number): boolean {
  const text = afterSpaces(line, cursor);
  if (text.at === line.end) return true;
  if (text.column < column) return false;
  skipToColumn(line, cursor, column);
  return true;
}

/** Passes `>` and the space behind it. */
function entersQuote(line: TextLine, cursor: Cursor): boolean {
  const mark = afterSpaces(line, cursor);
  if (mark.column - cursor.column > maxIndent || mark.at >= line.end || line.text.charCodeAt(mark.at) !== QUOTE)
    return false;
  cursor.at = mark.at + 1;
  cursor.column = mark.column + 1;
  skipToColumn(line, cursor, cursor.column + 1);
  return true;
}

/** The items and quotes that stand open behind the start of the line: those it goes on with and those it opens. */
function openContainers(line: TextLine, cursor: Cursor, kept: readonly Container[]): readonly Container[] {
  let containers = kept;
  while (containers.length < maxDepth) {
    const opened = entersQuote(line, cursor) ? ({ kind: "quote" } as const) : openItem(line, cursor);
    if (opened === undefined) return containers;
    containers = [...containers, opened];
  }
  return containers;
}

/** Passes `- `, `* `, `+ `, `1. ` or `1) `. */
function openItem(line: TextLine, cursor: Cursor): Container | undefined {
  const marker = afterSpaces(line, cursor);
  if (marker.column - cursor.column > maxIndent) return undefined;
  const markerEnd = listMarkerEnd(line, marker.at);
  if (markerEnd === undefined) return undefined;
  const behind: Cursor = { at: markerEnd, column: marker.column + markerEnd - marker.at };
  const text = afterSpaces(line, behind);
  const gap = text.column - behind.column;
  if (gap === 0 && text.at < line.end) return undefined;
  const isPlain = gap <= maxIndent + 1 && text.at < line.end;
  const column = isPlain ? text.column : behind.column + 1;
  cursor.at = behind.at;
  cursor.column = behind.column;
  skipToColumn(line, cursor, column);
  return { kind: "item", column };
}

function listMarkerEnd({ text, end }: TextLine, at: number): number | undefined {
  if (at < end && "-*+".includes(text.charAt(at))) return at + 1;
  let digitsEnd = at;
  while (digitsEnd - at < maxListDigits && isDigit(text.charCodeAt(digitsEnd))) digitsEnd++;
  const delimiter = digitsEnd < end ? text.charAt(digitsEnd) : "";
  return digitsEnd > at && (delimiter === "." || delimiter === ")") ? digitsEnd + 1 : undefined;
}

function fenceAt(line: TextLine, cursor: Cursor, containers: readonly Container[]): Fence | undefined {
  const { text, end } = line;
  const { at, column } = afterSpaces(line, cursor);
  const mark = at < end ? text.charCodeAt(at) : 0;
  if (column - cursor.column > maxIndent || (mark !== BACKTICK && mark !== TILDE)) return undefined;
  const runEnd = skipRun(line, at, mark);
  if (runEnd - at < minFence) return undefined;
  if (mark === BACKTICK && skipUntil(line, runEnd, BACKTICK) < end) return undefined;
  return { mark, length: runEnd - at, start: at, containers };
}

function closesFence(fence: Fence, line: TextLine, cursor: Cursor): boolean {
  const { at, column } = afterSpaces(line, cursor);
  if (column - cursor.column > maxIndent) return false;
  const runEnd = skipRun(line, at, fence.mark);
  return runEnd - at >= fence.length && afterSpaces(line, { at: runEnd, column: 0 }).at === line.end;
}

/** The place behind spaces and tabs; a tab goes to the next column that 4 divides. */
function afterSpaces(line: TextLine, cursor: Cursor): Place {
  if (cursor.text !== undefined && cursor.text.at >= cursor.at) return cursor.text;
  const place = { at: cursor.at, column: cursor.column };
  skipToColumn(line, place, Number.POSITIVE_INFINITY);
  cursor.text = place;
  return place;
}

/** Passes spaces and tabs up to `column`; a tab that reaches beyond it is passed whole, and the column says so. */
function skipToColumn({ text, end }: TextLine, cursor: Place, column: number): void {
  while (cursor.column < column && cursor.at < end) {
    const code = text.charCodeAt(cursor.at);
    if (code !== SPACE && code !== TAB) return;
    cursor.column += code === TAB ? tabWidth - (cursor.column % tabWidth) : 1;
    cursor.at++;
  }
}

function skipRun({ text, end }: TextLine, from: number, code: number): number {
  let at = from;
  while (at < end && text.charCodeAt(at) === code) at++;
  return at;
}

function skipUntil({ text, end }: TextLine, from: number, code: number): number {
  let at = from;
  while (at < end && text.charCodeAt(at) !== code) at++;
  return at;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
