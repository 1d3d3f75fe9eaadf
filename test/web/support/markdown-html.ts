import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { readMarkdown } from "../../../adapters/web/client/markdown/document.js";
import type { Inline, ListItem, MarkdownBlock } from "../../../adapters/web/client/markdown/tree.js";

/** A text as GitHub's Markdown makes HTML of it, by micromark; comparable with `ourHtml`. */
export function githubHtml(text: string): string {
  return canonical(micromark(text, { extensions: [gfm()], htmlExtensions: [gfmHtml()] }));
}

/** A text as the page reads it, written as HTML for the comparison alone; names are text in it. */
export function ourHtml(text: string): string {
  return canonical(
    readMarkdown(text)
      .blocks.map((block) => blockHtml(block))
      .join("\n"),
  );
}

/** HTML without what no reader sees: spaces at the edges of blocks, classes, and the way an entity is written. */
function canonical(html: string): string {
  const inCode = html.split(/(<pre>[\s\S]*?<\/pre>)/);
  return inCode
    .map((part, at) =>
      at % 2 === 1 ? part.replaceAll(/ class="[^"]*"/g, "").replace("<code>\n</code>", "<code></code>") : flowing(part),
    )
    .join("")
    .replaceAll("&quot;", '"');
}

function flowing(html: string): string {
  return html
    .replaceAll(/<input type="checkbox"( disabled="")?( checked="")?( disabled="")? ?\/?>\s*/g, (box) =>
      box.includes("checked") ? "[done] " : "[open] ",
    )
    .replaceAll(/<a href="([^"]*)"[^>]*>/g, (_, href: string) => `<a href="${href.replace(/\/$/, "")}">`)
    .replaceAll(/<br ?\/?>\n?/g, "\n")
    .replaceAll(/<hr ?\/>/g, "<hr>")
    .replaceAll(/\s*(<\/?(?:p|h[1-6]|ul|ol|li|blockquote|table|thead|tbody|tr|t[hd]|hr)\b[^>]*>)\s*/g, "$1")
    .replaceAll(/<tbody><\/tbody>/g, "")
    .replaceAll(/[ \t]*\n[ \t]*/g, "\n")
    .trim();
}

function blockHtml(block: MarkdownBlock, isTight = false): string {
  switch (block.kind) {
    case "paragraph": {
      const html = inlinesHtml(block.inlines);
      return isTight ? `${html}\n` : `<p>${html}</p>`;
    }
    case "heading":
      return `<h${block.level}>${inlinesHtml(block.inlines)}</h${block.level}>`;
    case "quote":
      return `<blockquote>${block.blocks.map((inner) => blockHtml(inner)).join("\n")}</blockquote>`;
    case "alert":
      return `<blockquote><p>[!${block.alert.toUpperCase()}]\n${block.blocks
        .map((inner) => blockHtml(inner))
        .join("\n")
        .replace(/^<p>/, "")}</blockquote>`;
    case "code":
      return `<pre><code>${escaped(block.text)}${block.text === "" ? "" : "\n"}</code></pre>`;
    case "table":
      return tableHtml(block);
    case "drawing":
      return `<p>${escaped(block.text)}</p>`;
    case "list":
      return listHtml(block);
    case "rule":
      return "<hr>";
    case "footnotes":
      return `<ol>${block.notes.map(({ blocks }) => `<li>${blocks.map((inner) => blockHtml(inner)).join("")}</li>`).join("")}</ol>`;
  }
}

function listHtml({ start, items, isLoose }: Extract<MarkdownBlock, { kind: "list" }>): string {
  const inside = items.map((item) => itemHtml(item, isLoose)).join("");
  if (start === undefined) return `<ul>${inside}</ul>`;
  return start === 1 ? `<ol>${inside}</ol>` : `<ol start="${start}">${inside}</ol>`;
}

function itemHtml({ blocks, isDone }: ListItem, isLoose: boolean): string {
  const box = isDone === undefined ? "" : isDone ? "[done] " : "[open] ";
  const html = blocks.map((block) => blockHtml(block, !isLoose)).join("\n");
  return `<li>${html.startsWith("<p>") ? `<p>${box}${html.slice(3)}` : box + html}</li>`;
}

function tableHtml({ align, head, rows }: Extract<MarkdownBlock, { kind: "table" }>): string {
  const cell = (tag: string, inlines: readonly Inline[], at: number) =>
    `<${tag}${align[at] === undefined ? "" : ` align="${align[at]}"`}>${inlinesHtml(inlines)}</${tag}>`;
  const row = (tag: string, cells: readonly Inline[][]) =>
    `<tr>${head.map((_, at) => cell(tag, cells[at] ?? [], at)).join("")}</tr>`;
  const body = rows.length === 0 ? "" : `<tbody>${rows.map((cells) => row("td", cells)).join("")}</tbody>`;
  return `<table><thead>${row("th", head)}</thead>${body}</table>`;
}

const tags = { strong: "strong", emphasis: "em", strike: "del", code: "code" } as const;

function inlinesHtml(inlines: readonly Inline[]): string {
  return inlines
    .map((inline) => {
      if (inline.kind === "text") return escaped(inline.text);
      if (inline.kind === "mention") return `@${inline.name}`;
      if (inline.kind === "reference") return `<sup>${inline.number}</sup>`;
      if (inline.kind === "code") return `<code>${escaped(inline.text)}</code>`;
      if (inline.kind === "link") return `<a href="${escaped(inline.href)}">${inlinesHtml(inline.inlines)}</a>`;
      return `<${tags[inline.kind]}>${inlinesHtml(inline.inlines)}</${tags[inline.kind]}>`;
    })
    .join("");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/**
 * The HTML without the difference between tight and loose lists: micromark calls a list in a quote loose if a blank line
 * stands between it and the next block of the quote; CommonMark asks for one between items.
 */
export function withoutLooseness(html: string): string {
  return html
    .split(/(<pre>[\s\S]*?<\/pre>)/)
    .map((part, at) =>
      at % 2 === 1
        ? part
        : part
            .replaceAll(/\s*<\/?p>\s*/g, "\n")
            .replaceAll(/\s*(<\/?(?:li|ul|ol|hr|h\d|table|blockquote)\b[^>]*>)\s*/g, "$1"),
    )
    .join("");
}
