import { type Fence, lineEnd, nextLine, openedFence, placeInFence } from "../grammar/fence.js";

/** A line, or a piece of one that is too long for a part. */
interface Piece {
  text: string;
  /** It goes on where the piece before it ended, without a line break. */
  continues: boolean;
  /** The fence it stands in, and the one that is open behind it. */
  before: OpenFence | undefined;
  after: OpenFence | undefined;
}

interface OpenFence {
  fence: Fence;
  closing: string;
  reopening: string;
}

/** Characters kept free for the lines that close and reopen a fence. */
const reservedChars = 64;
const minPartChars = 200;
/** An info string longer than this is not repeated. */
const maxInfoChars = 24;

/**
 * Cuts Markdown into parts of at most `maxChars` (UTF-16 units, at least 200) at paragraphs, else at lines, else at spaces, never inside a
 * surrogate pair. A fence that goes on is closed at the end of its part and opened again, with its info string, in the next.
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
  let open: OpenFence | undefined;
  for (let start = 0; start <= text.length; ) {
    const end = lineEnd(text, start);
    const line = { text, start, end };
    const place = open ? placeInFence(open.fence, line) : "outside";
    const before = place === "outside" ? undefined : open;
    const fence = place === "outside" ? openedFence(line) : undefined;
    const shown = text.slice(start, end);
    // A fence that ends with its list item is closed by a line of its own: what is opened again stands in no list.
    if (open && place === "outside")
      pieces.push({ text: open.closing, continues: false, before: open, after: undefined });
    open = fence ? opened(fence, shown) : place === "inside" ? open : undefined;
    pieces.push(...cut(shown, { maxChars, before, after: open, isOpening: fence !== undefined }));
    start = nextLine(text, end);
  }
  return pieces;
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

function opened(fence: Fence, line: string): OpenFence {
  const marks = String.fromCharCode(fence.mark).repeat(Math.min(fence.length, 12));
  const indent = " ".repeat(Math.min(fence.column, 8));
  const info = line.slice(line.indexOf(marks) + fence.length).trim();
  return { fence, closing: indent + marks, reopening: indent + marks + (info.length <= maxInfoChars ? info : "") };
}

function lengthWith(part: readonly Piece[], piece: Piece): number {
  const body = part.reduce((sum, { text, continues }) => sum + text.length + (continues ? 0 : 1), 0);
  const reopening = part[0]?.before ? part[0].before.reopening.length + 1 : 0;
  const closing = piece.after ? piece.after.closing.length + 1 : 0;
  return reopening + body + piece.text.length + (piece.continues ? 0 : 1) + closing;
}

/** Pieces behind the last blank line, if what stands before it fills at least half a part. */
function unfinishedParagraph(part: readonly Piece[], maxChars: number): Piece[] {
  const blank = part.findLastIndex(({ text, before, after }) => !before && !after && text.trim() === "");
  if (blank <= 0 || blank === part.length - 1) return [];
  return render(part.slice(0, blank)).length >= maxChars / 2 ? part.slice(blank + 1) : [];
}

function render(part: readonly Piece[]): string {
  const [first] = part;
  const last = part.at(-1);
  let text = first?.before ? `${first.before.reopening}\n` : "";
  for (const [index, piece] of part.entries()) text += (index === 0 || piece.continues ? "" : "\n") + piece.text;
  return last?.after ? `${text}\n${last.after.closing}` : text;
}
