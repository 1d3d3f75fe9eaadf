import type { APIEmbed } from "discord.js";
import { cut, plainLine, visible } from "../../src/core/text/visible-text.js";
import type { ChatMessage, ChatPost, ChatRecipients } from "../../src/ports/chat-post.js";
import { isSnowflake } from "./address.js";
import { type Card, gateCard, rootCard } from "./cards.js";
import { drawable } from "./drawable.js";
import { avatarOf, usernameOf } from "./identity.js";
import { limits } from "./limits.js";
import { plainText, safeMarkdown } from "./safe-text.js";

const suppressEmbeds = 1 << 2;

/** A post as Discord takes it. */
export interface DiscordPost {
  body: Partial<Card> & {
    content?: string;
    flags?: number;
    allowed_mentions: { parse: []; users?: string[]; replied_user?: false };
  };
  identity?: { username: string; avatar_url: string };
  file?: { name: string; text: string } | { name: string; bytes: Uint8Array };
}

export const nobody = { parse: [] as [] };

/** Renders a post for Discord. Pings only recipients with a `userId`; nothing in it gets a preview. */
export function formatPost(post: ChatPost): DiscordPost {
  switch (post.kind) {
    case "root":
      return { body: { ...rootCard(post.card), allowed_mentions: nobody } };
    case "gate":
      return {
        body: { ...gateCard(post.gate), allowed_mentions: nobody },
        ...(post.gate.file && { file: post.gate.file }),
      };
    case "line":
    case "working":
      return { body: formatLine(post.text, post.kind === "line" ? post.to : undefined) };
    case "message":
      return formatMessage(post.message);
  }
}

/** One small grey line. */
export const quiet = (text: string): DiscordPost["body"] => ({
  content: `-# ${plainText(text, limits.content - 10) || "…"}`,
  flags: suppressEmbeds,
  allowed_mentions: nobody,
});

function formatLine(said: string, to: ChatRecipients | undefined): DiscordPost["body"] {
  if (to === undefined) return quiet(said);
  const { text, users } = recipientsOf(to);
  const above = `-# ${text}\n`;
  const line = quiet(said.slice(0, limits.content - above.length));
  return {
    ...line,
    content: `${above}${line.content}`.slice(0, limits.content),
    allowed_mentions: { ...nobody, users },
  };
}

/** An answer for one person. */
export const privateText = (text: string): { content: string; flags: number; allowed_mentions: { parse: [] } } => ({
  content: safeMarkdown(text, limits.content).slice(0, limits.content) || "…",
  flags: suppressEmbeds,
  allowed_mentions: nobody,
});

function formatMessage(message: ChatMessage): DiscordPost {
  if (message.isPlain) return formatPlain(message);
  const said = message.text.trim() === "" ? "(no text)" : drawable(message.text);
  const { line, users } = aboveOf(message);
  const below =
    message.file === undefined ? "" : `-# The whole text is in the file ${plainText(message.file.name, 100)}.`;
  const content = [line, safeMarkdown(said, limits.content), below].filter((text) => text !== "").join("\n");
  const mentions = { ...nobody, ...(users.length === 0 ? {} : { users }) };
  const more = {
    identity: { username: usernameOf(message.from), avatar_url: avatarOf(message.from) },
    ...carriedBy(message),
  };
  if (content.length <= limits.content)
    return { body: { content, flags: suppressEmbeds, allowed_mentions: mentions }, ...more };
  const drawn = safeMarkdown(said, limits.embedDescription);
  const fits = drawn.length <= limits.embedDescription;
  const description = fits ? drawn : cut(visible(message.text, limits.embedDescription), limits.embedDescription);
  const embed: APIEmbed = { description };
  const rest = [line, below].filter((text) => text !== "").join("\n");
  return { body: { ...(rest === "" ? {} : { content: rest }), embeds: [embed], allowed_mentions: mentions }, ...more };
}

/** The whole text, or a participant's file. */
function carriedBy({ file, attachment }: ChatMessage): Pick<DiscordPost, "file"> {
  const carried = file ?? attachment;
  return carried ? { file: carried } : {};
}

/** The same words under Parley's own name, in an embed where they are long: neither name, picture nor layout can displease. */
function formatPlain(message: ChatMessage): DiscordPost {
  const { line } = aboveOf(message);
  const speaker = `**${plainText(plainLine(message.from.displayName, 80), 200) || message.from.name}:**`;
  const said = message.text.trim() === "" ? "(no text)" : message.text;
  const content = [line, speaker, safeMarkdown(said, limits.content)].filter((text) => text !== "").join("\n");
  const file = carriedBy(message);
  if (content.length <= limits.content)
    return { body: { content, flags: suppressEmbeds, allowed_mentions: nobody }, ...file };
  const embeds = [{ description: cut(visible(said, limits.embedDescription), limits.embedDescription) }];
  return { body: { content: [line, speaker].join("\n").trim(), embeds, allowed_mentions: nobody }, ...file };
}

/** To whom, and which part this is; nothing for a whole message to everybody. */
function aboveOf({ to, part }: ChatMessage): { line: string; users: string[] } {
  const count = part.count > 1 ? `part ${part.number} of ${part.count}` : "";
  const { text, users } = part.number === 1 ? recipientsOf(to) : { text: "", users: [] };
  const words = [text, count].filter((one) => one !== "").join(" · ");
  return { line: words === "" ? "" : `-# ${words}`, users };
}

const shownRecipients = 20;

function recipientsOf(to: ChatRecipients): { text: string; users: string[] } {
  if (to === "room") return { text: "→ everyone", users: [] };
  const users: string[] = [];
  const names = to.slice(0, shownRecipients).map(({ name, userId }) => {
    if (userId === undefined || !isSnowflake(userId)) return `@${plainText(plainLine(name, 40), 50)}`;
    users.push(userId);
    return `<@${userId}>`;
  });
  const others = to.length - shownRecipients;
  return { text: `→ ${names.join(", ")}${others > 0 ? ` and ${others} more` : ""}`, users: [...new Set(users)] };
}
