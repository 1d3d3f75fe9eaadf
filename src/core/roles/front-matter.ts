/** Something wrong with a file; `line` counts from 1. */
export interface FrontMatterProblem {
  line: number;
  reason: string;
}

/** Value of a field. */
export type FieldValue =
  | { kind: "text"; text: string }
  | { kind: "list"; items: string[] }
  | { kind: "map"; fields: Map<string, Field> }
  /** The key is there, but its value could not be read; the problem is listed. */
  | { kind: "broken" };

/** A key's value and the line of the key. */
export interface Field {
  line: number;
  value: FieldValue;
}

/** Fields of a file and the text behind them. */
export interface FrontMatter {
  fields: Map<string, Field>;
  /** The text after the closing `---`. */
  content: string;
  /** The line `content` starts on. */
  contentLine: number;
  problems: FrontMatterProblem[];
}

interface Row {
  readonly line: number;
  readonly indent: number;
  readonly text: string;
}

interface Cursor {
  readonly rows: readonly Row[];
  next: number;
  readonly problems: FrontMatterProblem[];
}

const KEY = /^([A-Za-z][A-Za-z0-9_-]*):(?: +(.*))?$/;
const MAX_DEPTH = 1;

/**
 * Reads `---`, fields, `---`. The fields are a subset of YAML, and mean what YAML says they mean, except that every
 * scalar is a string: `key: text`, quoted or not; `key: [a, b]`; a block list; and one level of nested keys.
 * What lies outside the subset (anchors, multi-line text, tabs, flow maps …) is a problem with its line, never a guess.
 */
export function parseFrontMatter(markdown: string): FrontMatter {
  const found = findFrontMatter(markdown);
  if ("reason" in found) return { fields: new Map(), content: "", contentLine: 1, problems: [found] };
  const cursor: Cursor = { rows: toRows(found.head), next: 0, problems: [] };
  const fields = readFields(cursor, { indent: 0, depth: 0 });
  return {
    fields,
    content: found.rest.join("\n"),
    contentLine: found.head.length + 3,
    problems: cursor.problems,
  };
}

/** The lines between `---` and `---`, and those after; a problem where they are not there. */
export function findFrontMatter(markdown: string): { head: string[]; rest: string[] } | FrontMatterProblem {
  const lines = markdown.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
  if (lines[0]?.trimEnd() !== "---") return { line: 1, reason: "the file must start with a line `---`" };
  const close = lines.findIndex((line, at) => at > 0 && line.trimEnd() === "---");
  if (close < 0) return { line: 1, reason: "the front matter has no closing line `---`" };
  return { head: lines.slice(1, close), rest: lines.slice(close + 1) };
}

function toRows(lines: readonly string[]): Row[] {
  return lines
    .map((raw, at) => ({ line: at + 2, indent: raw.length - raw.trimStart().length, text: raw.trim(), raw }))
    .filter(({ text }) => text !== "" && !text.startsWith("#"))
    .map(({ line, indent, text, raw }) => ({ line, indent: raw.slice(0, indent).includes("\t") ? -1 : indent, text }));
}

function readFields(cursor: Cursor, { indent, depth }: { indent: number; depth: number }): Map<string, Field> {
  const fields = new Map<string, Field>();
  for (let row = cursor.rows[cursor.next]; row !== undefined; row = cursor.rows[cursor.next]) {
    if (row.indent >= 0 && row.indent < indent) break;
    cursor.next++;
    const match = KEY.exec(row.text);
    const reason = rowProblem(row, indent, match);
    if (reason !== undefined || match === null) {
      cursor.problems.push({ line: row.line, reason: reason ?? "expected `key: value`" });
      continue;
    }
    const [, key = "", rest = ""] = match;
    const value = rest === "" || rest.startsWith("#") ? readBlock(cursor, row, depth) : readInline(cursor, row, rest);
    if (fields.has(key)) cursor.problems.push({ line: row.line, reason: `\`${key}\` is there twice` });
    else fields.set(key, { line: row.line, value });
  }
  return fields;
}

function rowProblem(row: Row, indent: number, match: RegExpExecArray | null): string | undefined {
  if (row.indent < 0) return "indent with spaces, not with tabs";
  if (row.indent > indent) return "this line is indented but belongs to no key";
  return match === null ? "expected `key: value`" : undefined;
}

