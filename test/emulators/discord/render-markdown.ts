/** Names for ids in Discord's text. */
export interface Names {
  user(id: string): string | undefined;
  role(id: string): string | undefined;
  channel(id: string): string | undefined;
}

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (one) => `&#${one.codePointAt(0) ?? 0};`);

/** Discord's Markdown as HTML, as its app draws it; nothing of the text itself becomes HTML. Quotes are read first, then code, then lines. */
export function renderMarkdown(text: string, names: Names): string {
  const html: string[] = [];
  const lines = text.split("\n");
  let isInCode = false;
  for (let at = 0; at < lines.length; ) {
    let end = at;
    const isQuote = !isInCode && (lines[at] ?? "").startsWith("> ");
    while (end < lines.length && (isInCode ? false : (lines[end] ?? "").startsWith("> ")) === isQuote) {
      if (!isQuote && ((lines[end] ?? "").match(/```/g) ?? []).length % 2 === 1) isInCode = !isInCode;
      end += 1;
    }
    const part = lines.slice(at, end).map((line) => (isQuote ? line.slice(2) : line));
    html.push(isQuote ? tag("blockquote", unquoted(part.join("\n"), names)) : unquoted(part.join("\n"), names));
    at = end;
  }
  return html.join("");
}

function unquoted(text: string, names: Names): string {
  return text
    .split(/(```(?:[a-z0-9_+-]*\n)?[\s\S]*?```)/i)
    .map((part, at) => (at % 2 === 1 ? codeBlock(part) : blocks(part, names)))
    .join("");
}

function codeBlock(fenced: string): string {
  const inside = /^```(?:[a-z0-9_+-]*\n)?([\s\S]*?)```$/i.exec(fenced)?.[1] ?? "";
  return `<pre><code>${escapeHtml(inside.replace(/^\n|\n$/g, ""))}</code></pre>`;
}

/** Lines with a meaning of their own; the others are joined by breaks. */
function blocks(text: string, names: Names): string {
  const trimmed = text.replace(/^\n|\n$/g, "");
  if (trimmed === "") return "";
  return trimmed
    .split("\n")
    .map((line) => {
      const heading = /^(#{1,3})\s+(.+)$/.exec(line);
      if (heading !== null) return tag(`h${(heading[1] ?? "").length + 2}`, inline(heading[2] ?? "", names));
      const small = /^-# (.+)$/.exec(line);
      if (small !== null) return tag("small", inline(small[1] ?? "", names));
      const item = /^(\s*)(?:([-*])|(\d+\.)) (.+)$/.exec(line);
      if (item !== null) return listItem(item, names);
      return tag("div", inline(line, names) || "&nbsp;");
    })
    .join("");
}

/** Two spaces or more before an item are a level, at most five. */
function listItem([, before = "", bullet, number = "", text = ""]: RegExpExecArray, names: Names): string {
  const depth = Math.min(5, Math.floor(before.replaceAll("\t", "  ").length / 2));
  const mark = bullet === undefined ? number : depth === 0 ? "•" : "◦";
  return tag("div", `${"&emsp;".repeat(depth)}${mark} ${inline(text, names)}`, "item");
}

const tag = (name: string, inside: string, className = ""): string =>
  `<${name}${className === "" ? "" : ` class="${className}"`}>${inside}</${name}>`;

interface Rule {
  pattern: RegExp;
  draw: (found: RegExpExecArray, names: Names) => string;
}

const wrapped = (pattern: RegExp, name: string, className = ""): Rule => ({
  pattern,
  draw: ([, inside = ""], names) => tag(name, inline(inside, names), className),
});

const link = (url: string, shown: string): string =>
  `<a href="${escapeHtml(url)}" target="_blank" rel="noreferrer">${shown}</a>`;
const pill = (text: string): string => tag("span", escapeHtml(text), "mention");

/** Tried in this order at each place of a line. */
const rules: readonly Rule[] = [
  { pattern: /^\\([\\`*_~|>#\-[\]()<:@.!+=])/, draw: ([, one = ""]) => escapeHtml(one) },
  {
    pattern: /^(`+)(?!`)([\s\S]*?[^`])\1(?!`)/,
    draw: ([, , code = ""]) => tag("code", escapeHtml(code.replace(/^ (.*\S.*) $/, "$1"))),
  },
  { pattern: /^<@!?(\d+)>/, draw: ([, id = ""], { user }) => pill(`@${user(id) ?? "unknown-user"}`) },
  { pattern: /^<@&(\d+)>/, draw: ([, id = ""], { role }) => pill(`@${role(id) ?? "deleted-role"}`) },
  { pattern: /^<#(\d+)>/, draw: ([, id = ""], { channel }) => pill(`#${channel(id) ?? "unknown"}`) },
  { pattern: /^@(everyone|here)\b/, draw: ([all]) => pill(all) },
  { pattern: /^<t:(\d+)(?::[a-zA-Z])?>/, draw: ([, s = "0"]) => tag("time", timeOf(Number(s))) },
  { pattern: /^<a?(:\w+:)\d+>/, draw: ([, name = ""]) => escapeHtml(name) },
  {
    pattern: /^\[([^\]\n]+)\]\((https?:\/\/(?:[^\s()]|\([^\s()]*\))+)(?: "[^"\n]*")?\)/,
    draw: ([, shown = "", url = ""], names) => link(url, inline(shown, names)),
  },
  { pattern: /^<(https?:\/\/[^\s>]+)>/, draw: ([, url = ""]) => link(url, escapeHtml(url)) },
  { pattern: /^https?:\/\/[^\s<]+[^<.,:;"')\]\s]/, draw: ([url]) => link(url, escapeHtml(url)) },
  {
    pattern: /^\*\*\*(?=\S)([^*\n]+)\*\*\*/,
    draw: ([, inside = ""], names) => tag("strong", tag("em", inline(inside, names))),
  },
  wrapped(/^\*\*(.+?)\*\*(?!\*)/, "strong"),
  wrapped(/^__(.+?)__/, "u"),
  wrapped(/^~~(.+?)~~/, "s"),
  wrapped(/^\|\|(.+?)\|\|/, "span", "spoiler"),
  wrapped(/^\*([^*\s](?:\*\*[^*\n]+\*\*|[^*\n])*?)\*(?!\*)/, "em"),
  wrapped(/^_([^_\s][^_]*?)_(?!\w)/, "em"),
];

const timeOf = (seconds: number): string => new Date(seconds * 1_000).toISOString().slice(0, 16).replace("T", " ");

function inline(text: string, names: Names): string {
  let html = "";
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at);
    const hit = rules.flatMap(({ pattern, draw }) => {
      const found = pattern.exec(rest);
      return found === null ? [] : [{ found, draw }];
    })[0];
    const plain = /^[\w\s,.;'"!?=]+/.exec(rest)?.[0] ?? rest.slice(0, 1);
    html += hit === undefined ? escapeHtml(safeWord(plain)) : hit.draw(hit.found, names);
    at += hit === undefined ? safeWord(plain).length : hit.found[0].length;
  }
  return html;
}

/** Plain words end before what may be a link, a mention or an emphasis. */
function safeWord(plain: string): string {
  const end = plain.search(/(?<=\W)(?:https?\b|_)/);
  return end > 0 ? plain.slice(0, end) : plain.length === 0 ? "" : plain;
}
