import type { Token, Tokens } from "marked";
import { isDrawing, readTable } from "./blocks.js";
import { type InlineReading, noteNumber, readInlines, textInlines } from "./inlines.js";
import { type AnyToken, type FootnoteToken, lexMarkdown } from "./lexer.js";
import type { Alert, Inline, ListItem, MarkdownBlock, MarkdownDocument } from "./tree.js";

/** The parts of a document that are found anywhere in it and shown at its end. */
interface Reading extends InlineReading {
  definitions: Tokens.Def[];
  footnotes: Map<string, FootnoteToken>;
}

const alertLine = /^\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\][ \t]*(?:\n|$)/i;

/**
 * Reads a text as GitHub's Markdown. HTML is shown as text. Never fails: parts nested deeper or marked up more than the lexer
 * allows stay as they were written, and `isCut` is true. Takes linear time within those bounds.
 */
export function readMarkdown(text: string): MarkdownDocument {
  const { tokens, isCut } = lexMarkdown(text);
  const reading: Reading = { usedLinks: new Set(), notes: new Map(), definitions: [], footnotes: new Map() };
  const blocks = readBlocks(tokens, reading);
  const footnotes = readFootnotes(reading);
  const unused = reading.definitions.filter(({ href }) => !reading.usedLinks.has(href));
  for (const { raw } of unused) blocks.push({ kind: "paragraph", inlines: textInlines(raw.trim()) });
  return { blocks: [...blocks, ...footnotes], isCut };
}

function readBlocks(tokens: readonly Token[], reading: Reading): MarkdownBlock[] {
  return (tokens as readonly AnyToken[]).flatMap((token) => readBlock(token, reading) ?? []);
}

function readBlock(token: AnyToken, reading: Reading): MarkdownBlock | undefined {
  switch (token.type) {
    case "paragraph":
    case "text":
      return readParagraph(token, reading);
    case "heading":
      return { kind: "heading", level: token.depth, inlines: readInlines(token.tokens, reading) };
    case "code":
      return readCode(token);
    case "blockquote":
      return readQuote(token, reading);
    case "list":
      return readList(token, reading);
    case "table":
      return readTable(token, (tokens) => readInlines(tokens, { ...reading, hasBreaks: true }));
    case "hr":
      return { kind: "rule" };
    case "html":
    case "asWritten":
      return { kind: "paragraph", inlines: textInlines(token.raw.replace(/\n+$/, "")) };
    case "def":
      reading.definitions.push(token);
      return undefined;
    case "footnote":
      if (!reading.footnotes.has(token.label)) reading.footnotes.set(token.label, token);
      return undefined;
    default:
      return undefined;
  }
}

function readParagraph(token: Tokens.Paragraph | Tokens.Text, reading: Reading): MarkdownBlock {
  if (isDrawing(token.raw)) return { kind: "drawing", text: token.raw.replace(/\n+$/, "") };
  const inlines = token.tokens ? readInlines(token.tokens, reading) : textInlines(token.raw);
  return { kind: "paragraph", inlines };
}

/**
 * The lexer keeps the last line break after a blank line, and removes it elsewhere. It takes the indentation of a fence of backticks from the lines in it,
 * but not that of a fence of tildes.
 */
function readCode({ raw, text, lang = "" }: Tokens.Code): MarkdownBlock {
  const info = lang.trim();
  const [language = ""] = info.split(/[\s,{]/, 1);
  const indent = /^( {1,3})~~~/.exec(raw)?.[1]?.length;
  const code = indent === undefined ? text : text.replace(new RegExp(`^ {1,${indent}}`, "gm"), "");
  return { kind: "code", language: language.toLowerCase(), info, text: code.replace(/\n$/, "") };
}

function readQuote({ tokens }: Tokens.Blockquote, reading: Reading): MarkdownBlock {
  const blocks = readBlocks(tokens, reading);
  const [first, ...rest] = blocks;
  if (first?.kind !== "paragraph" || first.inlines[0]?.kind !== "text") return { kind: "quote", blocks };
  const match = alertLine.exec(first.inlines[0].text);
  if (!match?.[1]) return { kind: "quote", blocks };
  const inlines = cutStart(first.inlines, match[0].length);
  const alert = match[1].toLowerCase() as Alert;
  return { kind: "alert", alert, blocks: inlines.length === 0 ? rest : [{ ...first, inlines }, ...rest] };
}

function readList({ ordered, start, loose, items }: Tokens.List, reading: Reading): MarkdownBlock {
  return {
    kind: "list",
    start: ordered ? Number(start) : undefined,
    isLoose: loose,
    items: items.map((item) => readItem(item, reading)),
  };
}

function readItem({ tokens, task, checked }: Tokens.ListItem, reading: Reading): ListItem {
  return { blocks: readBlocks(tokens, reading), ...(task && { isDone: checked === true }) };
}

/** Each footnote once, in the order of the references. Footnotes without a reference come last, so that nothing is lost. */
function readFootnotes(reading: Reading): MarkdownBlock[] {
  const notes = [...reading.footnotes].map(([label, { tokens }]) => ({ label, blocks: readBlocks(tokens, reading) }));
  if (notes.length === 0) return [];
  const numbered = notes.map(({ label, blocks }) => ({ number: noteNumber(label, reading.notes), blocks }));
  return [{ kind: "footnotes", notes: numbered.toSorted((a, b) => a.number - b.number) }];
}

/** The inlines without the first `length` characters of their first text, and without the line break behind them. */
function cutStart([first, ...rest]: readonly Inline[], length: number): Inline[] {
  if (first?.kind !== "text") return rest;
  const text = first.text.slice(length);
  return text === "" ? rest : [{ kind: "text", text }, ...rest];
}

/** The plain text of inlines. */
export function inlineText(inlines: readonly Inline[]): string {
  return inlines
    .map((inline) => {
      if ("inlines" in inline) return inlineText(inline.inlines);
      if (inline.kind === "mention") return `@${inline.name}`;
      return inline.kind === "reference" ? String(inline.number) : inline.text;
    })
    .join("");
}
