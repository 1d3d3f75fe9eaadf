/** JSON of any shape. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Where a value stands: keys and indexes from the outside in. */
export type Path = readonly (string | number)[];

/** Values that a platform never sends where it sends another, and those that break readers. */
const odd: readonly (() => Json)[] = [
  () => null,
  () => true,
  () => 0,
  () => -1,
  () => 1.5e300,
  () => "",
  () => " ",
  () => "\u0000",
  () => "\ud800",
  () => "\u202e\u200b",
  () => "👩‍👩‍👧",
  () => "9".repeat(40),
  () => "x".repeat(20_000),
  () => "<@U1|`*_~",
  () => "../../etc/passwd",
  () => [],
  () => [null, 7, "x", {}],
  () => ({}),
  () => JSON.parse('{"__proto__": {"text": "x"}, "constructor": 1}'),
  () => deep(100),
];

function deep(levels: number): Json {
  let value: Json = "x";
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { items: value };
  return value;
}

/** Every place of a value, containers included, the whole left out. */
export function pathsOf(value: Json, at: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return at.length === 0 ? [] : [at];
  const entries: [string | number, Json][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  const below = entries.flatMap(([key, inside]) => pathsOf(inside, [...at, key]));
  return at.length === 0 ? below : [at, ...below];
}

/** A copy with one change at a place: another value, nothing, the same twice, or the same under another name. */
export function mutateAt(value: Json, path: Path, random: () => number): Json {
  // Not `structuredClone`: what a sample names twice must change once.
  const copy: Json = JSON.parse(JSON.stringify(value));
  const parent = parentOf(copy, path);
  const key = path.at(-1);
  if (parent === undefined || key === undefined) return copy;
  const way = random();
  if (Array.isArray(parent)) {
    const index = Number(key);
    if (way < 0.2) parent.splice(index, 1);
    else if (way < 0.4) parent.push(...structuredClone(parent));
    else parent[index] = pick(odd, random)();
  } else {
    const name = String(key);
    const before = parent[name] ?? null;
    if (way < 0.2) delete parent[name];
    else if (way < 0.3) {
      delete parent[name];
      parent[`x_${name}`] = before;
    } else if (way < 0.4) parent[name] = [before];
    else parent[name] = pick(odd, random)();
  }
  return copy;
}

function parentOf(value: Json, path: Path): Json[] | { [key: string]: Json } | undefined {
  let at: Json | undefined = value;
  for (const key of path.slice(0, -1)) {
    if (typeof at !== "object" || at === null) return undefined;
    at = Array.isArray(at) ? at[Number(key)] : at[String(key)];
  }
  return typeof at === "object" && at !== null ? at : undefined;
}

/** One of a list. */
export function pick<T>(list: readonly T[], random: () => number): T {
  const found = list[Math.floor(random() * list.length)];
  if (found === undefined) throw new Error("an empty list has nothing to pick");
  return found;
}
