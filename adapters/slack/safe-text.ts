import { visible } from "../../src/core/text/visible-text.js";

/**
 * Text of agents and people made harmless for Slack: what cannot be seen is shown, control sequences are broken or
 * escaped. Pure.
 */

/** Invisible, but it ends a word, so that Slack finds no control sequence, mention or entity across it. */
const wordJoiner = "\u2060";

/** `@here` and its like notify in some surfaces even without angle brackets. */
const broadcastWord = /@(?=(?:here|channel|everyone|group)(?![\p{L}\p{N}_-]))/giu;

const breakBroadcasts = (text: string): string => text.replace(broadcastWord, `@${wordJoiner}`);

/**
 * Plain text for a field that Slack reads as mrkdwn, at most `maxChars` as sent. Nothing in it is a mention, a link
 * with another label, or an entity of its own; `…` at the end where it was cut.
 */
export function escapeMrkdwn(text: string, maxChars = 3_000): string {
  const escaped = breakBroadcasts(visible(text, maxChars)).replace(/[&<>]/g, entityOf);
  if (escaped.length <= maxChars) return escaped;
  return `${escaped.slice(0, maxChars - 1).replace(/(?:&[a-z]{0,3}|[\ud800-\udbff])$/, "")}…`;
}

const entityOf = (mark: string): string => (mark === "&" ? "&amp;" : mark === "<" ? "&lt;" : "&gt;");

/**
 * Markdown for a `markdown` block: control sequences (`<!channel>`, `<@U1>`, `<#C1>`, `<https://a|b>`), entities and
 * images are broken with a word joiner; code and HTML tags stay as they are.
 */
export function safeMarkdown(text: string, maxChars: number): string {
  return breakBroadcasts(visible(text, maxChars))
    .replace(/<(?=[@#!]|[a-z][a-z0-9+.-]*:)/gi, `<${wordJoiner}`)
    .replace(/&(?=#?[a-z0-9]{1,31};)/gi, `&${wordJoiner}`)
    .replace(/!(?=\[)/g, `!${wordJoiner}`);
}
