import { z } from "zod";
import { eventSchemas } from "../../src/core/room/event.js";
import { type Node, parseProgram, type SourceFile, walk } from "./ast.js";

/** The text of a string or template, each hole as `{}`. Undefined for any other node. */
function textWithHoles(node: Node): string | undefined {
  if (node.type === "Literal") return typeof node.value === "string" ? node.value : undefined;
  if (node.type !== "TemplateLiteral" || !Array.isArray(node.quasis)) return undefined;
  return node.quasis.map((quasi: { value: { cooked: string } }) => quasi.value.cooked).join("{}");
}

/** Every string and template in the files, each hole as `{}`. */
export function literalsIn(files: readonly SourceFile[]): Set<string> {
  const modules = files.filter(({ path }) => /\.tsx?$/.test(path));
  const literals = modules.flatMap((file) => [...walk(parseProgram(file))].map(textWithHoles));
  return new Set(literals.filter((literal) => literal !== undefined));
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
