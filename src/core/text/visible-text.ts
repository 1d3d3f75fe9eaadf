import { isOrdinaryJoiner } from "./joiner.js";

/** Text in which everything can be seen, and pieces of it. Pure. */

/**
 * The one table of hidden characters, for every face: controls, everything Unicode calls a format character (bidi marks, tags, joiners),
 * default ignorables (zero-width, fillers), line and paragraph separators, lone surrogates, and blank Braille, which is drawn as
 * nothing. Without flags but `u`. Line feed and tab are in it: a face keeps them itself where they belong.
 */
export const hiddenCharacter = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;
const everyHidden = new RegExp(hiddenCharacter.source, "gu");

/** Replaces a hidden character if its code does not fit. */
const unnamed = "�";

/** Whether the character `char` at `at` is one a reader would not see: not a line feed, a tab, or a joiner where one belongs. */
export function isHiddenAt(text: string, at: number, char: string): boolean {
  return char !== "\n" && char !== "\t" && hiddenCharacter.test(char) && !isOrdinaryJoiner(text, at);
}

/** The hidden characters of a text and where each begins, in order. A carriage return is one unless a line feed follows it. */
export function hiddenIn(text: string): { char: string; at: number }[] {
  const found: { char: string; at: number }[] = [];
  for (const { 0: char, index: at } of text.matchAll(everyHidden)) {
    if (isHiddenAt(text, at, char) && !(char === "\r" && text[at + 1] === "\n")) found.push({ char, at });
  }
  return found;
}

/** The code point of a character as `U+202E`. */
export function codePointOf(char: string): string {
  return `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/**
 * Text in which everything can be seen: hidden characters stand as `⟨U+202E⟩`, or as `�` where that would need more
 * than `maxChars`. Line feeds and tabs stay, CR LF becomes a line feed, emoji and joined letters keep their joiners and
 * selectors.
 */
export function visible(text: string, maxChars = Number.POSITIVE_INFINITY): string {
  const lines = text.replaceAll("\r\n", "\n");
  if (!hiddenCharacter.test(lines.replace(/[\n\t]/g, ""))) return lines;
  const named = replaceHidden(lines, (char) => `⟨${codePointOf(char)}⟩`);
  return named.length <= maxChars ? named : replaceHidden(lines, () => unnamed);
}

function replaceHidden(text: string, shown: (char: string) => string): string {
  return text.replace(everyHidden, (char, at: number) => (isHiddenAt(text, at, char) ? shown(char) : char));
}

/** One line for a field that is not parsed (a name, a title), at most `maxChars`. */
export function plainLine(text: string, maxChars: number): string {
  const line = visible(text, maxChars).replace(/\s+/g, " ").trim();
  return cut(line, maxChars);
}

/** The text, or its beginning with `…` at the end; no character is cut in half. */
export function cut(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  return `${text.slice(0, maxChars - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** Pieces of at most `maxChars`, at line ends where there are any; joined they are the text. */
export function pieces(text: string, maxChars: number): string[] {
  const found: string[] = [];
  let rest = text;
  while (rest.length > maxChars) {
    const lineEnd = rest.lastIndexOf("\n", maxChars - 1) + 1;
    const half = /[\ud800-\udbff]/.test(rest[maxChars - 1] ?? "") ? maxChars - 1 : maxChars;
    const at = lineEnd > maxChars / 2 ? lineEnd : half;
    found.push(rest.slice(0, at));
    rest = rest.slice(at);
  }
  return [...found, rest];
}
