import type { Json } from "./model.js";

export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const asObject = (value: unknown): Json => (isObject(value) ? value : {});

export const asArray = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const asObjects = (value: unknown): readonly Json[] => asArray(value).filter(isObject);

export const asText = (value: unknown): string => (typeof value === "string" ? value : "");

/** The string at `key`, or undefined. */
export function textAt(value: unknown, key: string): string | undefined {
  const object = asObject(value);
  const found = Object.hasOwn(object, key) ? object[key] : undefined;
  return typeof found === "string" ? found : undefined;
}

/** Parses JSON; anything that is not JSON is undefined. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The object without its undefined members, so that `exactOptionalPropertyTypes` and the wire agree. */
export function compact<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Defined<T>;
}
