import type { Blocked } from "../kit/gateway/wire.js";

/** A parsed JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** False for lists and null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The entry of a table, never one that every object inherits. */
export function ownValue<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** A text as it is, anything else as JSON. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
}

/** The first problem in a list; a value that is not a list is a problem too. */
export function firstIn(list: unknown, find: (one: unknown) => Blocked | undefined): Blocked | undefined {
  if (!Array.isArray(list)) return { what: "value where a list belongs", name: asText(list) };
  for (const one of list) {
    const problem = find(one);
    if (problem) return problem;
  }
  return undefined;
}

/** The first member that is on none of the lists. */
export function foreignMember(object: JsonObject, ...lists: readonly (readonly string[])[]): string | undefined {
  return Object.keys(object).find((name) => !lists.some((list) => list.includes(name)));
}
