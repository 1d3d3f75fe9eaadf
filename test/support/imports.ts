import { readdirSync, readFileSync } from "node:fs";
import { join, posix, relative, sep } from "node:path";
import { isNode, literalText, type Node, nameOf, parseProgram, type SourceFile, walk } from "./ast.js";

export interface ModuleImport {
  /** Undefined if the module's name is computed and so cannot be checked. */
  specifier: string | undefined;
  typeOnly: boolean;
  line: number;
}

export interface ModuleFacts {
  path: string;
  imports: ModuleImport[];
  /** Lines that read the process's environment. */
  readsEnv: number[];
  /** Lines with a default export. */
  defaultExports: number[];
}

const moduleEnding = /\.[cm]?[jt]sx?$/;

/** Every file below the folders, in a stable order. Folders that are not there hold none. */
export function listSources(root: string, folders: readonly string[]): SourceFile[] {
  const paths = folders.flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }));
  const files = paths.filter((entry) => entry.isFile() && /\.([cm]?[jt]sx?|css|html)$/.test(entry.name));
  return files
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: relative(root, path).split(sep).join("/"), text: readFileSync(path, "utf8") }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

export const isModule = (path: string): boolean => moduleEnding.test(path);

function specifiersOf(node: Node): Node[] {
  return Array.isArray(node.specifiers) ? node.specifiers.filter(isNode) : [];
}

function isTypeOnly(node: Node): boolean {
  if (node.importKind === "type" || node.exportKind === "type") return true;
  const specifiers = specifiersOf(node);
  const isType = (part: Node) => part.importKind === "type" || part.exportKind === "type";
  return specifiers.length > 0 && specifiers.every(isType);
}

/** `require(…)`, `require.resolve(…)` and a name imported as `createRequire` all reach modules unseen. */
function isRequire(node: Node): boolean {
  if (node.type !== "CallExpression" || !isNode(node.callee)) return false;
  const callee = node.callee;
  const target = callee.type === "MemberExpression" ? callee.object : callee;
  return nameOf(target) === "require" || nameOf(target) === "createRequire";
}

function importOf(node: Node): Omit<ModuleImport, "line"> | undefined {
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportAllDeclaration":
      return { specifier: literalText(node.source), typeOnly: isTypeOnly(node) };
    case "ExportNamedDeclaration":
      return node.source ? { specifier: literalText(node.source), typeOnly: isTypeOnly(node) } : undefined;
    case "ImportExpression":
      return { specifier: literalText(node.source), typeOnly: false };
    case "TSImportType":
      return { specifier: literalText(node.source), typeOnly: true };
    case "TSExternalModuleReference":
      return { specifier: literalText(node.expression), typeOnly: false };
    default:
      return isRequire(node) ? { specifier: undefined, typeOnly: false } : undefined;
  }
}

/** Names under which this module holds Node's `process`. */
function processNames(nodes: readonly Node[]): Set<string> {
  const names = new Set(["process"]);
  const fromProcess = nodes.filter((node) => /^(node:)?process$/.test(literalText(node.source) ?? ""));
  for (const part of fromProcess.flatMap(specifiersOf)) {
    const whole = part.type !== "ImportSpecifier" || nameOf(part.imported) === "default";
    const local = nameOf(part.local);
    if (whole && local !== undefined) names.add(local);
  }
  return names;
}

function isProcess(value: unknown, names: ReadonlySet<string>): boolean {
  if (!isNode(value)) return false;
  if (value.type === "Identifier") return names.has(nameOf(value) ?? "");
  return value.type === "MemberExpression" && nameOf(value.property) === "process";
}

function takesEnv(pattern: unknown): boolean {
  if (!isNode(pattern) || !Array.isArray(pattern.properties)) return false;
  return pattern.properties.some((part) => isNode(part) && (part.type === "RestElement" || nameOf(part.key) === "env"));
}

function readsEnv(node: Node, names: ReadonlySet<string>): boolean {
  if (node.type === "MemberExpression") return isProcess(node.object, names) && nameOf(node.property) === "env";
  if (node.type === "VariableDeclarator") return isProcess(node.init, names) && takesEnv(node.id);
  if (node.type !== "ImportDeclaration" && node.type !== "ExportNamedDeclaration") return false;
  if (!/^(node:)?process$/.test(literalText(node.source) ?? "")) return false;
  return specifiersOf(node).some((part) => nameOf(part.imported ?? part.local) === "env");
}

function exportsDefault(node: Node): boolean {
  if (node.type === "ExportDefaultDeclaration" || node.type === "TSExportAssignment") return true;
  if (node.type !== "ExportNamedDeclaration") return false;
  return specifiersOf(node).some((part) => nameOf(part.exported) === "default");
}

/** The imports and other dependencies of one module. Throws on text that does not parse. */
export function readModule({ path, text }: SourceFile): ModuleFacts {
  const nodes = [...walk(parseProgram({ path, text }))];
  const names = processNames(nodes);
  const lineOf = (node: Node) => text.slice(0, node.start).split("\n").length;
  const imports = nodes.flatMap((node) => {
    const found = importOf(node);
    return found ? [{ ...found, line: lineOf(node) }] : [];
  });
  return {
    path,
    imports,
    readsEnv: nodes.filter((node) => readsEnv(node, names)).map(lineOf),
    defaultExports: nodes.filter(exportsDefault).map(lineOf),
  };
}

/** The file that a relative import resolves to, or undefined. */
export function resolveImport(options: { from: string; specifier: string; paths: ReadonlySet<string> }) {
  const target = posix.join(posix.dirname(options.from), options.specifier);
  const written = target.replace(/\.([cm]?)js$/, ".$1ts");
  return [target, written, `${written}x`].find((path) => options.paths.has(path));
}
