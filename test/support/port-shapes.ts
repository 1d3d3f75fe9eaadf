import { parseAst } from "vitest/node";
import type { SourceFile } from "./ast.js";

/** Maximum methods that one port may have. */
export const maxPortMethods = 6;

/** The declarations of a file of `src/ports`. */
export interface PortShape {
  path: string;
  /** Exports that are left after compilation and are not error classes, such as `function settle`. */
  values: string[];
  /** Exported interfaces with methods, and how many each has. */
  ports: { name: string; methods: number }[];
}

interface Node {
  type: string;
  [field: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";

const nodesOf = (value: unknown): Node[] => (Array.isArray(value) ? value.filter(isNode) : []);

const nameOf = (value: unknown): string => (isNode(value) && typeof value.name === "string" ? value.name : "?");

/** Reads the exports of one file of `src/ports`. */
export function readPortShape({ path, text }: SourceFile): PortShape {
  const { body } = parseAst(text, { lang: "ts" }) as unknown as Node;
  const exported = nodesOf(body).filter(({ type }) => type.startsWith("Export"));
  return {
    path,
    values: exported.flatMap(valuesOf),
    ports: exported.flatMap(({ declaration }) => portOf(declaration)),
  };
}

/** The error classes of the ports are the one kind of value that adapters and runtime share: `instanceof` needs it. */
function valuesOf(node: Node): string[] {
  const { declaration } = node;
  if (node.type === "ExportAllDeclaration") return node.exportKind === "type" ? [] : ["export *"];
  if (node.type === "ExportDefaultDeclaration") return ["export default"];
  if (!isNode(declaration)) {
    const values = nodesOf(node.specifiers).filter(({ exportKind }) => exportKind !== "type");
    return node.exportKind === "type" ? [] : values.map(({ exported }) => `export { ${nameOf(exported)} }`);
  }
  switch (declaration.type) {
    case "TSInterfaceDeclaration":
    case "TSTypeAliasDeclaration":
      return [];
    case "ClassDeclaration":
      return nameOf(declaration.superClass) === "Error" ? [] : [`class ${nameOf(declaration.id)}`];
    case "FunctionDeclaration":
      return [`function ${nameOf(declaration.id)}`];
    case "VariableDeclaration":
      return nodesOf(declaration.declarations).map(({ id }) => `const ${nameOf(id)}`);
    default:
      return [`${declaration.type} ${nameOf(declaration.id)}`];
  }
}

function portOf(declaration: unknown): PortShape["ports"] {
  if (!isNode(declaration) || declaration.type !== "TSInterfaceDeclaration" || !isNode(declaration.body)) return [];
  const methods = nodesOf(declaration.body.body).filter(({ type }) => type === "TSMethodSignature").length;
  return methods === 0 ? [] : [{ name: nameOf(declaration.id), methods }];
}

/** Everything that breaks "types alone, one port per file, at most six methods", one sentence per problem. */
export function portProblems({ path, values, ports }: PortShape): string[] {
  const names = ports.map(({ name }) => name).join(", ");
  return [
    ...values.map((value) => `${path}: exports ${value}: a port holds types and error classes alone`),
    ...(ports.length > 1 ? [`${path}: holds ${ports.length} ports (${names})`] : []),
    ...ports
      .filter(({ methods }) => methods > maxPortMethods)
      .map(({ name, methods }) => `${path}: ${name} has ${methods} methods`),
  ];
}
