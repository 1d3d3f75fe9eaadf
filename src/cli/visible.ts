import { hiddenCharacter, isHiddenAt } from "../core/text/visible-text.js";

/** Hidden characters, which could also steer a terminal, and piles of marks. */
const suspicious = new RegExp(`(?:${hiddenCharacter.source}|\\p{M}{5})`, "u");
/** Marks on one letter that are drawn; more would climb over the lines above. */
const maxMarks = 4;
const mark = /\p{M}/u;
const tabWidth = 4;

/** One character as text that can be read and does nothing: `\x1b`, `\u{202e}`. */
function escaped(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
}

/**
 * The text with nothing in it that a terminal obeys or a reader cannot see: such characters stand as escapes. Line feeds
 * stay; CR LF is a line feed; a tab is 4 spaces. With `ascii` everything outside ASCII is escaped too, for in such a
 * locale the bytes of a harmless letter may be a control character.
 */
export function visibleText(text: string, { ascii = false } = {}): string {
  const lines = text.replace(/\r\n/g, "\n").replace(/\t/g, " ".repeat(tabWidth));
  if (ascii) return lines.replace(/[^\n -~]/gu, escaped);
  return suspicious.test(lines.replaceAll("\n", "")) ? escapeHidden(lines) : lines;
}

function escapeHidden(text: string): string {
  let at = 0;
  let marks = 0;
  let result = "";
  for (const char of text) {
    marks = mark.test(char) ? marks + 1 : 0;
    result += !isHiddenAt(text, at, char) && marks <= maxMarks ? char : escaped(char);
    at += char.length;
  }
  return result;
}

/** Whether a reader would miss something of it if it were printed as it is. */
export function hasHidden(text: string): boolean {
  return visibleText(text) !== text.replace(/\r\n/g, "\n").replace(/\t/g, " ".repeat(tabWidth));
}

const unsafeInJson = new RegExp(`(?!\\n)${hiddenCharacter.source}`, "gu");

/** Escapes terminal control characters in JSON text, as JSON. The value stays the same: such characters occur only inside strings. */
export function safeJsonText(json: string): string {
  return json.replace(unsafeInJson, (char) =>
    Array.from({ length: char.length }, (_, at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, "0")}`).join(""),
  );
}

/** One line of JSON that is safe to print anywhere. */
export function safeJson(value: unknown): string {
  return safeJsonText(JSON.stringify(value));
}
