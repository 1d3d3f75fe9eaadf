import { parseAst } from "vitest/node";
import { z } from "zod";
import { eventSchemas } from "../../src/core/room/event.js";
import type { SourceFile } from "./imports.js";

interface Node {
  type: string;
  [field: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";

function* walk(node: Node): Generator<Node> {
  yield node;
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) yield* walk(child);
  }
}

/** The text of a string or template, each hole as `{}`. Undefined for any other node. */
function literalText(node: Node): string | undefined {
  if (node.type === "Literal") return typeof node.value === "string" ? node.value : undefined;
  if (node.type !== "TemplateLiteral" || !Array.isArray(node.quasis)) return undefined;
  return node.quasis.map((quasi: { value: { cooked: string } }) => quasi.value.cooked).join("{}");
}

/** Every string and template in the files, each hole as `{}`. */
export function literalsIn(files: readonly SourceFile[]): Set<string> {
  const found = new Set<string>();
  for (const { path, text } of files) {
    if (!/\.tsx?$/.test(path)) continue;
    const program = parseAst(text, { lang: path.endsWith("x") ? "tsx" : "ts" }, path) as unknown as Node;
    for (const node of walk(program)) {
      const literal = literalText(node);
      if (literal !== undefined) found.add(literal);
    }
  }
  return found;
}

interface JsonSchema {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
}

/** One line a field: its path, its kind, and whether it must be there. */
function fieldLines(path: string, schema: JsonSchema): string[] {
  const variants = schema.anyOf ?? schema.oneOf;
  if (variants) return variants.flatMap((variant) => fieldLines(path, variant));
  if (schema.items) return fieldLines(`${path}[]`, schema.items);
  if (schema.enum) return schema.enum.map((value) => `${path} = ${JSON.stringify(value)}`);
  if ("const" in schema) return [`${path} = ${JSON.stringify(schema.const)}`];
  if (!schema.properties) return [`${path}: ${schema.type ?? "any"}`];
  return Object.entries(schema.properties).flatMap(([name, field]) =>
    fieldLines(`${path}.${name}${schema.required?.includes(name) ? "" : "?"}`, field),
  );
}

/** The fields of every event a room's log may hold, and the values of those that have a closed list. */
export function eventFields(): string[] {
  const lines = Object.entries(eventSchemas).flatMap(([type, schema]) =>
    fieldLines(type, z.toJSONSchema(schema, { unrepresentable: "any" }) as JsonSchema),
  );
  return [...new Set(lines)].sort();
}
