export const KIB = 1_024;

/** Shapes that are quadratic or worse for parsers that look ahead, look back or start over. */
export const directiveShapes: Record<string, (length: number) => string> = {
  "only white space": repeat(" "),
  "only line breaks": repeat("\n"),
  "only @": repeat("@"),
  "one endless name": (length) => `@${"a".repeat(length)}`,
  "one endless list of names": repeat("@a "),
  "an endless list of different names": (length) => Array.from({ length: length / 8 }, (_, at) => `@n${at}`).join(" "),
  "a name and endless spaces": (length) => `@a${" ".repeat(length)}x`,
  "a name and endless separators": (length) => `@a${" , & and".repeat(length / 8)}`,
  "names that break at the end": repeat("@a's @b "),
  "unclosed wrappers": repeat("**@a `@b "),
  "lines that break late": repeat("   **@abcdefghijklmnopqrstuvwxyz*\n"),
  "one endless run of backticks": repeat("`"),
  "fence lines that do not open": repeat("``` `\n"),
  "fences that open and close": repeat("```\n"),
  "a fence that never closes": (length) => `~~~~\n${"~~~\n".repeat(length / 4)}`,
  "list items that open fences": repeat("- ```\n"),
  "endless list numbers": repeat("123456789"),
  "names inside lines": repeat("ask @a and @coder. "),
  "names of nobody inside lines": repeat("x @nobody "),
  "backticks and names": repeat("`@a` "),
  "a fence that never closes, full of names": (length) => `~~~\n${repeat("@a x\n@x y\n")(length)}`,
  "items in items": repeat("- - - - - - - - - - - - - - - - - - - - @a\n\n"),
  "items in items and blank lines": (length) => `${"- ".repeat(1_000)}x\n${"\n".repeat(length)}`,
  "items in items and lines of spaces": (length) => `${"- ".repeat(1_000)}x\n${" ".repeat(length)}\n`,
  "quotes in quotes": repeat(">"),
  tabs: repeat("\t"),
  "lines of unknown names": repeat("@Override\n"),
  "marks behind a name": (length) => `@a${"!?".repeat(length / 2)}`,
  "emphasis that never ends": repeat("*@a *@b\n"),
  quotes: repeat("> @a x\n"),
  "one body of short lines": (length) => `@a x\n${"y\n".repeat(length / 2)}`,
  "ordinary prose with code": repeat("Some text, *then* `code`.\n- @a item\n```ts\n@x()\n```\n"),
};

/** Shapes of what agents write, and the plainest ones. */
export const usualShapes = [
  "only white space",
  "quotes",
  "one body of short lines",
  "ordinary prose with code",
  "one endless list of names",
];

/** The first `length` characters of `unit` again and again. */
export function repeat(unit: string): (length: number) => string {
  return (length) => unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
}
