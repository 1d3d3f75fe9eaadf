import type { SentPost } from "../../src/ports/chat-post.js";
import { formatPost } from "./format.js";
import { nonceOf } from "./identity.js";
import type { DiscordMessage } from "./payloads.js";
import type { Self } from "./session.js";

/**
 * Whether a message is the post that is looked for. Discord keeps no key: a post is recognised by its nonce if Discord returns it, by the buttons of
 * its card, or by sender and text, if no other post is recorded under that id.
 */
export function isPostOf(message: DiscordMessage, sent: SentPost, self: Self): boolean {
  if (sent.recordedIds.has(message.id)) return false;
  return [sent.post, ...(sent.otherForms ?? [])].some((post) => isInForm(message, { ...sent, post }, self));
}

function isInForm(message: DiscordMessage, sent: SentPost, self: Self): boolean {
  const { body, identity } = formatPost(sent.post);
  const isSame = (): boolean =>
    normal(message.content) === normal(body.content ?? "") && textOf(message.embeds) === textOf(body.embeds ?? []);
  if (identity !== undefined) {
    const isOurs =
      message.webhook_id !== undefined && (message.application_id ?? self.applicationId) === self.applicationId;
    return isOurs && message.author.username === identity.username && isSame();
  }
  if (message.webhook_id !== undefined || message.author.id !== self.botUserId) return false;
  if (message.nonce !== undefined) return String(message.nonce) === nonceOf(sent.key);
  const wanted = customIds(body.components ?? []);
  const shown = customIds(message.components);
  if (wanted.length > 0 && shown.length > 0) return wanted.some((id) => shown.includes(id));
  return isSame();
}

/** Discord trims, and may change white space. */
const normal = (text: string): string => text.replace(/\s+/g, " ").trim();

const textOf = (embeds: readonly object[]): string =>
  embeds
    .map((embed) => {
      const { title = "", description = "" } = embed as { title?: string; description?: string };
      return normal(`${title} ${description}`);
    })
    .join(" ");

function customIds(rows: readonly object[]): string[] {
  return [...JSON.stringify(rows).matchAll(/"(?:custom_id|value)":"([^"]+)"/g)].map(([, id = ""]) => id);
}
