/** The signs the CLI draws with. Both sets have the same names, so a text reads the same in either. */
export interface Symbols {
  arrow: string;
  bullet: string;
  gate: string;
  bar: string;
  ellipsis: string;
  ok: string;
  warn: string;
  fail: string;
  off: string;
  again: string;
}

export const unicodeSymbols: Symbols = {
  arrow: "→",
  bullet: "·",
  gate: "◆",
  bar: "│",
  ellipsis: "…",
  ok: "✓",
  warn: "!",
  fail: "✗",
  off: "–",
  again: "↻",
};

export const asciiSymbols: Symbols = {
  arrow: "->",
  bullet: "-",
  gate: "*",
  bar: "|",
  ellipsis: "...",
  ok: "ok",
  warn: "!",
  fail: "x",
  off: "-",
  again: "~",
};

/** Whether the locale of this environment can only show ASCII. No locale at all counts as UTF-8, as terminals are today. */
export function isAsciiLocale(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || "";
  return locale !== "" && !/utf-?8/i.test(locale);
}
