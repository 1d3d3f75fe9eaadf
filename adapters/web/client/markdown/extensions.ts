import type { Lexer, Token, TokenizerExtensionFunction, Tokens } from "marked";

/** A footnote's text, from `[^label]: …`. */
export interface FootnoteToken {
  type: "footnote";
  raw: string;
  label: string;
  tokens: Token[];
}

/** A reference to a footnote, `[^label]`. */
export interface FootnoteRefToken {
  type: "footnoteRef";
  raw: string;
  label: string;
}

/** The lexer, with the footnotes found so far. */
type NotedLexer = Lexer & { notes?: Set<string> };
type Extension = (this: { lexer: Lexer }, src: string, tokens: Token[]) => Tokens.Generic | undefined;

const footnoteStart = /^ {0,3}\[\^([^\]\s[]{1,100})\]:[ \t]*/;
const footnoteRef = /^\[\^([^\]\s[]{1,100})\]/;
const maxStartChars = 200;
const maxEmphasisChars = 4_000;
const maxMathChars = 8_000;
const blockMath = [
  /^ {0,3}\$\$((?:(?!\$\$|\n[ \t]*\n)[\s\S])+)\$\$[ \t]*(?:\n+|$)/,
  /^ {0,3}\\\[[ \t]*\n((?:(?!\n[ \t]*\n)[\s\S])+?)\n[ \t]*\\\][ \t]*(?:\n+|$)/,
];

/** A footnote continues with lines of text and indented blocks, until a blank line or the next footnote. */
function footnote(this: { lexer: Lexer }, src: string): Tokens.Generic | undefined {
  const start = footnoteStart.exec(src.slice(0, maxStartChars));
  const label = start?.[1]?.toLowerCase();
  if (!start || label === undefined) return undefined;
  const end = footnoteEnd(src, start[0].length);
  const noted: NotedLexer = this.lexer;
  noted.notes = (noted.notes ?? new Set()).add(label);
  const text = src.slice(start[0].length, end).replaceAll(/^(?: {4}|\t)/gm, "");
  return { type: "footnote", raw: src.slice(0, end), label, tokens: this.lexer.blockTokens(text, []) };
}

/** The index behind the last line of the footnote that starts before `from`. */
function footnoteEnd(src: string, from: number): number {
  let end = lineEnd(src, from);
  let wasBlank = src.slice(from, end).trim() === "";
  while (end < src.length) {
    const next = lineEnd(src, end);
    const line = src.slice(end, next);
    const isBlank = line.trim() === "";
    const goesOn = isBlank || /^(?: {4}|\t)/.test(line) || (!wasBlank && !footnoteStart.test(line));
    if (!goesOn) break;
    wasBlank = isBlank;
    end = next;
  }
  return end;
}

function lineEnd(src: string, from: number): number {
  const at = src.indexOf("\n", from);
  return at < 0 ? src.length : at + 1;
}

/** A reference to a footnote that exists in the text. Inlines are read after all blocks, so every footnote is known by then. */
function footnoteReference(this: { lexer: Lexer }, src: string): Tokens.Generic | undefined {
  const match = src.startsWith("[^") ? footnoteRef.exec(src) : null;
  const label = match?.[1]?.toLowerCase();
  const { notes }: NotedLexer = this.lexer;
  return match && label !== undefined && notes?.has(label) ? { type: "footnoteRef", raw: match[0], label } : undefined;
}

/** A block of mathematics: its backslashes and stars are not Markdown. */
function mathematics(this: unknown, src: string): Tokens.Generic | undefined {
  if (!/^ {0,3}(?:\$\$|\\\[)/.test(src.slice(0, 5))) return undefined;
  const near = src.slice(0, maxMathChars);
  const match = blockMath[0]?.exec(near) ?? blockMath[1]?.exec(near);
  return match?.[1] === undefined ? undefined : { type: "code", raw: match[0], lang: "math", text: match[1].trim() };
}

const asText = (raw: string): Tokens.Generic => ({ type: "text", raw, text: raw, escaped: false });
const before = (tokens: readonly Token[]): string => tokens.at(-1)?.raw.slice(-1) ?? "";

/** Names such as `__init__` are identifiers, not bold words. */
const dunder: Extension = (src, tokens) => {
  const match = src.startsWith("__") ? /^__[a-z][a-z0-9_]{0,60}[a-z0-9]__(?![A-Za-z0-9_])/.exec(src) : null;
  return match && !/\w/.test(before(tokens)) ? asText(match[0]) : undefined;
};

/** A star between letters or digits multiplies: `2*3*4`. */
const product: Extension = (src, tokens) => (/^\*\w/.test(src) && /\w/.test(before(tokens)) ? asText("*") : undefined);

const isPunctuation = (char: string) => /[\p{P}\p{S}]/u.test(char);
const isEastAsian = (char: string) => /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]/u.test(char);

/**
 * Chinese, Japanese and Korean are written without spaces, so `**“重要”**的` is bold although a mark of emphasis next to
 * punctuation has to have a space on its other side (CommonMark 6.2).
 */
const eastAsianEmphasis: Extension = function (src, tokens) {
  const marks = /^\*{1,2}(?=[^\s*])/.exec(src)?.[0];
  if (marks === undefined) return undefined;
  const end = src.slice(0, maxEmphasisChars).indexOf(marks, marks.length);
  const after = src.charAt(end + marks.length);
  if (end < 0 || after === "*") return undefined;
  const inner = src.slice(marks.length, end);
  const opens = isPunctuation(inner.charAt(0)) && isEastAsian(before(tokens));
  const closes = isPunctuation(inner.slice(-1)) && isEastAsian(after);
  if ((!opens && !closes) || inner !== inner.trim() || /`|\n\s*\n/.test(inner)) return undefined;
  const raw = marks + inner + marks;
  return { type: marks === "**" ? "strong" : "em", raw, text: inner, tokens: this.lexer.inlineTokens(inner) };
};

/** Our blocks, tried before those of GitHub's Markdown. */
export const blockExtensions: TokenizerExtensionFunction[] = [footnote, mathematics];

/** Our inlines, tried before those of GitHub's Markdown. */
export const inlineExtensions = [footnoteReference, dunder, product, eastAsianEmphasis] as TokenizerExtensionFunction[];
