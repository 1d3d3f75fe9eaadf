import { type Inline, parseInlines } from "./markdown-inline.js";

/** The Markdown a message body may use. HTML is not supported: everything else is text. */
export type MarkdownBlock =
  | { kind: "paragraph"; inlines: Inline[] }
  | { kind: "heading"; inlines: Inline[] }
  | { kind: "quote"; inlines: Inline[] }
  | { kind: "code"; language: string; text: string }
  | { kind: "table"; head: Inline[][]; rows: Inline[][][] }
  /** Lines that draw a table but are none, or one too large; shown as they are written. */
  | { kind: "drawing"; text: string }
  | { kind: "list"; items: ListItem[] };

export interface ListItem {
  /** 0 to 3. */
  depth: number;
  /** Its number; undefined for a bullet. */
  number?: number;
  inlines: Inline[];
}

interface Cursor {
  lines: readonly string[];
  at: number;
}

type Reader = (cursor: Cursor) => MarkdownBlock | undefined;

const fenceStart = /^ {0,3}(`{3,}|~{3,})\s*([^`\s]{0,32})[^`]*$/;
const listItem = /^( {0,12})(?:[-*+]|(\d{1,9})[.)])\s+(.*)$/;
const headingLine = /^ {0,3}#{1,6}\s+(.*)$/;
const quoteLine = /^ {0,3}>\s?(.*)$/;
const tableLine = /^\s*\|.*\|\s*$/;
const tableRule = /^\s*\|(?:\s*:?-+:?\s*\|)+\s*$/;
const maxDepth = 3;
const maxColumns = 12;
const maxRows = 100;

/** Reads a body as a small part of Markdown. Linear in the text; never fails. */
export function parseMarkdown(text: string): MarkdownBlock[] {
  const cursor: Cursor = { lines: text.replaceAll("\r\n", "\n").split("\n"), at: 0 };
  const blocks: MarkdownBlock[] = [];
  while (cursor.at < cursor.lines.length) {
    if (lineAt(cursor).trim() === "") {
      cursor.at += 1;
      continue;
    }
    blocks.push(readSpecial(cursor) ?? readParagraph(cursor));
  }
  return blocks;
}

function lineAt(cursor: Cursor): string {
  return cursor.lines[cursor.at] ?? "";
}

const specials: readonly Reader[] = [readFence, readHeading, readQuote, readList, readTable];

function readSpecial(cursor: Cursor): MarkdownBlock | undefined {
  for (const read of specials) {
    const block = read(cursor);
    if (block) return block;
  }
  return undefined;
}

function startsSpecial(line: string): boolean {
  return (
    fenceStart.test(line) ||
    headingLine.test(line) ||
    quoteLine.test(line) ||
    listItem.test(line) ||
    tableLine.test(line)
  );
}

/** An unclosed fence extends to the end. */
function readFence(cursor: Cursor): MarkdownBlock | undefined {
  const open = fenceStart.exec(lineAt(cursor));
  if (!open?.[1]) return undefined;
  const fence = open[1];
  const body: string[] = [];
  cursor.at += 1;
  while (cursor.at < cursor.lines.length) {
    const line = lineAt(cursor);
    cursor.at += 1;
    if (closes(line, fence)) break;
    body.push(line);
  }
  return { kind: "code", language: (open[2] ?? "").toLowerCase(), text: body.join("\n") };
}

function closes(line: string, fence: string): boolean {
  const text = line.trim();
  return text.length >= fence.length && line.search(/\S/) <= 3 && text === fence.charAt(0).repeat(text.length);
}

function readHeading(cursor: Cursor): MarkdownBlock | undefined {
  const match = headingLine.exec(lineAt(cursor));
  if (match?.[1] === undefined) return undefined;
  cursor.at += 1;
  return { kind: "heading", inlines: parseInlines(match[1]) };
}

function readQuote(cursor: Cursor): MarkdownBlock | undefined {
  const lines = takeWhile(cursor, (line) => quoteLine.exec(line)?.[1]);
  return lines.length === 0 ? undefined : { kind: "quote", inlines: parseInlines(lines.join("\n")) };
}

function readTable(cursor: Cursor): MarkdownBlock | undefined {
  const lines = takeWhile(cursor, (line) => (tableLine.test(line) ? line : undefined));
  if (lines.length === 0) return undefined;
  return tableOf(lines) ?? { kind: "drawing", text: lines.join("\n") };
}

/** No cell may be lost: a row with more cells than the header ends the table. */
function tableOf([head, rule, ...lines]: readonly string[]): MarkdownBlock | undefined {
  if (head === undefined || rule === undefined || !tableRule.test(rule) || lines.length > maxRows) return undefined;
  const columns = cellsOf(head);
  const rows = lines.map(cellsOf);
  if (columns.length > maxColumns || cellsOf(rule).length !== columns.length) return undefined;
  if (rows.some((cells) => cells.length > columns.length)) return undefined;
  const parsed = (cells: readonly string[]) => cells.map((cell) => parseInlines(cell));
  return { kind: "table", head: parsed(columns), rows: rows.map(parsed) };
}

function cellsOf(line: string): string[] {
  return line
    .trim()
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function readList(cursor: Cursor): MarkdownBlock | undefined {
  const first = listItem.exec(lineAt(cursor));
  if (!first) return undefined;
  const ordered = first[2] !== undefined;
  const items: RawItem[] = [];
  while (cursor.at < cursor.lines.length && readItem(cursor, items, ordered)) cursor.at += 1;
  return { kind: "list", items: items.map(({ text, ...item }) => ({ ...item, inlines: parseInlines(text) })) };
}

interface RawItem {
  depth: number;
  number?: number;
  text: string;
}

/** One more line of the list: an item of the same kind, any indented item, or an indented continuation line. */
function readItem(cursor: Cursor, items: RawItem[], ordered: boolean): boolean {
  const line = lineAt(cursor);
  const match = listItem.exec(line);
  const indent = match?.[1]?.length ?? 0;
  if (match && (indent >= 2 || (match[2] !== undefined) === ordered)) {
    const number = match[2] === undefined ? {} : { number: Number(match[2]) };
    items.push({ depth: Math.min(maxDepth, Math.floor(indent / 2)), ...number, text: withBox(match[3] ?? "") });
    return true;
  }
  const last = items.at(-1);
  if (match || !last || !/^\s{2,}\S/.test(line) || fenceStart.test(line)) return false;
  last.text += `\n${line.trim()}`;
  return true;
}

/** Draws the check boxes of a task list. */
function withBox(text: string): string {
  return text.replace(/^\[ \](?=\s)/, "☐").replace(/^\[[xX]\](?=\s)/, "☑");
}

function readParagraph(cursor: Cursor): MarkdownBlock {
  const lines = [lineAt(cursor)];
  cursor.at += 1;
  while (cursor.at < cursor.lines.length) {
    const line = lineAt(cursor);
    if (line.trim() === "" || startsSpecial(line)) break;
    lines.push(line);
    cursor.at += 1;
  }
  return { kind: "paragraph", inlines: parseInlines(lines.join("\n")) };
}

function takeWhile(cursor: Cursor, read: (line: string) => string | undefined): string[] {
  const lines: string[] = [];
  while (cursor.at < cursor.lines.length) {
    const text = read(lineAt(cursor));
    if (text === undefined) break;
    lines.push(text);
    cursor.at += 1;
  }
  return lines;
}
