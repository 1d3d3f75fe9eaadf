import { type Document, isMap, isScalar, LineCounter, parseDocument } from "yaml";
import { type RuntimeDefinition, runtimeDefinition } from "../../core/roles/runtime-definition.js";

/** A runtime as its file defines it, or the problems of the file, by line from 1. */
export type ParsedRuntime =
  | { kind: "ok"; definition: RuntimeDefinition }
  | { kind: "problems"; problems: { line: number; reason: string }[] };

/** Reads one definition as YAML 1.2. All problems are listed at once. Never throws. */
export function parseRuntime(text: string): ParsedRuntime {
  const lineCounter = new LineCounter();
  const parsed = parseDocument(text, { lineCounter, strict: true, uniqueKeys: true });
  const lineAt = (offset: number | undefined) => lineCounter.linePos(offset ?? 0).line || 1;
  const [error] = parsed.errors;
  if (error) return problems([{ line: lineAt(error.pos[0]), reason: error.message.split("\n")[0] ?? error.message }]);
  const read = runtimeDefinition.safeParse(contentOf(parsed));
  if (read.success) return { kind: "ok", definition: read.data };
  const found = read.error.issues.map(({ path, message }) => ({
    line: lineAt(offsetOf(parsed, path)),
    reason: path.length === 0 ? message : `\`${path.join(".")}\`: ${message}`,
  }));
  return problems(found.toSorted((a, b) => a.line - b.line));
}

function problems(found: { line: number; reason: string }[]): ParsedRuntime {
  return { kind: "problems", problems: found };
}

/** Aliases may not make a small file a large value. */
function contentOf(parsed: Document): unknown {
  try {
    return parsed.toJS({ maxAliasCount: 0 }) ?? {};
  } catch {
    return "aliases";
  }
}

/** Where the deepest part of the path stands that the file has. */
function offsetOf(parsed: Document, path: readonly PropertyKey[]): number | undefined {
  let offset: number | undefined;
  let node: unknown = parsed.contents;
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
      if (!pair) return offset;
      if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else return offset;
  }
  return offset;
}
