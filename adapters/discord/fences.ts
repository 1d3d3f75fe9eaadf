import { lineEnd, nextLine, noBlocks, type OpenBlocks, readMarkdownLine } from "../../src/core/grammar/fence.js";

const ticks = "```";
const maxOwnIndent = 3;
const codeIndent = 4;

interface Line {
  readonly text: string;
  readonly role: "text" | "opens" | "inside" | "closes";
  /** For the first line of a block: the column its code starts at; undefined where the block stays as it is. */
  readonly column?: number | undefined;
  /** It stands in no list item and no quote. */
  readonly isFree: boolean;
}

/**
 * Code blocks in the form that Discord draws: fences of tildes or of more than three backticks become three backticks, an indented block gets a
 * fence, and a block in a list item starts at the margin, because Discord would show the item's indentation as code. What stands in a
 * quote, or holds three backticks itself, stays as it is; so does the code. Pure.
 */
export function withPlainFences(text: string): string {
  const lines = linesOf(text);
  const drawn: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const block = fencedAt(lines, at) ?? indentedAt(lines, at);
    drawn.push(...(block?.lines ?? [lines[at]?.text ?? ""]));
    at = block?.next ?? at + 1;
  }
  return drawn.join("\n");
}

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  let blocks: OpenBlocks = noBlocks;
  for (let start = 0; start <= text.length; ) {
    const end = lineEnd(text, start);
    const { role, blocks: after } = readMarkdownLine(blocks, { text, start, end });
    const line = text.slice(start, end);
    const isFree = blocks.containers.length === 0 && after.containers.length === 0;
    lines.push({ text: line, role, isFree, column: role === "opens" ? columnOf(after, line) : undefined });
    blocks = after;
    start = nextLine(text, end);
  }
  return lines;
}

/** A fence behind an item's own marker, or in a quote, has no margin to be moved to. */
function columnOf({ fence }: OpenBlocks, line: string): number | undefined {
  if (fence === undefined || !/^\s*[`~]/.test(line)) return undefined;
  if (fence.containers.some(({ kind }) => kind === "quote")) return undefined;
  const column = Math.max(0, ...fence.containers.map((one) => (one.kind === "item" ? one.column : 0)));
  const indent = line.replaceAll("\t", "    ").search(/\S/);
  return column + Math.min(maxOwnIndent, Math.max(0, indent - column));
}

interface Redrawn {
  lines: readonly string[];
  next: number;
}

function fencedAt(lines: readonly Line[], at: number): Redrawn | undefined {
  const opening = lines[at];
  if (opening?.role !== "opens") return undefined;
  let end = at + 1;
  while (lines[end]?.role === "inside") end += 1;
  const whole = lines.slice(at, end + 1).map(({ text }) => text);
  const isClosed = lines[end]?.role === "closes";
  const { column } = opening;
  const asItIs = { lines: isClosed ? whole : whole.slice(0, end - at), next: isClosed ? end + 1 : end };
  if (column === undefined || !isClosed) return asItIs;
  const code = whole.slice(1, -1).map((line) => withoutIndent(line, column));
  if (code.some((line) => line.includes(ticks))) return asItIs;
  return { lines: [ticks + languageOf(opening.text), ...code, ticks], next: end + 1 };
}

/** The language alone: Discord would show everything else of that line as code. */
const languageOf = (opening: string): string => /^\s*(?:`+|~+)\s*([a-z0-9_+\-.#]+)(?=\s|$)/i.exec(opening)?.[1] ?? "";

function withoutIndent(line: string, column: number): string {
  let at = 0;
  for (let seen = 0; at < line.length && seen < column; at += 1) {
    if (line[at] === "\t") seen += codeIndent - (seen % codeIndent);
    else if (line[at] === " ") seen += 1;
    else break;
  }
  return line.slice(at);
}

/** Lines indented by four, behind an empty line and outside of lists and quotes (CommonMark 4.4). */
function indentedAt(lines: readonly Line[], at: number): Redrawn | undefined {
  if (!isIndented(lines[at]) || (at > 0 && lines[at - 1]?.text.trim() !== "")) return undefined;
  let end = at + 1;
  for (let next = end; isIndented(lines[next]) || isBlank(lines[next]); next += 1)
    if (isIndented(lines[next])) end = next + 1;
  const code = lines.slice(at, end).map(({ text }) => withoutIndent(text, codeIndent));
  if (code.some((line) => line.includes(ticks))) return undefined;
  return { lines: [ticks, ...code, ticks], next: end };
}

const isBlank = (line: Line | undefined): boolean => line?.role === "text" && line.text.trim() === "";
const isIndented = (line: Line | undefined): boolean =>
  line?.role === "text" && line.isFree && /^(?: {4}| {0,3}\t)\s*\S/.test(line.text);
