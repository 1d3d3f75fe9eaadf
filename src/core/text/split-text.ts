import { type Fence, lineEnd, nextLine, noBlocks, type OpenBlocks, readMarkdownLine } from "../grammar/fence.js";
import { beginsTable, isTableRow, withoutMark } from "./table.js";

/** A line, or a piece of one that is too long for a part. */
interface Piece {
  text: string;
  /** It goes on where the piece before it ended, without a line break. */
  continues: boolean;
  /** The fence at its start, and the one open after it. */
  before: OpenFence | undefined;
  after: OpenFence | undefined;
  /** The head and the rule of the table that it is a row of: they stand above it where it begins a part. */
  head?: string;
}

/** A fence: `closing` ends it where it was opened; `reopening` and `endOfReopened` stand in a part that goes on with it, in no list. */
interface OpenFence {
  closing: string;
  reopening: string;
  endOfReopened: string;
  /** Columns of the list items it stood in; as many spaces are taken off its lines there. */
  indent: number;
}

/** Characters kept free for the lines that close and reopen a fence. */
const reservedChars = 96;
const minPartChars = 200;
/** An info string longer than this is not repeated. */
const maxInfoChars = 24;
/** Characters of the indent and the quotes before a line that closes a fence where it was opened. */
const maxPrefixChars = 80;
/** Quotes in each other that are opened again, at most. */
const maxQuotes = 4;

/**
 * Cuts Markdown into parts of at most `maxChars` (UTF-16 units, at least 200) at paragraphs, else at lines, else at spaces, never inside a
 * surrogate pair. A fence that goes on is closed at the end of its part and opened again, with its info string, in the next; a table
 * that goes on has its head again.
 */
export function splitText(text: string, maxChars: number): string[] {
  if (maxChars < minPartChars) throw new RangeError(`a part takes at least ${minPartChars} characters`);
  if (text.length <= maxChars && openAtEnd(text) === undefined) return [text];
  const parts: string[] = [];
  let part: Piece[] = [];
  for (const piece of piecesOf(text, maxChars - reservedChars)) {
    while (part.length > 0 && lengthWith(part, piece) > maxChars) {
      const rest = piece.before ? [] : unfinishedParagraph(part, maxChars);
      parts.push(render(part.slice(0, part.length - rest.length)));
      part = rest;
    }
    // A line that would only close what the last part has closed already is left out.
    if (part.length > 0 || !closes(piece)) part.push(piece);
  }
  if (part.length > 0) parts.push(render(part));
  return parts.filter((shown) => shown.trim() !== "");
}

