/** An open fenced code block (CommonMark 4.5). */
export interface Fence {
  /** The character code of its marker, "`" or "~". */
  readonly mark: number;
  /** How many of them opened it; at least as many close it. */
  readonly length: number;
  /** The column its list item's text starts at; 0 outside a list. A line that starts left of it ends item and fence. */
  readonly column: number;
}

/** A line: `text` is the WHOLE text it lies in; `start` and `end` (its line ending excluded) are indexes into that. */
export interface TextLine {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const SPACE = 32;
const TAB = 9;
const BACKTICK = 96;
const TILDE = 126;
const MIN_FENCE = 3;
const MAX_INDENT = 3;
const MAX_LIST_DIGITS = 9;

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

/** The index of the first character after at most 3 spaces; undefined for a deeper indent (an indented code block). */
export function afterIndent({ text, start, end }: TextLine): number | undefined {
  const at = skipSpaces(text, start, end);
  return at - start > MAX_INDENT ? undefined : at;
}

/** The fence this line opens, if any; also one that follows a list marker on its line. */
export function openedFence(line: TextLine): Fence | undefined {
  const at = afterIndent(line);
  if (at === undefined) return undefined;
  const direct = fenceAt(line, at, 0);
  if (direct !== undefined) return direct;
  const content = afterListMarker(line, at);
  return content === undefined ? undefined : fenceAt(line, content, content - line.start);
}

/** What a line does to an open fence: `inside` keeps it open, `closes` is its last line, `outside` comes after it. */
export function placeInFence(fence: Fence, line: TextLine): "inside" | "closes" | "outside" {
  const { text, start, end } = line;
  const at = skipSpaces(text, start, end);
  if (at === end) return "inside";
  const indent = at - start;
  if (indent < fence.column && text.charCodeAt(at) !== TAB) return "outside";
  if (indent - fence.column > MAX_INDENT) return "inside";
  const runEnd = skipRun(text, at, fence.mark);
  if (runEnd - at < fence.length) return "inside";
  return isBlank(text, runEnd, end) ? "closes" : "inside";
}

function fenceAt({ text, end }: TextLine, at: number, column: number): Fence | undefined {
  const mark = text.charCodeAt(at);
  if (mark !== BACKTICK && mark !== TILDE) return undefined;
  const runEnd = skipRun(text, at, mark);
  if (runEnd - at < MIN_FENCE) return undefined;
  if (mark === BACKTICK && hasCode(text, { from: runEnd, to: end, code: BACKTICK })) return undefined;
  return { mark, length: runEnd - at, column };
}

/** The index of the text after `- `, `* `, `+ `, `1. ` or `1) `; undefined where there is no list marker. */
function afterListMarker({ text, end }: TextLine, at: number): number | undefined {
  const markerEnd = at < end && "-*+".includes(text.charAt(at)) ? at + 1 : afterListNumber(text, at);
  if (markerEnd === undefined) return undefined;
  const content = skipSpaces(text, markerEnd, end);
  const gap = content - markerEnd;
  return gap >= 1 && gap <= MAX_INDENT + 1 ? content : undefined;
}

function afterListNumber(text: string, at: number): number | undefined {
  let digitsEnd = at;
  while (digitsEnd - at < MAX_LIST_DIGITS && isDigit(text.charCodeAt(digitsEnd))) digitsEnd++;
  const delimiter = text.charAt(digitsEnd);
  return digitsEnd > at && (delimiter === "." || delimiter === ")") ? digitsEnd + 1 : undefined;
}

function skipSpaces(text: string, from: number, to: number): number {
  let at = from;
  while (at < to && text.charCodeAt(at) === SPACE) at++;
  return at;
}

function skipRun(text: string, from: number, code: number): number {
  let at = from;
  while (text.charCodeAt(at) === code) at++;
  return at;
}

function hasCode(text: string, { from, to, code }: { from: number; to: number; code: number }): boolean {
  for (let at = from; at < to; at++) if (text.charCodeAt(at) === code) return true;
  return false;
}

function isBlank(text: string, from: number, to: number): boolean {
  let at = from;
  while (at < to && (text.charCodeAt(at) === SPACE || text.charCodeAt(at) === TAB)) at++;
  return at === to;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
