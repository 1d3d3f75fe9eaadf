/** Names nobody can take: they mean a group, Parley itself, a platform, or would pass for someone with authority. */
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
const MAX_DISPLAY_LENGTH = 256;
const MAX_SUFFIX = 100_000;

/** Latin letters that NFKD leaves whole. */
const TRANSLITERATIONS: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  ł: "l",
  đ: "d",
  ð: "d",
  þ: "th",
  ħ: "h",
  ŧ: "t",
  ŋ: "n",
  ı: "i",
  ĸ: "k",
  ə: "e",
};

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
 * A legal name for a chat display name: Latin letters without their marks, digits, and `-` for what lies between.
 * `guest` where nothing Latin is left, and where what is left is reserved. It may be taken: see `suggestName`.
 */
export function nameFrom(displayName: string): string {
  const latin = displayName
    .slice(0, MAX_DISPLAY_LENGTH)
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[\p{M}'’ʼ]/gu, "")
    .replace(/[^a-z0-9]/gu, (char) => TRANSLITERATIONS[char] ?? "-");
  const words = latin.split("-").filter((word) => word !== "");
  const joined = words.join("-").replace(/^[0-9-]+/, "");
  return parseName(withoutTrailingHyphen(joined.slice(0, MAX_NAME_LENGTH))) ?? FALLBACK_NAME;
}

/**
 * The first free name of `mia`, `mia-2`, `mia-3` …, never longer than 32 characters.
 * A `wanted` that is not a legal name is first made one with `nameFrom`.
 */
export function suggestName(wanted: string, taken: (name: string) => boolean): string {
  const base = parseName(wanted) ?? nameFrom(wanted);
  if (!taken(base)) return base;
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
