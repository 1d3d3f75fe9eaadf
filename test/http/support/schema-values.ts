import type { JsonSchema } from "../../../src/protocol/schema-names.js";

/** Numbers in [0, 1). */
export type Random = () => number;

/** One of a list that is not empty. */
export function pick<T>(random: Random, list: readonly T[]): T {
  if (list.length === 0) throw new Error("nothing to pick from");
  return list[Math.floor(random() * list.length)] as T;
}

export interface Values {
  /** A value that fits the schema. */
  fitting(schema: JsonSchema): unknown;
  /** A value that most likely does not: of another type, without a member, with one too many, or too long. */
  broken(schema: JsonSchema): unknown;
}

const texts = ["hello", "@coder look", "x", "1", "Zoë", "😀", "  spaced  ", "a-name", "__proto__", "\u202e"];
/** Texts for every pattern of the document; a pattern without one has to be added here. */
const textsOf: Readonly<Record<string, readonly string[]>> = {
  "^[^\\p{Cc}\\p{Zl}\\p{Zp}]*$": ["hello", "x", "Zoë", "main", "acme/widgets"],
  "^[0-9a-f]{64}$": ["0".repeat(64), "f".repeat(64)],
  "^\\d{1,15}$": ["0", "1", "7"],
  "^\\d{1,15}(\\.\\d{1,6})?$": ["0", "3", "2.0", "9.1"],
  "^[\\x21-\\x7e]{1,200}$": ["key-1", "key-2", "~"],
};

/** Makes values from the schemas of the document; `schemas` are its components. */
export function createValues(schemas: Readonly<Record<string, JsonSchema>>, random: Random): Values {
  const chance = (share: number) => random() < share;

  function resolved(schema: JsonSchema): JsonSchema {
    const name = typeof schema.$ref === "string" ? schema.$ref.split("/").at(-1) : undefined;
    return name === undefined ? schema : (schemas[name] ?? {});
  }

  function fitting(given: JsonSchema): unknown {
    const schema = resolved(given);
    const choices = (schema.anyOf ?? schema.oneOf) as JsonSchema[] | undefined;
    if (choices) return fitting(pick(random, choices));
    if ("const" in schema) return schema.const;
    if (Array.isArray(schema.enum)) return pick(random, schema.enum);
    if (schema.type === "string") return textFor(schema);
    if (schema.type === "integer" || schema.type === "number") return numberFor(schema);
    if (schema.type === "boolean") return chance(0.5);
    if (schema.type === "array") return listFor(schema);
    if (schema.type === "object") return objectFor(schema);
    return pick(random, [null, 1, "any", { a: [1] }]);
  }

  function textFor({ pattern, maxLength }: JsonSchema): string {
    const known = pattern === undefined ? texts : textsOf[String(pattern)];
    if (!known) throw new Error(`no text is known for the pattern ${String(pattern)}`);
    return pick(random, known).slice(0, Number(maxLength ?? 100));
  }

  function numberFor({ minimum, exclusiveMinimum, maximum }: JsonSchema): number {
    const least = Number(minimum ?? exclusiveMinimum ?? 0) + (exclusiveMinimum === undefined ? 0 : 1);
    return Math.min(least + Math.floor(random() * 5), Number(maximum ?? Number.MAX_SAFE_INTEGER));
  }

  function listFor({ items, minItems }: JsonSchema): unknown[] {
    const length = Math.max(Number(minItems ?? 0), Math.floor(random() * 3));
    return Array.from({ length }, () => fitting((items ?? {}) as JsonSchema));
  }

  function objectFor({ properties = {}, required = [], additionalProperties }: JsonSchema): Record<string, unknown> {
    const members = Object.entries(properties as Record<string, JsonSchema>);
    const wanted = members.filter(([name]) => (required as string[]).includes(name) || chance(0.4));
    const made = Object.fromEntries(wanted.map(([name, schema]) => [name, fitting(schema)]));
    if (typeof additionalProperties === "object" && additionalProperties !== null && chance(0.5))
      made[pick(random, ["which", "why"])] = fitting(additionalProperties as JsonSchema);
    return made;
  }

  function broken(schema: JsonSchema): unknown {
    const value = fitting(schema);
    if (typeof value !== "object" || value === null || chance(0.2))
      return pick(random, [null, 7, -1, 1.5, "x".repeat(5_000), [], [[]], true]);
    const members = Object.keys(value);
    const [name] = members.length > 0 ? [pick(random, members)] : [];
    if (name === undefined || chance(0.3)) return { ...value, unknown: 1 };
    if (chance(0.3)) return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
    return { ...value, [name]: pick(random, [null, 7.5, -3, {}, [[1]], "y".repeat(40_000), { a: { b: 1 } }]) };
  }

  return { fitting, broken };
}
