/** Reading mrkdwn the way the platform does: entities, control sequences in angle brackets, bare links. */

export type Token =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "user"; readonly id: string; readonly label?: string }
  | { readonly type: "channel"; readonly id: string; readonly label?: string }
  | { readonly type: "broadcast"; readonly range: string }
  | { readonly type: "usergroup"; readonly id: string; readonly label?: string }
  | { readonly type: "link"; readonly url: string; readonly label?: string };

/** How ids are shown to people. */
export interface Names {
  user(id: string): string;
  channel(id: string): string;
}

const control =
  /<(@[UWB][A-Z0-9]+|#C[A-Z0-9]+|![a-z]+(?:\^[^<>|]*)?|(?:https?:\/\/|mailto:|tel:|slack:)[^<>|\s]+)(?:\|([^<>]*))?>/g;
/** Ends before white space, brackets (also as entities), quotes and closing punctuation. */
const bareLink = /\bhttps?:\/\/(?:(?!&[lg]t;)[^\s<>|"'`])*(?!&[lg]t;)[^\s<>|"'`.,;:!?)\]}*_~]/g;
const broadcasts: Readonly<Record<string, string>> = {
  "!here": "here",
  "!channel": "channel",
  "!everyone": "everyone",
  "!group": "channel",
};

/** Splits stored mrkdwn at its control sequences; text keeps its entities. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let from = 0;
  for (const found of text.matchAll(control)) {
    if (found.index > from) tokens.push({ type: "text", text: text.slice(from, found.index) });
    tokens.push(toToken(found[1] ?? "", found[2]));
    from = found.index + found[0].length;
  }
  if (from < text.length) tokens.push({ type: "text", text: text.slice(from) });
  return tokens;
}

/** The text with a placeholder for each control sequence. */
export const withoutControls = (text: string): string => text.replace(control, "\uFFFC");

function toToken(body: string, label: string | undefined): Token {
  const named = label === undefined || label === "" ? {} : { label };
  if (body.startsWith("@")) return { type: "user", id: body.slice(1), ...named };
  if (body.startsWith("#")) return { type: "channel", id: body.slice(1), ...named };
  const range = broadcasts[body];
  if (range !== undefined) return { type: "broadcast", range };
  if (body.startsWith("!subteam^")) return { type: "usergroup", id: body.slice(9), ...named };
  if (body.startsWith("!")) return { type: "text", text: label ?? body };
  return { type: "link", url: body, ...named };
}

/**
 * The platform's stored form of a text: control sequences stay, bare links get angle brackets, every other `&`, `<` and `>` becomes an entity unless
 * it already is one.
 */
export function normalize(text: string): string {
  let stored = "";
  let from = 0;
  for (const found of text.matchAll(control)) {
    stored += linkify(escapeEntities(text.slice(from, found.index))) + found[0];
    from = found.index + found[0].length;
  }
  return stored + linkify(escapeEntities(text.slice(from)));
}

export const escapeEntities = (text: string): string =>
  text
    .replace(/&(?!(?:amp|lt|gt);)/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;");

export const unescapeEntities = (text: string): string =>
  text.replace(/&(lt|gt|amp);/g, (_, name: string) => (name === "lt" ? "<" : name === "gt" ? ">" : "&"));

function linkify(text: string): string {
  return outsideCode(text, (part) => part.replace(bareLink, (url) => `<${url}>`));
}

/** Applies a change to the text outside back ticks. */
export function outsideCode(text: string, change: (part: string) => string): string {
  return text
    .split(/(```[\s\S]*?```|`[^`\n]+`)/)
    .map((part, index) => (index % 2 === 1 ? part : change(part)))
    .join("");
}

/** The readable text: names for ids, labels for links, no entities. Formatting marks stay. */
export function plainText(text: string, names: Names): string {
  return tokenize(text)
    .map((token) => plainToken(token, names))
    .join("");
}

function plainToken(token: Token, names: Names): string {
  switch (token.type) {
    case "text":
      return unescapeEntities(token.text);
    case "user":
      return `@${names.user(token.id)}`;
    case "channel":
      return `#${names.channel(token.id)}`;
    case "broadcast":
      return `@${token.range}`;
    case "usergroup":
      return token.label ?? `@${token.id}`;
    case "link":
      return unescapeEntities(token.label ?? token.url);
  }
}
