import { isNode, literalText, type Node, nameOf, parseProgram, type SourceFile, walk } from "./ast.js";
import { isModule } from "./imports.js";

/** A piece of English in the repository. */
export interface EnglishText {
  /** From the repository root. */
  path: string;
  /** Counted from 1; the first line of a longer piece. */
  line: number;
  text: string;
}

const commentStart = /^\s*(\/\*\*?|\/\/|\{\/\*)\s*(.*)$/;
const trailingComment = /[;,{})\]]\s+\/\/\s(.*)$/;
const toolComment = /^(?:biome-|@ts-|@vitest|<reference|!)/;

/** Comments of a module, each with its lines joined. Comments for tools are left out. */
export function commentsIn({ path, text }: SourceFile): EnglishText[] {
  if (!isModule(path)) return [];
  const lines = text.split("\n");
  const found: EnglishText[] = [];
  for (let at = 0; at < lines.length; ) {
    const parts = commentAt(lines, at);
    const prose = parts.map(withoutMarks).filter(Boolean).join(" ");
    if (prose !== "" && !toolComment.test(prose)) found.push({ path, line: at + 1, text: prose });
    at += Math.max(1, parts.length);
  }
  return found;
}

/** The lines of the comment that begins at a line; none if no comment begins there. */
function commentAt(lines: readonly string[], at: number): string[] {
  const [line = ""] = lines.slice(at);
  const [, mark, first = ""] = commentStart.exec(line) ?? [];
  if (mark === undefined) return [trailingComment.exec(line)?.[1] ?? ""];
  const parts = [first];
  const goesOn = (next: string) => (mark === "//" ? /^\s*\/\//.test(next) : !parts.at(-1)?.includes("*/"));
  for (const next of lines.slice(at + 1)) {
    if (!goesOn(next)) break;
    parts.push(next);
  }
  return parts;
}

const withoutMarks = (line: string): string =>
  line
    .replace(/^\s*(?:\/\/|\*(?!\/))?/, "")
    .replace(/\*\/.*$/, "")
    .trim();

/** Names of the tests of a module, behind the names of the groups around them: `a room > refuses a second name`. */
export function testNamesIn(file: SourceFile): EnglishText[] {
  if (!isModule(file.path)) return [];
  const named = calls(file).flatMap((call) => {
    const root = rootName(call.callee);
    const name = nameIn((call.arguments as unknown[])[0], file.text);
    if (name === undefined || root === undefined || !/^(?:test|describe|needs[A-Z]\w*|withDriver)$/.test(root))
      return [];
    return [{ call, name, isGroup: root !== "test" }];
  });
  return named
    .filter(({ isGroup }) => !isGroup)
    .map(({ call, name }) => {
      const groups = named.filter(
        (group) => group.isGroup && group.call.start < call.start && call.end < group.call.end,
      );
      return { ...placeOf(file, call), text: [...groups.map((group) => group.name), name].join(" > ") };
    });
}

const minWords = 4;

/** Strings, templates and page texts of a module that have at least four words. Holes of a template are `${…}`. */
export function stringsIn(file: SourceFile): EnglishText[] {
  if (!isModule(file.path)) return [];
  return [...walk(parseProgram(file))].flatMap((node) => {
    const text = (nameIn(node, file.text) ?? (node.type === "JSXText" ? String(node.value) : "")).trim();
    const words = text.split(/\s+/).filter((word) => /^[\p{L}'’“”"(),.:;?!-]+$/u.test(word));
    return words.length >= minWords ? [{ ...placeOf(file, node), text: text.replace(/\s+/g, " ") }] : [];
  });
}

function calls(file: SourceFile): Node[] {
  return [...walk(parseProgram(file))].filter(({ type }) => type === "CallExpression");
}

/** `test` of `test.each([…])`. */
function rootName(callee: unknown): string | undefined {
  if (!isNode(callee)) return undefined;
  if (callee.type === "MemberExpression") return rootName(callee.object);
  return callee.type === "CallExpression" ? rootName(callee.callee) : nameOf(callee);
}

function nameIn(value: unknown, source: string): string | undefined {
  if (!isNode(value)) return undefined;
  if (value.type !== "TemplateLiteral") return literalText(value);
  return source.slice(value.start + 1, value.end - 1).replace(/(\$\{)[^}]*(\})/g, "$1…$2");
}

function placeOf({ path, text }: SourceFile, { start }: Node): { path: string; line: number } {
  return { path, line: text.slice(0, start).split("\n").length };
}
