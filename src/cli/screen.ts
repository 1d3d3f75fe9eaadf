import type { Writable } from "node:stream";
import { styleText } from "node:util";
import { asciiSymbols, isAsciiLocale, type Symbols, unicodeSymbols } from "./symbols.js";
import { visibleText } from "./visible.js";
import { cutToWidth, textWidth } from "./width.js";
import { type Look, type Span, wrapSpans } from "./wrap.js";

/** A stream that may be a terminal. */
export type TerminalOutput = Writable & { isTTY?: boolean; columns?: number };

/** A piece of a line: plain text, or a span with a look. */
export type Piece = string | Span;

/**
 * Prints for people. Every text, ours or remote, passes `visibleText` here and nowhere else, so nothing that was written by
 * others can reach the terminal as a control sequence.
 */
export interface Screen {
  readonly symbols: Symbols;
  readonly isTerminal: boolean;
  /** Prints a paragraph, wrapped to the width of the terminal; what follows the first line is indented. Pieces may hold line feeds. */
  line(pieces: Piece | readonly Piece[], options?: { indent?: number; hang?: number; bar?: boolean }): void;
  /** The same on standard error, for everything but the answer: hints and errors. */
  note(pieces: Piece | readonly Piece[]): void;
  /** Prints a text from `safeJson` as it is. */
  json(text: string): void;
  /** An open line: later output continues it. */
  open(text: string): void;
  /** Shows one line below everything that moves down as lines are printed; undefined takes it away. Only on a terminal that can. */
  status(pieces: readonly Piece[] | undefined): void;
}

const styles: Record<Exclude<Look, "plain">, Parameters<typeof styleText>[0]> = {
  strong: "bold",
  dim: "gray",
  name: ["bold", "cyan"],
  person: ["bold", "green"],
  gate: ["bold", "magenta"],
  good: "green",
  bad: "red",
  warn: "yellow",
};

export const strong = (text: string): Span => ({ text, look: "strong" });
export const dim = (text: string): Span => ({ text, look: "dim" });
export const styled = (look: Look, text: string): Span => ({ text, look });

const eraseLine = "\r\u001b[2K";
/** Nothing is wrapped wider than this: long lines are hard to read. */
const maxColumns = 120;

interface ScreenOptions {
  stdout: TerminalOutput;
  stderr: TerminalOutput;
  env: Readonly<Record<string, string | undefined>>;
  /** `--no-color`. */
  plain: boolean;
}

export function createScreen({ stdout, stderr, env, plain }: ScreenOptions): Screen {
  const ascii = isAsciiLocale(env);
  const mayControl = (stream: TerminalOutput) => stream.isTTY === true && env.TERM !== "dumb";
  const hasColor = (stream: TerminalOutput) => mayControl(stream) && !plain && !env.NO_COLOR;
  const symbols = ascii ? asciiSymbols : unicodeSymbols;
  let shown: string | undefined;

  function columnsOf(stream: TerminalOutput): number {
    if (stream.isTTY === true) return Math.min(stream.columns || Number(env.COLUMNS) || 80, maxColumns);
    const asked = Number(env.COLUMNS);
    return Number.isInteger(asked) && asked > 0 ? asked : Number.POSITIVE_INFINITY;
  }

  function paint(spans: readonly Span[], stream: TerminalOutput): string {
    const color = hasColor(stream);
    return spans
      .map(({ text, look }) =>
        color && look !== "plain" ? styleText(styles[look], text, { validateStream: false }) : text,
      )
      .join("");
  }

  /** Writes whole lines above the status line. */
  function write(stream: TerminalOutput, text: string): void {
    if (shown !== undefined) stdout.write(eraseLine);
    stream.write(text);
    if (shown !== undefined) stdout.write(shown);
  }

  function print(stream: TerminalOutput, pieces: Piece | readonly Piece[], layout: Layout): void {
    const width = columnsOf(stream) - layout.indent - (layout.bar ? textBar.length : 0);
    const margin = " ".repeat(layout.indent) + (layout.bar ? `${symbols.bar} ` : "");
    const lines = paragraphsOf(pieces, ascii).flatMap((spans) =>
      wrapSpans(spans, { width, hang: layout.hang }).map((line, at) =>
        at === 0 ? line : [hangSpan(layout.hang), ...line],
      ),
    );
    write(stream, lines.map((line) => `${(margin + paint(line, stream)).trimEnd()}\n`).join(""));
  }

  return {
    symbols,
    isTerminal: stdout.isTTY === true,
    line: (pieces, options = {}) => print(stdout, pieces, { indent: 0, hang: 0, bar: false, ...options }),
    note: (pieces) => print(stderr, pieces, { indent: 0, hang: 2, bar: false }),
    json: (text) => void stdout.write(`${text}\n`),
    open: (text) => void stdout.write(visibleText(text, { ascii })),
    status(pieces) {
      if (!mayControl(stdout)) return;
      const line = pieces && cutSpans(pieces, { columns: columnsOf(stdout) - 1, ascii, symbols });
      const next = line && paint(line, stdout);
      if (next === shown) return;
      stdout.write(`${shown === undefined ? "" : eraseLine}${next ?? ""}`);
      shown = next;
    },
  };
}

interface Layout {
  indent: number;
  hang: number;
  bar: boolean;
}

const textBar = "| ";

const hangSpan = (width: number): Span => ({ text: " ".repeat(width), look: "plain" });

function spansOf(pieces: Piece | readonly Piece[], ascii: boolean): Span[] {
  const list: readonly Piece[] = typeof pieces === "string" || "look" in pieces ? [pieces] : pieces;
  return list.map((piece) => {
    const span = typeof piece === "string" ? { text: piece, look: "plain" as const } : piece;
    return { look: span.look, text: visibleText(inLocale(span.text, ascii), { ascii }) };
  });
}

/** Our own typographic signs, for locales without them; other letters are escaped by `visibleText`. */
function inLocale(text: string, ascii: boolean): string {
  if (!ascii) return text;
  return text
    .replace(/[“”]/g, '"')
    .replace(/[‘’]/g, "'")
    .replace(/[–—]/g, "-")
    .replace(/…/g, "...")
    .replace(/→/g, "->");
}

/** One list of spans for each line of the text. */
function paragraphsOf(pieces: Piece | readonly Piece[], ascii: boolean): Span[][] {
  const paragraphs: Span[][] = [[]];
  for (const { text, look } of spansOf(pieces, ascii)) {
    const [first = "", ...rest] = text.split("\n");
    paragraphs.at(-1)?.push({ text: first, look });
    for (const line of rest) paragraphs.push([{ text: line, look }]);
  }
  return paragraphs;
}

function cutSpans(
  pieces: readonly Piece[],
  { columns, ascii, symbols }: { columns: number; ascii: boolean; symbols: Symbols },
): Span[] {
  let left = columns;
  const kept: Span[] = [];
  for (const { text, look } of spansOf(pieces, ascii)) {
    const cut = cutToWidth(text.replaceAll("\n", " "), { width: left, ellipsis: symbols.ellipsis });
    kept.push({ text: cut, look });
    left -= textWidth(cut);
    if (left <= 0) break;
  }
  return kept;
}
