import { parseAst } from "vitest/node";

export interface SourceFile {
  /** From the repository root, with forward slashes: `src/core/room/event.ts`. */
  path: string;
  text: string;
}

/** One node of the syntax tree, in ESTree's terms. */
export interface Node {
  type: string;
  /** Offsets in the text; `end` is behind the last character. */
  start: number;
  end: number;
  [field: string]: unknown;
}

/** The syntax tree of a module. Throws on text that does not parse. */
export function parseProgram({ path, text }: SourceFile): Node {
  const program: unknown = parseAst(text, { lang: path.endsWith("x") ? "tsx" : "ts" }, path);
  if (!isNode(program)) throw new Error(`${path}: the parser gave no program`);
  return program;
}

/** Whether a field of a node is a node itself. */
export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** The node and everything below it, parents first. */
export function* walk(node: Node): Generator<Node> {
  yield node;
  for (const value of Object.values(node)) {
    const children = Array.isArray(value) ? value : [value];
    for (const child of children) if (isNode(child)) yield* walk(child);
  }
}

/** The text of a string or of a template without holes, else undefined. */
export function literalText(value: unknown): string | undefined {
  if (!isNode(value)) return undefined;
  if (value.type === "Literal" && typeof value.value === "string") return value.value;
  if (value.type !== "TemplateLiteral") return undefined;
  const quasis = value.quasis;
  if (!Array.isArray(quasis) || quasis.length !== 1 || !isNode(quasis[0])) return undefined;
  const cooked = quasis[0].value;
  return typeof cooked === "object" && cooked !== null && "cooked" in cooked ? String(cooked.cooked) : undefined;
}

/** The name of an identifier, or the text of a literal in its place. */
export function nameOf(value: unknown): string | undefined {
  if (!isNode(value)) return undefined;
  return typeof value.name === "string" ? value.name : literalText(value);
}
