import anyAscii from "any-ascii";
import { MAX_NAME_LENGTH, suggestName } from "../../core/grammar/name.js";

/** Code points of a display name that are read, at most. */
const maxDisplayChars = 256;
/** A cut at a hyphen keeps at least this many characters; otherwise the name is cut in the middle of a word. */
const minCutChars = 16;

/** Dropped, so that the letters around it stay one word: apostrophes, and joiners that are not visible. */
const dropped = /^['’ʼ\p{Cf}]$/u;
const writing = /^[\p{L}\p{M}\p{N}]$/u;
/** Scripts in which one character is one syllable: they get a hyphen on both sides. */
const syllable = /^[\p{Script=Han}\u{AC00}-\u{D7A3}]$/u;

/**
 * The name for `@` that a display name in any script asks for: `[a-z][a-z0-9-]{0,31}`, transliterated letter by letter. Han and Hangul get
 * a hyphen between syllables (李雷 → `li-lei`). Letters the table does not know become their code points (`u17000`), and `guest` comes back
 * only where the text holds no letter. The result may be reserved or taken: pass it to `suggestName`, or use `nameFrom`.
 * At most 256 code points are read; a long name is cut at a hyphen where one leaves 16 characters.
 */
export function wantedName(displayName: string): string {
  const chars = [...displayName.slice(0, 2 * maxDisplayChars).normalize("NFC")].slice(0, maxDisplayChars);
  const words = chars.map(asciiOf).join("").split("-");
  const name = words
    .filter((word) => word !== "")
    .join("-")
    .replace(/^[0-9-]+/, "");
  return cut(name) || cut(codePoints(chars)) || "guest";
}

/** A legal name that is not reserved, for a display name in any script; it may be taken. See `wantedName`. */
export function nameFrom(displayName: string): string {
  return suggestName(wantedName(displayName), () => false);
}

function asciiOf(char: string): string {
  if (dropped.test(char)) return "";
  if (!writing.test(char)) return "-";
  // The table spells some letters with signs of its own, such as "-" for the long vowel of kana.
  const ascii = anyAscii(char)
    .toLowerCase()
    .replace(/[^a-z0-9\s]/g, "")
    .replace(/\s+/g, "-");
  return syllable.test(char) ? `-${ascii}-` : ascii;
}

function codePoints(chars: readonly string[]): string {
  const letters = chars.filter((char) => /^\p{L}$/u.test(char));
  return letters.map((char) => `u${char.codePointAt(0)?.toString(16)}`).join("-");
}

function cut(name: string): string {
  if (name.length <= MAX_NAME_LENGTH) return name;
  const hyphen = name.lastIndexOf("-", MAX_NAME_LENGTH);
  return name.slice(0, hyphen >= minCutChars ? hyphen : MAX_NAME_LENGTH);
}
