import type { Token, Tokens } from "marked";
import type { Alignment, Inline, MarkdownBlock } from "./tree.js";

const maxColumns = 40;
const maxRows = 400;
const drawnLine = /^[ \t]*(?:\|.*\||\+[-=+]*\+)[ \t]*$/;

/** Whether every line draws a part of a box or a table, without being one. */
export function isDrawing(raw: string): boolean {
  return raw
    .replace(/\n+$/, "")
    .split("\n")
    .every((line) => drawnLine.test(line));
}

/** A table; a drawing if a row has more cells than there are columns, which GitHub drops, or if it is too large to lay out. */
export function readTable(token: Tokens.Table, read: (tokens: readonly Token[]) => Inline[]): MarkdownBlock {
  const { align, header, rows, raw } = token;
  const source = raw.trim().split("\n");
  const isTooLarge = header.length > maxColumns || rows.length > maxRows;
  if (isTooLarge || source.slice(2).some((line) => cellsIn(line) > header.length))
    return { kind: "drawing", text: raw.replace(/\n+$/, "") };
  const cells = (row: readonly Tokens.TableCell[]) => row.map(({ tokens }) => read(tokens));
  return { kind: "table", align: align.map(alignment), head: cells(header), rows: rows.map(cells) };
}

function alignment(align: Tokens.Table["align"][number]): Alignment {
  return align ?? undefined;
}

/** The cells of a row, split at bars except escaped ones and those at its ends. */
function cellsIn(line: string): number {
  return line
    .trim()
    .replace(/^\||(?<!\\)\|$/g, "")
    .replaceAll(/\\[\s\S]/g, "")
    .split("|").length;
}
