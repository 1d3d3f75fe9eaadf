import { lineEnd, nextLine, noBlocks, type OpenBlocks, readMarkdownLine } from "../../src/core/grammar/fence.js";
import { displayWidth } from "../../src/core/text/display-width.js";
import { changeOutsideCode, codeStretches, type Stretch } from "../../src/core/text/outside-code.js";
import { alignmentsOf, beginsTable, cellsOf, isTableRow, prefixOf } from "../../src/core/text/table.js";
import { discordCode } from "./code.js";
import { withPlainFences } from "./fences.js";

/**
 * Markdown as agents write it, in the part of it that Discord draws (https://support.discord.com/hc/en-us/articles/210298617):
 * tables as aligned code, headings of level 4 to 6 bold, underlined headings with marks, task boxes and rules as characters,
 * `||` as two bars, bold by underscores with stars. Code stays as it is. Pure.
 */
export function drawable(text: string): string {
  const lines = linesOf(withPlainFences(text));
  const drawn: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at];
    const next = lines[at + 1];
    if (line === undefined) break;
    if (line.isCode) drawn.push(line.text);
    else if (next !== undefined && !next.isCode && beginsTable(line.text, next.text)) {
      const rows = rowsBehind(lines, at + 2);
      drawn.push(...drawTable(line.text, next.text, rows));
      at += 1 + rows.length;
    } else if (isUnderlined(line.text, next, lines[at - 1])) {
      drawn.push(`${next?.text.trim().startsWith("=") ? "#" : "##"} ${line.text.trim()}`);
      at += 1;
    } else drawn.push(drawLine(line.text));
  }
  return showMarks(drawn.join("\n"));
}

interface Line {
  readonly text: string;
  /** It stands in a fence, or opens or closes one. */
  readonly isCode: boolean;
}

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  let blocks: OpenBlocks = noBlocks;
  for (let start = 0; start <= text.length; ) {
    const end = lineEnd(text, start);
    const reading = readMarkdownLine(blocks, { text, start, end });
    blocks = reading.blocks;
    lines.push({ text: text.slice(start, end), isCode: reading.role !== "text" });
    start = nextLine(text, end);
  }
  return lines;
}

function rowsBehind(lines: readonly Line[], from: number): string[] {
  const rows: string[] = [];
  for (const line of lines.slice(from)) {
    if (line.isCode || !isTableRow(line.text)) break;
    rows.push(line.text);
  }
  return rows;
}

const gap = "  ";

/** As code: Discord draws no tables, and code has letters of one width. */
function drawTable(head: string, rule: string, rows: readonly string[]): string[] {
  const before = prefixOf(head).includes(">") ? prefixOf(head) : "";
  const columns = cellsOf(rule).length;
  const cells = [head, ...rows].map((row) => {
    const read = cellsOf(row).map(plainCell);
    return Array.from({ length: columns }, (_, at) => read[at] ?? "");
  });
  const widths = Array.from({ length: columns }, (_, at) =>
    Math.max(1, ...cells.map((row) => displayWidth(row[at] ?? ""))),
  );
  const alignments = alignmentsOf(rule);
  const draw = (row: readonly string[]): string =>
    row
      .map((cell, at) => padded(cell, widths[at] ?? 0, alignments[at]))
      .join(gap)
      .trimEnd();
  const [first = [], ...others] = cells;
  const lines = [draw(first), widths.map((width) => "─".repeat(width)).join(gap), ...others.map(draw)];
  return ["```", ...lines, "```"].map((line) => before + line);
}

function padded(cell: string, width: number, alignment: "left" | "right" | "centre" = "left"): string {
  const spare = Math.max(0, width - displayWidth(cell));
  const left = alignment === "right" ? spare : alignment === "centre" ? Math.floor(spare / 2) : 0;
  return " ".repeat(left) + cell + " ".repeat(spare - left);
}