function closes({ before, after, text }: Piece): boolean {
  return before !== undefined && after === undefined && /^\s*(`{3,}|~{3,})\s*$/.test(text);
}

function openAtEnd(text: string): OpenFence | undefined {
  return piecesOf(text, Number.MAX_SAFE_INTEGER).at(-1)?.after;
}

function piecesOf(text: string, maxChars: number): Piece[] {
  const pieces: Piece[] = [];
  let blocks: OpenBlocks = noBlocks;
  let open: OpenFence | undefined;
  let table: TableAt | undefined;
  for (let start = 0; start <= text.length; ) {
    const end = lineEnd(text, start);
    const reading = readMarkdownLine(blocks, { text, start, end });
    blocks = reading.blocks;
    const isInFence = reading.role === "inside" || reading.role === "closes";
    const shown = text.slice(start, end);
    // A fence that ends with its list item is closed by a line of its own: what is opened again stands in no list.
    if (open && !isInFence) pieces.push({ text: open.closing, continues: false, before: open, after: undefined });
    const before = isInFence ? open : undefined;
    const isOpening = reading.role === "opens";
    if (reading.role !== "inside") open = blocks.fence && opened(blocks.fence, text.slice(blocks.fence.start, end));
    table = reading.role === "text" ? tableAt(table, shown, { text, next: nextLine(text, end) }) : undefined;
    const row = cut(shown, { maxChars, before, after: open, isOpening });
    const head =
      table?.isBody && row.length === 1 && table.head.length + shown.length < maxChars ? table.head : undefined;
    pieces.push(...(head === undefined ? row : row.map((piece) => ({ ...piece, head }))));
    start = nextLine(text, end);
  }
  return pieces;
}

/** The table that a line stands in. `head`: its first two lines; `isBody`: the line is behind them. */
interface TableAt {
  head: string;
  isBody: boolean;
  isRule: boolean;
}

/** A head longer than this is not repeated. */
const maxHeadChars = 400;

function tableAt(
  before: TableAt | undefined,
  line: string,
  { text, next }: { text: string; next: number },
): TableAt | undefined {
  if (before !== undefined && !before.isBody && !before.isRule) return { ...before, isRule: true };
  if (before !== undefined && isTableRow(line)) return { ...before, isBody: true };
  if (next > text.length || !line.includes("|")) return undefined;
  const rule = text.slice(next, lineEnd(text, next));
  if (!beginsTable(line, rule)) return undefined;
  const head = `${withoutMark(line)}\n${rule}`;
  return head.length > maxHeadChars ? undefined : { head, isBody: false, isRule: false };
}

function cut(
  line: string,
  { maxChars, before, after, isOpening }: Pick<Piece, "before" | "after"> & { maxChars: number; isOpening: boolean },
): Piece[] {
  if (isOpening && line.length > maxChars) return [{ text: after?.reopening ?? "", continues: false, before, after }];
  const pieces: Piece[] = [];
  let rest = line;
  do {
    const at = rest.length <= maxChars ? rest.length : cutAt(rest, maxChars);
    pieces.push({ text: rest.slice(0, at), continues: pieces.length > 0, before, after });
    rest = rest.slice(at);
  } while (rest !== "");
  return pieces;
}

/** After the last space in the second half, else as far as it goes without cutting a character in two. */
function cutAt(line: string, maxChars: number): number {
  const space = line.lastIndexOf(" ", maxChars - 1);
  if (space >= maxChars / 2) return space + 1;
  const code = line.charCodeAt(maxChars - 1);
  return code >= 0xd800 && code <= 0xdbff ? maxChars - 1 : maxChars;
}

/** `line` starts with the markers. */
function opened({ mark, length, containers }: Fence, line: string): OpenFence {
  const marks = String.fromCharCode(mark).repeat(Math.min(length, 12));
  const quotes = "> ".repeat(Math.min(containers.filter(({ kind }) => kind === "quote").length, maxQuotes));
  const indent = containers.reduce((column, container) => (container.kind === "item" ? container.column : column), 0);
  const info = line.slice(length).trim();
  const reopening = quotes + marks + (info.length <= maxInfoChars ? info : "");
  const closing = prefixOf(containers).slice(0, maxPrefixChars) + marks;
  return { closing, reopening, endOfReopened: quotes + marks, indent: quotes === "" ? indent : 0 };
}

/** Prefix of a line in these items and quotes. */
function prefixOf(containers: Fence["containers"]): string {
  return containers.reduce((prefix, one) => (one.kind === "item" ? prefix.padEnd(one.column) : `${prefix}> `), "");
}

function lengthWith(part: readonly Piece[], piece: Piece): number {
  const body = part.reduce((sum, { text, continues }) => sum + text.length + (continues ? 0 : 1), 0);
  const reopening = part[0]?.before ? part[0].before.reopening.length + 1 : 0;
  const head = part[0]?.head === undefined ? 0 : part[0].head.length + 1;
  const closing = piece.after ? closingIn(part[0] ?? piece, piece.after).length + 1 : 0;
  return reopening + head + body + piece.text.length + (piece.continues ? 0 : 1) + closing;
}

/** Pieces behind the last blank line, if what stands before it fills at least half a part. */
function unfinishedParagraph(part: readonly Piece[], maxChars: number): Piece[] {
  const blank = part.findLastIndex(({ text, before, after }) => !before && !after && text.trim() === "");
  if (blank <= 0 || blank === part.length - 1) return [];
  return render(part.slice(0, blank)).length >= maxChars / 2 ? part.slice(blank + 1) : [];
}

function render(part: readonly Piece[]): string {
  const [first] = part;
  const reopened = first?.before;
  const last = part.at(-1);
  let text = reopened ? `${reopened.reopening}\n` : first?.head === undefined ? "" : `${first.head}\n`;
  for (const [index, piece] of part.entries())
    text += (index === 0 || piece.continues ? "" : "\n") + shownIn(reopened, piece);
  return first && last?.after ? `${text}\n${closingIn(first, last.after)}` : text;
}

/** The line that closes `fence` in the part that `first` begins. */
function closingIn(first: Piece, fence: OpenFence): string {
  return first.before === fence ? fence.endOfReopened : fence.closing;
}

/** A line of the fence that the part opened again stands in no list any more. */
function shownIn(reopened: OpenFence | undefined, piece: Piece): string {
  if (reopened === undefined || piece.before !== reopened) return piece.text;
  if (piece.after === undefined) return reopened.endOfReopened;
  return piece.continues ? piece.text : piece.text.slice(indentOf(piece.text, reopened.indent));
}

/** Spaces the line starts with, `most` at most. */
function indentOf(line: string, most: number): number {
  let spaces = 0;
  while (spaces < most && line.charCodeAt(spaces) === 32) spaces++;
  return spaces;
}
