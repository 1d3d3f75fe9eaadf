import { charWidth, textWidth } from "./width.js";

/** How a piece of text looks; `plain` has no style. */
export type Look = "plain" | "strong" | "dim" | "name" | "person" | "gate" | "good" | "bad" | "warn";

/** A piece of text and how it looks. */
export interface Span {
  text: string;
  look: Look;
}

/** Narrower than this nothing is wrapped well; the terminal may cut instead. */
const minColumns = 10;

interface Cell {
  char: string;
  width: number;
  look: Look;
}

/**
 * Breaks one paragraph (no line feeds) into lines of at most `width` columns (`hang` fewer from the second on), at spaces
 * where there are some. Spaces at the start and between words stay; those at a break go. Linear in the length of the text.
 */
export function wrapSpans(spans: readonly Span[], { width, hang = 0 }: { width: number; hang?: number }): Span[][] {
  const total = spans.reduce((sum, span) => sum + textWidth(span.text), 0);
  if (total <= width) return [spans.filter((span) => span.text !== "")];
  let columns = Math.max(width, minColumns);
  const lines: Cell[][] = [];
  let line: Cell[] = [];
  let lineWidth = 0;
  let breakAt = -1;
  for (const cell of cellsOf(spans)) {
    if (lineWidth + cell.width > columns && line.length > 0) {
      if (cell.char === " ") {
        breakAt = line.length;
        continue;
      }
      const rest = breakAt > 0 ? line.splice(breakAt) : [];
      lines.push(withoutTrailingSpaces(line));
      columns = Math.max(width - hang, minColumns);
      line = rest;
      lineWidth = rest.reduce((sum, kept) => sum + kept.width, 0);
      breakAt = -1;
    }
    line.push(cell);
    lineWidth += cell.width;
    if (cell.char === " " && line.some((seen) => seen.char !== " ")) breakAt = line.length;
  }
  lines.push(withoutTrailingSpaces(line));
  return lines.map(joinCells);
}

function cellsOf(spans: readonly Span[]): Cell[] {
  return spans.flatMap(({ text, look }) => Array.from(text, (char) => ({ char, width: charWidth(char), look })));
}

function withoutTrailingSpaces(line: Cell[]): Cell[] {
  let end = line.length;
  while (end > 0 && line[end - 1]?.char === " ") end--;
  return line.slice(0, end);
}

function joinCells(cells: readonly Cell[]): Span[] {
  const spans: Span[] = [];
  for (const { char, look } of cells) {
    const last = spans.at(-1);
    if (last?.look === look) last.text += char;
    else spans.push({ text: char, look });
  }
  return spans;
}
