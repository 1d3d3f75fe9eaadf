import { changeOutsideCode, codeStretches } from "../../src/core/text/outside-code.js";
import { visible } from "../../src/core/text/visible-text.js";

/** Makes text of agents and people safe for Slack: hidden characters are shown, control sequences are broken or escaped. Pure. */

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
 * Markdown for a `markdown` block. Outside code, control sequences (`<!channel>`, `<@U1>`, `<#C1>`, `<https://a|b>`),
 * entities and images are broken with a word joiner. Code stays as it is, to the byte, but for hidden characters, which
 * are shown. `undefined` where code holds a control sequence that notifies: Slack does not publish whether a `markdown`
 * block obeys it there, so such a text has to be shown in a block that is not parsed.
 */
export function safeMarkdown(text: string, maxChars: number): string | undefined {
  const shown = visible(text, maxChars);
  const safe = changeOutsideCode(shown, codeStretches(shown), (part, at) =>
    breakBroadcasts(breakImages(part, (offset) => startsImage(shown, at + offset)))
      .replace(boxedLink, "$1")
      .replace(callout, (_, before: string, kind: string) => `${before}**${kind.toUpperCase()}**`)
      .replace(/<(?=[@#!]|[a-z][a-z0-9+.-]*:)/gi, `<${wordJoiner}`)
      .replace(/&(?=#?[a-z0-9]{1,31};)/gi, `&${wordJoiner}`),
  );
  return notifies.test(safe) ? undefined : safe;
}

/** An address in angle brackets, with nothing behind it that would become part of it: Slack makes a link of it without them. */
const boxedLink = /(?<![\w<])<(https?:\/\/[^\s<>|]*[\w/])>(?=[.,:;!?)]*(?:\s|$))/g;

/** The first line of an alert, which Slack does not know. */
const callout = /^([ \t]*>[ \t]*)\[!(note|tip|important|warning|caution)\][ \t]*$/gim;

const notifies = /<(?:@[UWB][A-Z0-9]|!(?:here|channel|everyone|group|subteam)(?![a-z]))/i;

function breakImages(part: string, isImage: (offset: number) => boolean): string {
  return part.replace(/!(?=\[)/g, (mark, offset: number) => (isImage(offset) ? `!${wordJoiner}` : mark));
}

/** Whether the `![` there may be an image: a target follows in its paragraph, or is defined somewhere in the text. */
function startsImage(text: string, at: number): boolean {
  const blankLine = text.slice(at).search(/\n[ \t]*\n/);
  const paragraph = blankLine === -1 ? text.slice(at) : text.slice(at, at + blankLine);
  return /\][([]/.test(paragraph) || /^[ >]*\[[^\n]+\]:/m.test(text);
}
