import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { asArray, asText, parseJson } from "./json.js";

/** Records of one kind by key, in insertion order. */
export interface Collection<T> {
  get(key: string): T | undefined;
  put(key: string, value: T): void;
  remove(key: string): void;
  values(): T[];
}

export interface Store {
  collection<T>(name: string): Collection<T>;
  /** Called after each change, with the name of its collection. Returns a function that stops listening. */
  onChange(listener: (collection: string) => void): () => void;
  /** Nothing is written after this, as after kill -9. */
  freeze(): void;
}

/**
 * Collections in memory with a journal of one JSON line a change: `[collection, key, value | null]`.
 * A change is in the file before the call returns, so what an API call answered survives kill -9;
 * a line torn by it is passed over when the file is read again.
 *
 * @param path the journal; without it nothing is kept.
 */
export function createStore(path?: string): Store {
  const collections = new Map<string, Map<string, unknown>>();
  const listeners = new Set<(collection: string) => void>();
  const records = (name: string): Map<string, unknown> => {
    const found = collections.get(name) ?? new Map<string, unknown>();
    collections.set(name, found);
    return found;
  };
  let frozen = false;
  if (path !== undefined) load(path, records);
  if (path !== undefined) rewrite(path, collections);

  const change = (name: string, key: string, value: unknown): void => {
    if (frozen) return;
    if (value === null) records(name).delete(key);
    else records(name).set(key, value);
    if (path !== undefined) appendFileSync(path, `${JSON.stringify([name, key, value])}\n`);
    for (const listener of listeners) listener(name);
  };

  return {
    collection: <T>(name: string): Collection<T> => ({
      get: (key) => records(name).get(key) as T | undefined,
      put: (key, value) => change(name, key, value),
      remove: (key) => change(name, key, null),
      values: () => [...records(name).values()] as T[],
    }),
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    freeze: () => {
      frozen = true;
    },
  };
}

function load(path: string, records: (name: string) => Map<string, unknown>): void {
  if (!existsSync(path)) return;
  for (const line of readFileSync(path, "utf8").split("\n")) {
    const [name, key, value] = asArray(parseJson(line));
    if (name === undefined || key === undefined) continue;
    if (value === null) records(asText(name)).delete(asText(key));
    else records(asText(name)).set(asText(key), value);
  }
}

function rewrite(path: string, collections: Map<string, Map<string, unknown>>): void {
  const lines = [...collections].flatMap(([name, all]) =>
    [...all].map(([key, value]) => `${JSON.stringify([name, key, value])}\n`),
  );
  writeFileSync(`${path}.new`, lines.join(""));
  renameSync(`${path}.new`, path);
}
