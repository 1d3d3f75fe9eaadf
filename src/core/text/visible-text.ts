import { isOrdinaryJoiner } from "./joiner.js";

/** Text in which everything can be seen, and pieces of it. Pure. */

/** Controls, format characters (bidi marks, tags, joiners), default ignorables, odd line ends, halves of characters. */
const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const hiddenAll = new RegExp(hidden.source, "gu");

/** What stands for a hidden character where its code does not fit. */
const unnamed = "�";

/**
 * Text in which everything can be seen: hidden characters stand as `⟨U+202E⟩`, or as `�` where that would need more
 * than `maxChars`. Line feeds and tabs stay, CR LF becomes a line feed, emoji and joined letters keep their joiners and
 * selectors.
 */
export function visible(text: string, maxChars = Number.POSITIVE_INFINITY): string {
  const lines = text.replace(/\r\n?/g, "\n");
  if (!hidden.test(lines.replace(/[\n\t]/g, ""))) return lines;
  const named = replaceHidden(lines, (char) => `⟨U+${code(char)}⟩`);
  return named.length <= maxChars ? named : replaceHidden(lines, () => unnamed);
}

const code = (char: string): string => (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");

function replaceHidden(text: string, shown: (char: string) => string): string {
  return text.replace(hiddenAll, (char, at: number) => {
    if (char === "\n" || char === "\t" || isOrdinaryJoiner(text, at)) return char;
    return shown(char);
  });
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
