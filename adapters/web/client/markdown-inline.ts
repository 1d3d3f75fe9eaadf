export type Inline =
  | { kind: "text"; text: string }
  | { kind: "code"; text: string }
  | { kind: "strong" | "emphasis"; inlines: Inline[] }
  | { kind: "mention"; name: string }
  /** `host` is shown beside a label that is not the address itself. */
  | { kind: "link"; label: string; href: string; host: string };

const maxLabelChars = 300;
const maxHrefChars = 2_000;
const maxCodeChars = 4_000;
const maxStrongChars = 4_000;

/** Called at the first character of a piece; returns the piece and its length in characters. */
type Reader = (text: string, at: number, depth: number) => { inline: Inline; length: number } | undefined;

const readers: Readonly<Record<string, Reader>> = {
  "`": readCode,
  "*": (text, at, depth) => readStrong(text, at, depth) ?? readEmphasis(text, at, depth),
  _: readEmphasis,
  "[": readLabelled,
  h: readBare,
  "@": readMention,
};

const starts = /[`*_[h@]/g;

/** Every piece looks ahead a bounded distance only, so the work is linear in the text. */
export function parseInlines(text: string, depth = 0): Inline[] {
  const inlines: Inline[] = [];
  let plainFrom = 0;
  let at = nextStart(text, 0);
  while (at < text.length) {
    const read = readers[text.charAt(at)];
    const found = read?.(text, at, depth);
    if (found) {
      if (at > plainFrom) inlines.push({ kind: "text", text: text.slice(plainFrom, at) });
      inlines.push(found.inline);
      plainFrom = at + found.length;
    }
    at = nextStart(text, found ? plainFrom : at + 1);
  }
  if (plainFrom < text.length) inlines.push({ kind: "text", text: text.slice(plainFrom) });
  return inlines;
}

function nextStart(text: string, from: number): number {
  starts.lastIndex = from;
  return starts.exec(text)?.index ?? text.length;
}

/** The next position of `mark` within `reach` characters, or -1. */
function ahead(text: string, mark: string, { from, reach }: { from: number; reach: number }): number {
  const found = text.slice(from, from + reach).indexOf(mark);
  return found < 0 ? -1 : from + found;
}

/** Runs of up to three backticks; longer ones are text. */
function readCode(text: string, at: number): ReturnType<Reader> {
  if (text.charAt(at - 1) === "`") return undefined;
  const ticks = /^`+/.exec(text.slice(at, at + 4))?.[0] ?? "";
  if (ticks.length > 3) return undefined;
  const from = at + ticks.length;
  const end = ahead(text, ticks, { from, reach: maxCodeChars });
  if (end <= from || text.charAt(end + ticks.length) === "`") return undefined;
  const code = text.slice(from, end);
  if (code.includes("\n\n")) return undefined;
  const isPadded = code.startsWith(" ") && code.endsWith(" ") && code.trim() !== "";
  return { inline: { kind: "code", text: isPadded ? code.slice(1, -1) : code }, length: end + ticks.length - at };
}

function readStrong(text: string, at: number, depth: number): ReturnType<Reader> {
  if (depth > 0 || !text.startsWith("**", at) || text.charAt(at - 1) === "*") return undefined;
  const from = at + 2;
  const end = ahead(text, "**", { from, reach: maxStrongChars });
  const inner = text.slice(from, end);
  if (end <= from || inner !== inner.trim()) return undefined;
  return { inline: { kind: "strong", inlines: parseInlines(inner, depth + 1) }, length: end + 2 - at };
}

const maxEmphasisChars = 400;

/** One `*` or `_` on either side of words: `2*3*4` and `snake_case` are neither. */
function readEmphasis(text: string, at: number, depth: number): ReturnType<Reader> {
  const mark = text.charAt(at);
  if (depth > 1 || /[\w*]/.test(text.charAt(at - 1))) return undefined;
  const from = at + 1;
  const end = ahead(text, mark, { from, reach: maxEmphasisChars });
  const inner = text.slice(from, end);
  if (end <= from || inner !== inner.trim() || inner.includes("\n\n")) return undefined;
  if (/[\w*]/.test(text.charAt(end + 1))) return undefined;
  return { inline: { kind: "emphasis", inlines: parseInlines(inner, depth + 1) }, length: end + 1 - at };
}

function readLabelled(text: string, at: number): ReturnType<Reader> {
  const middle = ahead(text, "](", { from: at + 1, reach: maxLabelChars });
  if (middle <= at + 1) return undefined;
  const label = text.slice(at + 1, middle);
  const end = ahead(text, ")", { from: middle + 2, reach: maxHrefChars });
  if (end < 0 || label.includes("[") || label.includes("\n")) return undefined;
  const link = linkTo(text.slice(middle + 2, end), label);
  return link && { inline: link, length: end + 1 - at };
}

const bareLink = /^https:\/\/[^\s<>"'`\\^{|}[\]]{1,2000}/i;

function readBare(text: string, at: number): ReturnType<Reader> {
  if (!text.startsWith("https://", at) || /\w/.test(text.charAt(at - 1))) return undefined;
  const raw = bareLink.exec(text.slice(at, at + maxHrefChars))?.[0];
  const shown = raw?.replace(/[.,:;!?*)]{1,20}$/, "");
  const link = shown === undefined ? undefined : linkTo(shown, shown);
  return link && shown !== undefined ? { inline: link, length: shown.length } : undefined;
}

function readMention(text: string, at: number): ReturnType<Reader> {
  if (/[\w@.]/.test(text.charAt(at - 1))) return undefined;
  const match = /^@([a-z][a-z0-9-]{0,31})(?![\w@-])/i.exec(text.slice(at, at + 40));
  return match?.[1]
    ? { inline: { kind: "mention", name: match[1].toLowerCase() }, length: match[0].length }
    : undefined;
}

/** https only, no credentials in it, and the label may not pass for another address than the one it leads to. */
function linkTo(address: string, label: string): Inline | undefined {
  if (!/^https:\/\//i.test(address) || /\s/.test(address) || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.protocol !== "https:" || url.username !== "" || url.password !== "") return undefined;
  return { kind: "link", label, href: url.href, host: url.host };
}