/** The list or the nested keys under a key without a value. */
function readBlock(cursor: Cursor, owner: Row, depth: number): FieldValue {
  const first = cursor.rows[cursor.next];
  if (first !== undefined && isItem(first) && first.indent >= owner.indent) return readItems(cursor, first.indent);
  if (first === undefined || first.indent <= owner.indent) {
    const isTabbed = first !== undefined && first.indent < 0;
    if (!isTabbed) cursor.problems.push({ line: owner.line, reason: "this key has no value" });
    return { kind: "broken" };
  }
  if (depth >= MAX_DEPTH) {
    cursor.problems.push({ line: first.line, reason: "keys may be nested one level deep" });
    while ((cursor.rows[cursor.next]?.indent ?? -1) > owner.indent) cursor.next++;
    return { kind: "broken" };
  }
  return { kind: "map", fields: readFields(cursor, { indent: first.indent, depth: depth + 1 }) };
}

function readItems(cursor: Cursor, indent: number): FieldValue {
  const items: string[] = [];
  for (let row = cursor.rows[cursor.next]; row !== undefined; row = cursor.rows[cursor.next]) {
    if (row.indent !== indent || !isItem(row)) break;
    cursor.next++;
    const text = readScalar(cursor, row, row.text.slice(1).trim());
    if (text !== undefined) items.push(text);
  }
  return { kind: "list", items };
}

function isItem({ text }: Row): boolean {
  return text === "-" || text.startsWith("- ");
}

function readInline(cursor: Cursor, row: Row, rest: string): FieldValue {
  if (rest.startsWith("[")) return readFlowList(cursor, row, rest);
  const text = readScalar(cursor, row, rest);
  return text === undefined ? { kind: "broken" } : { kind: "text", text };
}

function readFlowList(cursor: Cursor, row: Row, rest: string): FieldValue {
  const parts = splitFlowList(rest);
  if (parts === undefined) {
    cursor.problems.push({ line: row.line, reason: "a list `[a, b]` must end on the line it starts on" });
    return { kind: "broken" };
  }
  const items: string[] = [];
  for (const part of parts) {
    const isPlain = !/^["']/.test(part);
    if (isPlain && /[[{}]/.test(part)) {
      cursor.problems.push({ line: row.line, reason: `put quotes around \`${part}\`` });
      continue;
    }
    const text = readScalar(cursor, row, part);
    if (text !== undefined) items.push(text);
  }
  return { kind: "list", items };
}

/** The trimmed items of `[a, "b, c"] # comment`; undefined where the list does not end, or something follows it. */
function splitFlowList(rest: string): string[] | undefined {
  const parts: string[] = [];
  let start = 1;
  while (start < rest.length) {
    const end = flowItemEnd(rest, start);
    parts.push(rest.slice(start, end).trim());
    start = end + 1;
    if (rest.charAt(end) === "]") return /^(?: +#.*)?$/.test(rest.slice(start)) ? withoutEmptyTail(parts) : undefined;
  }
  return undefined;
}

/** The index of the `,` or `]` after the item that starts at `start`; the end of the text if the item is the last. */
function flowItemEnd(rest: string, start: number): number {
  let at = start;
  while (rest.charAt(at) === " ") at++;
  const quote = rest.charAt(at);
  if (quote === '"' || quote === "'") {
    const close = rest.indexOf(quote, at + 1);
    if (close === -1) return rest.length;
    at = close + 1;
  }
  while (at < rest.length && rest.charAt(at) !== "," && rest.charAt(at) !== "]") at++;
  return at;
}

/** `[]` has no item, and `[a, ]` has one. */
function withoutEmptyTail(parts: readonly string[]): string[] {
  return parts.at(-1) === "" ? parts.slice(0, -1) : [...parts];
}

function readScalar(cursor: Cursor, row: Row, raw: string): string | undefined {
  const read = parseScalar(raw);
  if (typeof read === "string") return read;
  cursor.problems.push({ line: row.line, reason: read.reason });
  return undefined;
}

function parseScalar(raw: string): string | { reason: string } {
  const quoted = /^(?:"([^"\\]*)"|'([^']*)')(?: +#.*)?$/.exec(raw);
  if (quoted !== null) return quoted[1] ?? quoted[2] ?? "";
  if (/^["']/.test(raw)) return { reason: "a quoted text must end with its quote and hold no quote or backslash" };
  const comment = raw.indexOf(" #");
  const plain = comment === -1 ? raw : raw.slice(0, comment).trimEnd();
  if (plain === "") return { reason: "an item has no value" };
  if (/^[&*!|>%@`{}[\],?#-]/.test(plain))
    return { reason: `put quotes around a text that starts with \`${plain[0]}\`` };
  if (/:(?: |$)/.test(plain)) return { reason: "put quotes around a text with a colon and a space" };
  return plain;
}
