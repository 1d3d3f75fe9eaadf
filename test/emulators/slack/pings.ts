import { asObjects, asText, isObject } from "./json.js";
import type { Json } from "./model.js";
import { normalize, outsideCode, tokenize, withoutControls } from "./mrkdwn.js";

export interface Ping {
  /** `plain`: `@here` without angle brackets, which some surfaces have been seen to treat as live. */
  readonly kind: "user" | "broadcast" | "usergroup" | "plain";
  readonly target: string;
}

/** The pings and links of a text. */
export interface Reach {
  readonly pings: readonly Ping[];
  readonly links: readonly string[];
}

export interface Rendered {
  readonly text?: string;
  readonly blocks?: readonly Json[];
}

interface Pieces {
  readonly mrkdwn: string[];
  readonly markdown: string[];
  readonly pings: Ping[];
  readonly links: string[];
}

/**
 * Everything in a message or view that pings or links. Strict where Slack's behaviour is unpublished: control
 * sequences count in markdown blocks and inside code, the fallback text counts beside blocks, and a plain
 * `@here`, `@channel` or `@everyone` outside code counts.
 */
export function reachOf(rendered: Rendered): Reach {
  const pieces: Pieces = { mrkdwn: [], markdown: [], pings: [], links: [] };
  if (rendered.text !== undefined) pieces.mrkdwn.push(rendered.text);
  for (const block of rendered.blocks ?? []) collect(block, pieces);
  for (const text of pieces.mrkdwn) scan(text, pieces);
  for (const text of pieces.markdown) scanMarkdown(text, pieces);
  return { pings: pieces.pings, links: [...new Set(pieces.links)] };
}

/** Links that would grow a preview under a message with these flags. Media previews are on unless switched off. */
export function unfurlsOf(reach: Reach, flags: { unfurlLinks?: boolean; unfurlMedia?: boolean }): readonly string[] {
  if (flags.unfurlLinks === true) return reach.links;
  return flags.unfurlMedia === false ? [] : reach.links;
}

function collect(value: unknown, pieces: Pieces): void {
  if (Array.isArray(value)) {
    for (const member of value) collect(member, pieces);
    return;
  }
  if (!isObject(value)) return;
  if (value.type === "mrkdwn") pieces.mrkdwn.push(asText(value.text));
  else if (value.type === "markdown") pieces.markdown.push(asText(value.text));
  else if (value.type === "rich_text") collectRichText(value, pieces);
  else for (const member of Object.values(value)) collect(member, pieces);
}

function collectRichText(value: Json, pieces: Pieces): void {
  for (const element of asObjects(value.elements)) {
    if (element.type === "user") pieces.pings.push({ kind: "user", target: asText(element.user_id) });
    if (element.type === "usergroup") pieces.pings.push({ kind: "usergroup", target: asText(element.usergroup_id) });
    if (element.type === "broadcast") pieces.pings.push({ kind: "broadcast", target: asText(element.range) });
    if (element.type === "link") pieces.links.push(asText(element.url));
    collectRichText(element, pieces);
  }
}

function scan(raw: string, pieces: Pieces): void {
  const text = normalize(raw);
  for (const token of tokenize(text)) {
    if (token.type === "user") pieces.pings.push({ kind: "user", target: token.id });
    if (token.type === "usergroup") pieces.pings.push({ kind: "usergroup", target: token.id });
    if (token.type === "broadcast") pieces.pings.push({ kind: "broadcast", target: token.range });
    if (token.type === "link" && !token.url.startsWith("mailto:")) pieces.links.push(token.url);
  }
  outsideCode(withoutControls(text), (part) => {
    for (const found of part.matchAll(/(?<![\p{L}\p{N}_.!@/+-])@(here|channel|everyone)(?![\p{L}\p{N}_-])/gu)) {
      pieces.pings.push({ kind: "plain", target: found[1] ?? "" });
    }
    return part;
  });
}

function scanMarkdown(text: string, pieces: Pieces): void {
  scan(text, pieces);
  for (const found of text.matchAll(/\]\(\s*<?(https?:\/\/[^\s)>]+)/g)) pieces.links.push(found[1] ?? "");
}
