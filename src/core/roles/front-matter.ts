/** Something wrong with a file; `line` counts from 1. */
export interface FrontMatterProblem {
  line: number;
  reason: string;
}

/** Value of a field. */
export type FieldValue =
  | { kind: "text"; text: string }
  | { kind: "list"; items: string[] }
  | { kind: "map"; fields: Map<string, Field> }
  /** The key is there, but its value could not be read; the problem is listed. */
  | { kind: "broken" };

/** A key's value and the line of the key. */
export interface Field {
  line: number;
  value: FieldValue;
}

/** Fields of a file and the text behind them. */
export interface FrontMatter {
  fields: Map<string, Field>;
  /** The text after the closing `---`. */
  content: string;
  /** The line `content` starts on. */
  contentLine: number;
  problems: FrontMatterProblem[];
}

/** The lines between `---` and `---`, and those after; a problem where they are not there. */
export function findFrontMatter(markdown: string): { head: string[]; rest: string[] } | FrontMatterProblem {
  const lines = markdown.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
  if (lines[0]?.trimEnd() !== "---") return { line: 1, reason: "the file must start with a line `---`" };
  const close = lines.findIndex((line, at) => at > 0 && line.trimEnd() === "---");
  if (close < 0) return { line: 1, reason: "the front matter has no closing line `---`" };
  return { head: lines.slice(1, close), rest: lines.slice(close + 1) };
}
