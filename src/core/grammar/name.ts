/** Reserved names: they mean a group, Parley itself, a platform, or would pass for a person with authority. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  "room",
  "all",
  "everyone",
  "here",
  "channel",
  "system",
  "parley",
  "router",
  "gate",
  "human",
  "humans",
  "admin",
  "owner",
  "bot",
  "slack",
  "discord",
  "claude",
  "anthropic",
  "me",
  "you",
  "none",
  "null",
]);

/** Characters in a name, at most. */
export const MAX_NAME_LENGTH = 32;

const FALLBACK_NAME = "guest";
const MAX_SUFFIX = 100_000;

/**
 * True for `[a-z][a-z0-9-]{0,31}` in any case. ASCII is checked before lower-casing, because
 * lower-casing turns the Kelvin sign into `k` and would let a look-alike through.
 */
export function hasNameSyntax(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9-]{0,31}$/.test(text);
}

/** The name in `text`, lower-cased; undefined where it is not a legal name or is reserved. */
export function parseName(text: string): string | undefined {
  if (!hasNameSyntax(text)) return undefined;
  const name = text.toLowerCase();
  return RESERVED_NAMES.has(name) ? undefined : name;
}

/**
 * The first free name of `mia`, `mia-2`, `mia-3` …, never longer than 32 characters. A reserved name counts as taken: `admin-2`.
 * A `wanted` without the syntax of a name becomes `guest`: what a display name asks for is derived where people come in.
 */
export function suggestName(wanted: string, taken: (name: string) => boolean): string {
  const base = hasNameSyntax(wanted) ? wanted.toLowerCase() : FALLBACK_NAME;
  if (!RESERVED_NAMES.has(base) && !taken(base)) return base;
  for (let number = 2; number <= MAX_SUFFIX; number++) {
    const suffix = `-${number}`;
    const name = withoutTrailingHyphen(base.slice(0, MAX_NAME_LENGTH - suffix.length)) + suffix;
    if (!taken(name)) return name;
  }
  throw new Error(`No free name was found for "${base}" in ${MAX_SUFFIX} tries: taken() says yes to everything.`);
}

function withoutTrailingHyphen(text: string): string {
  return text.replace(/-{1,32}$/, "");
}
