import { outsideCode } from "./mrkdwn.js";
import { anchor, escapeHtml, withEmoji } from "./render-text.js";

/**
 * The Markdown of a `markdown` block as HTML. Slack names what it draws (https://docs.slack.dev/reference/block-kit/blocks/markdown-block):
 * headings, lists, tasks, quotes, rules, tables, code, links and the inline marks; how they nest is CommonMark's.
 */
export function renderMarkdown(text: string): string {
  const html = blocks(text.replaceAll("\u0000", "").replaceAll("\t", "    ").split("\n"));
  return outsideCode(html, withEmoji);
}

const fenceLine = /^ {0,3}(`{3,}|~{3,})([^`]*|.*(?=~).*)$/;
const headingLine = /^ {0,3}(#{1,6}) +(.*?)(?: +#+)? *$/;
const ruleLine = /^ {0,3}(?:(?:- *){3,}|(?:\* *){3,}|(?:_ *){3,})$/;
const quoteLine = /^ {0,3}> ?/;
const itemLine = /^( {0,3})([-*+]|\d{1,9}[.)])( +|$)(.*)$/;
const tableRule = /^ {0,3}\|?(?: *:?-+:? *\|)+(?: *:?-+:? *)?\|? *$/;

/** Lines as HTML, block by block. */
function blocks(lines: readonly string[]): string {
  const parts: string[] = [];
  let paragraph: string[] = [];
  const flush = () => {
    if (paragraph.length > 0) parts.push(`${inline(paragraph.join("\n"))}<br>`);
    paragraph = [];
  };
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? "";
    const underline = paragraph.length > 0 && /^ {0,3}(=+|-+) *$/.test(line);
    const found = underline ? undefined : blockAt(lines, at, paragraph.length > 0);
    if (underline) {
      parts.push(`<h4>${inline(paragraph.join("\n"))}</h4>`);
      paragraph = [];
    }
    if (found !== undefined) {
      flush();
      parts.push(found.html);
    } else if (!underline) {
      if (line.trim() === "") flush();
      else paragraph.push(line.trimStart());
    }
    at = found?.next ?? at + 1;
  }
  flush();
  return parts.join("").replace(/<br>$/, "");
}

interface Block {
  html: string;
  /** Line behind it. */
  next: number;
}

function blockAt(lines: readonly string[], at: number, isInParagraph: boolean): Block | undefined {
  const line = lines[at] ?? "";
  const heading = headingLine.exec(line);
  if (heading !== null) return { html: `<h4>${inline(heading[2] ?? "")}</h4>`, next: at + 1 };
  if (fenceLine.test(line)) return fence(lines, at);
  if (ruleLine.test(line)) return { html: "<hr>", next: at + 1 };
  if (line.includes("|") && tableRule.test(lines[at + 1] ?? "")) return table(lines, at);
  if (quoteLine.test(line)) return quote(lines, at);
  if (itemLine.test(line)) return list(lines, at);
  return !isInParagraph && /^ {4}\s*\S/.test(line) ? indented(lines, at) : undefined;
}

function fence(lines: readonly string[], at: number): Block {
  const opening = lines[at] ?? "";
  const indent = /^ */.exec(opening)?.[0].length ?? 0;
  const mark = fenceLine.exec(opening)?.[1] ?? "```";
  const closing = new RegExp(`^ {0,3}${mark[0]}{${mark.length},} *$`);
  let end = at + 1;
  while (end < lines.length && !closing.test(lines[end] ?? "")) end += 1;
  const code = lines.slice(at + 1, end).map((line) => line.replace(new RegExp(`^ {0,${indent}}`), ""));
  return { html: `<pre>${escapeHtml(code.join("\n"))}</pre>`, next: end + 1 };
}

function indented(lines: readonly string[], at: number): Block {
  let end = at;
  while (end < lines.length && /^(?: {4}|\s*$)/.test(lines[end] ?? "")) end += 1;
  const code = lines.slice(at, end).map((line) => line.slice(4));
  return { html: `<pre>${escapeHtml(code.join("\n").replace(/\s+$/, ""))}</pre>`, next: end };
}

function quote(lines: readonly string[], at: number): Block {
  let end = at;
  while (end < lines.length && quoteLine.test(lines[end] ?? "")) end += 1;
  return {
    html: `<blockquote>${blocks(lines.slice(at, end).map((line) => line.replace(quoteLine, "")))}</blockquote>`,
    next: end,
  };
}