/** A cell without the marks that mean nothing in code. */
const plainCell = (cell: string): string =>
  cell
    .replace(/<br *\/?>/gi, " ")
    .replace(/\*\*([^*]+)\*\*/g, "$1")
    .replace(/(`+)([^`]+)\1/g, "$2")
    .replace(/`{3,}/g, "''");

const deepHeading = /^([ \t>]*)#{4,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$/;
const closedHeading = /^([ \t>]*#{1,3}[ \t]+.*\S)[ \t]+#+[ \t]*$/;
const task = /^([ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+)\[([ xX])\](?=[ \t])/;
const horizontalRule = /^[ \t]{0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const callout = /^([ \t]*>[ \t]*)\[!(note|tip|important|warning|caution)\][ \t]*$/i;

function drawLine(line: string): string {
  const heading = deepHeading.exec(line);
  if (heading !== null) return heading[2] === "" ? (heading[1] ?? "") : `${heading[1]}**${bare(heading[2] ?? "")}**`;
  if (line.length < 200 && horizontalRule.test(line)) return "─".repeat(20);
  return line
    .replace(closedHeading, "$1")
    .replace(/(?<!\\)\\$/, "")
    .replace(/^([ \t>]*)\+(?=[ \t]+\S)/, "$1-")
    .replace(/^([ \t]*>)$/, "$1 ")
    .replace(task, (_, before: string, mark: string) => `${before}${mark === " " ? "☐" : "☑"}`)
    .replace(callout, (_, before: string, kind: string) => `${before}**${kind.toUpperCase()}**`);
}

/** Bold in bold would end it. */
const bare = (text: string): string => text.replace(/\*\*/g, "");

/** A heading by its underline; three dashes under a list, a quote or a table are none. */
function isUnderlined(line: string, next: Line | undefined, before: Line | undefined): boolean {
  if (next === undefined || next.isCode || line.length > 200) return false;
  const isFirst = before === undefined || before.isCode || before.text.trim() === "";
  return (
    isFirst &&
    /^[ ]{0,3}(?:=+|-{2,})[ \t]*$/.test(next.text) &&
    /^[ ]{0,3}[\p{L}\p{N}"'(*_`]/u.test(line) &&
    !/^[ ]{0,3}(?:[-*+]|\d{1,9}[.)])[ \t]/.test(line)
  );
}

/** Two bars would hide, and two underscores underline. What Markdown or Discord reads as code stays as it is. */
function showMarks(text: string): string {
  const code = [...codeStretches(text), ...discordCode(text), ...fenceLines(text)].toSorted(
    (a, b) => a.start - b.start,
  );
  return changeOutsideCode(text, united(code), (part) =>
    part.replace(/(?<!\\)\|\|/g, "\\|\\|").replace(underlined, boldOf),
  );
}

/** An address, or text between two pairs of underscores. */
const underlined = /https?:\/\/\S+|(?<![\w\\])__(?=[^\s_])([^_\n]*(?:_[^_\n]+)*)(?<=\S)__(?!\w)/g;

/** Bold in Markdown; a single word is rather a name such as `__init__`, which stays what it is. */
function boldOf(found: string, inside: string | undefined): string {
  if (inside === undefined || inside === "") return found;
  return /^\w+$/.test(inside) ? `\\_\\_${inside}\\_\\_` : `**${inside}**`;
}

/** Each line that stands in a fence, also in one without an end or in a quote. */
function fenceLines(text: string): Stretch[] {
  let start = 0;
  return linesOf(text).flatMap((line) => {
    const stretch = { start, end: start + line.text.length };
    start = nextLine(text, stretch.end);
    return line.isCode ? [stretch] : [];
  });
}

/** Stretches in order, without overlap. */
function united(sorted: readonly Stretch[]): Stretch[] {
  const found: Stretch[] = [];
  for (const one of sorted) {
    const last = found.at(-1);
    if (last === undefined || one.start > last.end) found.push(one);
    else if (one.end > last.end) found.splice(-1, 1, { start: last.start, end: one.end });
  }
  return found;
}
