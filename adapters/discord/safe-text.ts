import { changeOutsideCode, codeStretches } from "../../src/core/text/outside-code.js";
import { cut, visible } from "../../src/core/text/visible-text.js";
import { discordCode, overlap } from "./code.js";

/**
 * Makes text of agents and people safe for Discord. `allowed_mentions` decides who is pinged; this keeps text from looking like a ping, and from
 * growing past a field. Pure.
 */

/** Invisible, but Discord finds no mention across it. */
const wordJoiner = "\u2060";

/**
 * Markdown with mentions, custom emoji, times and slash commands broken; at most `maxChars` if that is possible. Text that both Markdown and Discord
 * read as code stays the same, byte for byte, except for hidden characters, which are shown: Discord draws no mention there.
 */
export function safeMarkdown(text: string, maxChars: number): string {
  const shown = visible(text, maxChars);
  return changeOutsideCode(shown, overlap(codeStretches(shown), discordCode(shown)), breakMentions);
}

const breakMentions = (text: string): string =>
  text
    .replace(/@(?=(?:everyone|here)\b)/gi, `@${wordJoiner}`)
    .replace(/<(?=[@#:]|a:|t:|id:|\/[^<>\n:]{1,120}:\d)/gi, `<${wordJoiner}`);

/** Plain text where Discord reads Markdown: one line, nothing in it is formatting, a mention or a link. */
export function plainText(text: string, maxChars: number): string {
  const line = visible(text, maxChars).replace(/\s+/g, " ").trim();
  const escaped = breakMentions(line).replace(/[\\`*_~|>#[\]()]/g, "\\$&");
  const broken = escaped.replace(/:\/\//g, `:${wordJoiner}//`);
  return broken.length <= maxChars ? broken : cut(broken, maxChars).replace(/\\…$/, "…");
}

/** A code block with the text as it is; fences in it are broken. */
export function codeBlock(text: string): string {
  return `\`\`\`\n${text.replace(/`{3}/g, `\`\`${wordJoiner}\``)}\n\`\`\``;
}
