import { isNode, type Node, nameOf, parseProgram, type SourceFile } from "./ast.js";
import { isModule } from "./imports.js";

/** How large one function is. */
export interface FunctionSize {
  /** `src/core/room/fold.ts applyCommit`; an inner function is named after the outer one: `… outer.inner`. */
  name: string;
  line: number;
  /** Lines with code of its own: without inner functions, blank lines and lines that only hold a comment. */
  ownLines: number;
  /** From its first line to its last, inner functions included: the lines a reader has to read. */
  lines: number;
}

/** Maximum lines of its own that a function may have. */
export const maxOwnLines = 60;
/** Maximum lines that a function may span with its inner functions: a factory is one. */
export const maxFunctionLines = 120;

const functionTypes = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);

/** A function with those directly inside it. */
interface FunctionNode {
  node: Node;
  name: string;
  inner: FunctionNode[];
}

function childrenOf(node: Node): Node[] {
  return Object.values(node).flatMap((value) => (Array.isArray(value) ? value : [value]).filter(isNode));
}

/** The name a function is known by: its own, or that of the variable, property or argument it is given to. */
function nameGivenBy(parent: Node, node: Node): string | undefined {
  if (node.type === "FunctionDeclaration" || nameOf(node.id) !== undefined) return nameOf(node.id);
  if (parent.type === "VariableDeclarator") return nameOf(parent.id);
  if (parent.type === "Property" || parent.type === "MethodDefinition" || parent.type === "PropertyDefinition")
    return nameOf(parent.key);
  return parent.type === "AssignmentExpression" ? nameOf(parent.left) : undefined;
}

/** Functions below a node and outside any other function. */
function functionsIn(node: Node): FunctionNode[] {
  return childrenOf(node).flatMap((child) =>
    functionTypes.has(child.type)
      ? [{ node: child, name: nameGivenBy(node, child) ?? "(anonymous)", inner: functionsIn(child) }]
      : functionsIn(child),
  );
}

function hasCode(line: string): boolean {
  return !/^\s*($|\/\/|\/\*|\*)/.test(line);
}

/** The function's text without the functions directly inside it, lines kept apart. */
function ownText({ node, inner }: FunctionNode, text: string): string {
  let at = node.start;
  let own = "";
  for (const { node: one } of inner.toSorted((a, b) => a.node.start - b.node.start)) {
    own += text.slice(at, one.start);
    own += "\n".repeat(text.slice(one.start, one.end).split("\n").length - 1);
    at = one.end;
  }
  return own + text.slice(at, node.end);
}

function sizesOf(found: FunctionNode, { prefix, text }: { prefix: string; text: string }): FunctionSize[] {
  const name = `${prefix}${found.name}`;
  const { start, end } = found.node;
  const size: FunctionSize = {
    name,
    line: text.slice(0, start).split("\n").length,
    ownLines: ownText(found, text).split("\n").filter(hasCode).length,
    lines: text.slice(start, end).split("\n").length,
  };
  return [size, ...found.inner.flatMap((inner) => sizesOf(inner, { prefix: `${name}.`, text }))];
}

/** The size of every function of a module. Throws on text that does not parse. */
export function functionSizes(file: SourceFile): FunctionSize[] {
  const found = functionsIn(parseProgram(file));
  return found.flatMap((one) => sizesOf(one, { prefix: `${file.path} `, text: file.text }));
}

function problemOf({ name, line, ownLines, lines }: FunctionSize): string | undefined {
  if (ownLines > maxOwnLines)
    return `${name} (line ${line}): ${ownLines} lines of its own, at most ${maxOwnLines} are allowed`;
  if (lines <= maxFunctionLines) return undefined;
  return `${name} (line ${line}): ${lines} lines with its inner functions, at most ${maxFunctionLines} are allowed`;
}

/** Functions that are too large without an exception, and exceptions that are no longer needed, a sentence each. */
export function checkFunctionSizes(files: readonly SourceFile[], exceptions: readonly string[]): string[] {
  const large = new Map<string, string>();
  for (const size of files.filter(({ path }) => isModule(path)).flatMap(functionSizes)) {
    const problem = problemOf(size);
    if (problem !== undefined) large.set(size.name, problem);
  }
  const unneeded = exceptions.filter((name) => !large.has(name));
  return [
    ...Array.from(large).flatMap(([name, problem]) => (exceptions.includes(name) ? [] : [problem])),
    ...unneeded.map((name) => `${name}: small enough, or gone: take it off the list of exceptions`),
  ];
}
