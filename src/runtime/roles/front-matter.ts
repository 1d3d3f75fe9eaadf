import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { type Field, type FieldValue, type FrontMatter, findFrontMatter } from "../../core/roles/front-matter.js";

/** Reads the fields of a file's front matter as YAML 1.2: texts, lists and maps, also block scalars (`|`, `>`) and colons in quoted values. Never throws. */
export function parseFrontMatter(markdown: string): FrontMatter {
  const found = findFrontMatter(markdown);
  if ("reason" in found) return { fields: new Map(), content: "", contentLine: 1, problems: [found] };
  const { head, rest } = found;
  const [content, contentLine] = [rest.join("\n"), head.length + 3];
  const lineCounter = new LineCounter();
  const parsed = parseDocument(head.join("\n"), { lineCounter, strict: true, uniqueKeys: true });
  // The first line of the fields is the second one of the file.
  const lineAt = (offset: number | undefined) => lineCounter.linePos(offset ?? 0).line + 1;
  // What follows the first error of the syntax may follow from it.
  const problems = parsed.errors
    .slice(0, 1)
    .map(({ message, pos }) => ({ line: lineAt(pos[0]), reason: firstSentence(message) }));
  if (problems.length > 0) return { fields: new Map(), content, contentLine, problems };
  const reader = { parsed, lineAt, problems };
  const fields = parsed.contents === null ? new Map<string, Field>() : fieldsOf(parsed.contents, reader);
  return { fields: fields ?? new Map(), content, contentLine, problems };
}

interface Reader {
  parsed: Document;
  lineAt: (offset: number | undefined) => number;
  problems: { line: number; reason: string }[];
}

function fieldsOf(node: unknown, reader: Reader): Map<string, Field> | undefined {
  if (!isMap(node)) {
    reader.problems.push({ line: lineOf(node, reader), reason: "expected keys with values, such as `name: coder`" });
    return undefined;
  }
  const fields = new Map<string, Field>();
  for (const { key, value } of node.items) {
    const name = isScalar(key) ? String(key.value) : "";
    fields.set(name, { line: lineOf(key, reader), value: fieldValueOf(value, { reader, line: lineOf(key, reader) }) });
  }
  return fields;
}

function fieldValueOf(node: unknown, { reader, line }: { reader: Reader; line: number }): FieldValue {
  if (isMap(node)) {
    const fields = fieldsOf(node, reader);
    return fields ? { kind: "map", fields } : { kind: "broken" };
  }
  if (isSeq(node)) {
    const items = node.items.map((item) => textOf(item));
    if (items.every((item) => item !== undefined)) return { kind: "list", items };
    return broken(reader, { line, reason: "a list may hold texts only" });
  }
  const text = textOf(node);
  return text === undefined
    ? broken(reader, { line, reason: "a value is missing, or is an alias" })
    : { kind: "text", text };
}

function broken(reader: Reader, problem: { line: number; reason: string }): FieldValue {
  reader.problems.push(problem);
  return { kind: "broken" };
}

/** A scalar as it is written, so that `yes` and `1.0` stay texts; undefined for anything else, null included. */
function textOf(node: unknown): string | undefined {
  if (!isScalar(node) || node.value === null || node.value === undefined) return undefined;
  return typeof node.value === "string" ? node.value : (node.source ?? String(node.value));
}

function lineOf(node: unknown, { lineAt }: Reader): number {
  return lineAt((node as Node | null | undefined)?.range?.[0]);
}

function firstSentence(message: string): string {
  return (message.split("\n")[0] ?? message).replace(/ at line \d+, column \d+:?$/, "");
}
