import { cut, visible } from "../../src/core/text/visible-text.js";

/**
 * Text of agents and people made harmless for Discord. `allowed_mentions` decides who is pinged; this keeps text from
 * looking as if somebody was, and from growing past a field. Pure.
 */

/** Invisible, but Discord finds no mention across it. */
const wordJoiner = "\u2060";

/** Markdown with mentions, custom emoji, times and slash commands broken; at most `maxChars` where that is possible. */
export function safeMarkdown(text: string, maxChars: number): string {
  return visible(text, maxChars)
    .replace(/@(?=(?:everyone|here)\b)/gi, `@${wordJoiner}`)
    .replace(/<(?=[@#:/]|a:|t:|id:)/gi, `<${wordJoiner}`);
}

/** Plain text where Discord reads Markdown: one line, nothing in it is formatting, a mention or a link. */
export function plainText(text: string, maxChars: number): string {
  const line = visible(text, maxChars).replace(/\s+/g, " ").trim();
  const escaped = safeMarkdown(line, maxChars).replace(/[\\`*_~|>#[\]()]/g, "\\$&");
  const broken = escaped.replace(/:\/\//g, `:${wordJoiner}//`);
  return broken.length <= maxChars ? broken : cut(broken, maxChars).replace(/\\…$/, "…");
}

/** A code block with the text as it is; fences in it are broken. */
export function codeBlock(text: string): string {
  return `\`\`\`\n${text.replace(/`{3}/g, `\`\`${wordJoiner}\``)}\n\`\`\``;
}
