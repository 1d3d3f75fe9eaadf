import type { Token, Tokens } from "marked";
import { decodeEntities } from "./entities.js";
import type { AnyToken } from "./lexer.js";
import { bareAddress, linkTarget } from "./links.js";
import type { Inline } from "./tree.js";

/** Shared by all inlines of a document while they are read. */
export interface InlineReading {
  /** URLs that a link or an image uses, so that their definitions need not be shown as well. */
  usedLinks: Set<string>;
  /** Footnote numbers by label, in the order of the references. */
  notes: Map<string, number>;
  /** Whether `<br>` is a line break: table cells have no other. */
  hasBreaks?: boolean;
}

/** Converts marked's tokens to inlines and merges neighbouring texts. */
export function readInlines(tokens: readonly Token[], reading: InlineReading): Inline[] {
  const inlines: Inline[] = [];
  for (const token of tokens as readonly AnyToken[])
    for (const inline of readInline(token, reading, lastChar(inlines))) push(inlines, inline);
  return inlines;
}

/** Splits a text at the names in it; `before` is the preceding character. */
export function textInlines(text: string, before = ""): Inline[] {
  const inlines: Inline[] = [];
  let from = 0;
  for (const match of text.matchAll(/@([a-z][a-z0-9-]{0,31})(?![\w@-])/gi)) {
    const previous = match.index === 0 ? before : text.charAt(match.index - 1);
    if (/[\w@.]/.test(previous) || match[1] === undefined) continue;
    if (match.index > from) inlines.push({ kind: "text", text: text.slice(from, match.index) });
    inlines.push({ kind: "mention", name: match[1].toLowerCase() });
    from = match.index + match[0].length;
  }
  if (from < text.length) inlines.push({ kind: "text", text: text.slice(from) });
  return inlines;
}

/** The number of a footnote, given by its first reference in the text. */
export function noteNumber(label: string, notes: Map<string, number>): number {
  const number = notes.get(label) ?? notes.size + 1;
  notes.set(label, number);
  return number;
}

function readInline(token: AnyToken, reading: InlineReading, before: string): Inline[] {
  switch (token.type) {
    case "text":
      return token.tokens ? readInlines(token.tokens, reading) : textInlines(decodeEntities(token.raw), before);
    case "escape":
      return [{ kind: "text", text: token.text }];
    case "codespan":
      return [{ kind: "code", text: token.text }];
    case "br":
      return [{ kind: "text", text: "\n" }];
    case "strong":
      return [{ kind: "strong", inlines: readInlines(token.tokens, reading) }];
    case "em":
      return [{ kind: "emphasis", inlines: readInlines(token.tokens, reading) }];
    case "del":
      return [{ kind: "strike", inlines: readInlines(token.tokens, reading) }];
    case "link":
      return token.autolink ? readAddress(token, before) : readLink(token, reading);
    case "image":
      return readLink(token, reading);
    case "html":
      return reading.hasBreaks && /^<br\s*\/?>$/i.test(token.raw)
        ? [{ kind: "text", text: "\n" }]
        : textInlines(token.raw, before);
    case "footnoteRef":
      return [{ kind: "reference", number: noteNumber(token.label, reading.notes) }];
    case "checkbox":
      return [];
    default:
      return textInlines(token.raw, before);
  }
}

/** A link or an image with a label. One without an allowed target is shown as it was written, so that nothing is lost. */
function readLink(token: Tokens.Link | Tokens.Image, reading: InlineReading): Inline[] {
  const { href, title, tokens, raw } = token;
  reading.usedLinks.add(href);
  const target = linkTarget(decodeEntities(href));
  const isInline = raw.endsWith(")");
  if (!target) return [{ kind: "text", text: isInline ? raw : `${raw} (${href})` }];
  const isImage = token.type === "image";
  const inlines = readInlines(tokens, reading).map(withoutLink);
  return [{ kind: "link", isImage, inlines, ...target, title: title ? decodeEntities(title) : "" }];
}

/** A URL in the text, in angle brackets or bare. */
function readAddress({ raw, text }: Tokens.Link, before: string): Inline[] {
  if (raw.startsWith("<")) {
    const target = linkTarget(text);
    return target ? [addressLink(text, target)] : [{ kind: "text", text: raw }];
  }
  const { address, rest } = bareAddress(raw);
  const target = /\w/.test(before) ? undefined : linkTarget(address);
  if (!target) return textInlines(raw, before);
  return [addressLink(address, target), ...textInlines(rest, address.slice(-1))];
}

const addressLink = (text: string, target: { href: string; host: string }): Inline => ({
  kind: "link",
  isImage: false,
  inlines: [{ kind: "text", text }],
  ...target,
  title: "",
});

/** Replaces a link inside a link by its label, so that there is one target. */
function withoutLink(inline: Inline): Inline {
  return inline.kind === "link" ? { kind: "emphasis", inlines: inline.inlines } : inline;
}

function lastChar(inlines: readonly Inline[]): string {
  const last = inlines.at(-1);
  if (last?.kind === "text") return last.text.slice(-1);
  return last?.kind === "mention" ? last.name.slice(-1) : "";
}

function push(inlines: Inline[], inline: Inline): void {
  const last = inlines.at(-1);
  if (last?.kind === "text" && inline.kind === "text")
    inlines[inlines.length - 1] = { kind: "text", text: last.text + inline.text };
  else inlines.push(inline);
}