/** A list with its items; lines behind a marker belong to it while they are indented as far as its text. */
function list(lines: readonly string[], from: number): Block {
  const first = itemLine.exec(lines[from] ?? "");
  const isOrdered = /\d/.test(first?.[2] ?? "");
  const items: string[] = [];
  let at = from;
  for (
    let item = first;
    item !== null && /\d/.test(item[2] ?? "") === isOrdered;
    item = itemLine.exec(lines[at] ?? "")
  ) {
    const [, before = "", marker = "", space = "", rest = ""] = item;
    const width = before.length + marker.length + Math.min(Math.max(space.length, 1), 4);
    let end = at + 1;
    while (end < lines.length && belongs(lines, end, width)) end += 1;
    const inside = [rest, ...lines.slice(at + 1, end).map((line) => line.slice(Math.min(width, line.search(/\S|$/))))];
    items.push(`<li>${blocks(withTask(inside))}</li>`);
    at = end;
    while ((lines[at] ?? "x").trim() === "" && itemLine.test(lines[at + 1] ?? "")) at += 1;
  }
  const start = isOrdered ? Number.parseInt(first?.[2] ?? "1", 10) : 1;
  const tag = isOrdered ? "ol" : "ul";
  return { html: `<${tag}${start === 1 ? "" : ` start="${start}"`}>${items.join("")}</${tag}>`, next: at };
}

function belongs(lines: readonly string[], at: number, width: number): boolean {
  const line = lines[at] ?? "";
  if (line.trim() === "") return /^ /.test(lines[at + 1] ?? "") && belongs(lines, at + 1, width);
  if (line.search(/\S/) >= width) return true;
  return line.search(/\S/) > 0 && !itemLine.test(line) && (lines[at - 1] ?? "").trim() !== "";
}

const withTask = ([first = "", ...rest]: readonly string[]): string[] => [
  first.replace(/^\[([ xX])\] /, (_, mark: string) => (mark === " " ? "☐ " : "☑ ")),
  ...rest,
];

function table(lines: readonly string[], at: number): Block {
  let end = at + 2;
  while (end < lines.length && (lines[end] ?? "").includes("|")) end += 1;
  const row = (line: string, tag: string): string =>
    `<tr>${cells(line)
      .map((cell) => `<${tag}>${inline(cell)}</${tag}>`)
      .join("")}</tr>`;
  const body = lines.slice(at + 2, end).map((line) => row(line, "td"));
  return { html: `<table>${row(lines[at] ?? "", "th")}${body.join("")}</table>`, next: end };
}

const cells = (line: string): string[] =>
  line
    .trim()
    .replace(/^\|/, "")
    .replace(/(?<!\\)\|$/, "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll("\\|", "|"));

/** Inline marks; code spans and links are set aside first, so that nothing in them is a mark. */
function inline(text: string): string {
  const kept: string[] = [];
  const keep = (html: string): string => `\u0000${kept.push(html) - 1}\u0000`;
  const marked = text
    .replace(/(?<![`\\])(`+)(?!`)([\s\S]*?[^`])\1(?!`)/g, (_, _run: string, code: string) =>
      keep(`<code>${escapeHtml(code.replace(/^ (.*\S.*) $/, "$1"))}</code>`),
    )
    .replace(/\\([\\`*_{}[\]()#+\-.!|<>~])/g, (_, mark: string) => keep(escapeHtml(mark)))
    .replace(/\[([^\]\n]+)\]\((https?:(?:[^\s()]|\([^\s()]*\))*)(?: "[^"]*")?\)/g, (_, label: string, url: string) => {
      const [opening = "", closing = ""] = anchor(url, "\u0001").split("\u0001");
      return keep(opening) + label + keep(closing);
    })
    .replace(/<(https?:[^\s>]+)>|(https?:\/\/[^\s<>)\]]*[^\s<>)\].,:;!?])/g, (_, boxed?: string, bare = "") =>
      keep(anchor(boxed ?? bare, boxed ?? bare)),
    );
  const html = escapeHtml(marked)
    .replace(/\*\*\*(?=\S)([^*]+?)(?<=\S)\*\*\*/g, "<strong><em>$1</em></strong>")
    .replace(/\*\*(?=\S)(.+?)(?<=\S)\*\*/g, "<strong>$1</strong>")
    .replace(/(?<!\w)__(?=\S)(.+?)(?<=\S)__(?!\w)/g, "<strong>$1</strong>")
    .replace(/\*(?=\S)([^*\n]+?)(?<=\S)\*/g, "<em>$1</em>")
    .replace(/(?<!\w)_(?=\S)([^_\n]+?)(?<=\S)_(?!\w)/g, "<em>$1</em>")
    .replace(/~~(?=\S)(.+?)(?<=\S)~~/g, "<del>$1</del>")
    .replace(/(?: {2,}|\\)?\n/g, "<br>");
  // Links and code may stand in a link's label.
  return restore(restore(html, kept), kept);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL marks what was set aside; it was removed from the input.
const aside = /\u0000(\d+)\u0000/g;
const restore = (html: string, kept: readonly string[]): string =>
  html.replace(aside, (_, index: string) => kept[Number(index)] ?? "");
