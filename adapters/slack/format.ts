import type { types } from "@slack/bolt";
import { cut, plainLine, visible } from "../../src/core/text/visible-text.js";
import type { ChatMessage, ChatPost, ChatRecipients } from "../../src/ports/chat-post.js";
import { gateBlocks, gateFallback, quietBlock, rootBlocks, rootFallback } from "./cards.js";
import { drawnBlocks, verbatimBlocks } from "./drawn-blocks.js";
import { iconOf, usernameOf } from "./identity.js";
import { limits } from "./limits.js";
import { escapeMrkdwn, safeMarkdown } from "./safe-text.js";

/** A post as Slack takes it. `username` and the picture need the scope `chat:write.customize`. */
export interface SlackPost {
  text: string;
  /** Empty: the text alone is shown. */
  blocks: types.KnownBlock[];
  identity?: { username: string } & ReturnType<typeof iconOf>;
}

/** Renders a post for Slack: blocks, and the text that notifications show. Pings only recipients with a `userId`. */
export function formatPost(post: ChatPost): SlackPost {
  switch (post.kind) {
    case "root":
      return { text: rootFallback(post.card), blocks: rootBlocks(post.card) };
    case "gate":
      return { text: gateFallback(post.gate), blocks: gateBlocks(post.gate) };
    case "line":
    case "working":
      return formatLine(post.text, post.kind === "line" ? post.to : undefined);
    case "message":
      return formatMessage(post.message);
  }
}

function formatLine(said: string, to: ChatRecipients | undefined): SlackPost {
  const above = to === undefined ? [] : [contextBlock(recipientsOf(to))];
  return { text: escapeMrkdwn(said, limits.text) || "…", blocks: [...above, quietBlock(said)] };
}

/** The same message for workspaces where Parley may not use other names: the text names the sender. */
export function withoutIdentity({ text, blocks, identity }: SlackPost): SlackPost {
  if (identity === undefined) return { text, blocks };
  const name = identity.username;
  const speaker: types.KnownBlock = {
    type: "rich_text",
    elements: [{ type: "rich_text_section", elements: [{ type: "text", text: `${name}:`, style: { bold: true } }] }],
  };
  const named = cut(`${escapeMrkdwn(name)}: ${text}`, limits.text);
  return { text: named, blocks: blocks.length === 0 ? [] : [speaker, ...blocks] };
}

/** Stands in for a withdrawn post that cannot be deleted. */
export const withdrawnPost: SlackPost = { text: "(withdrawn)", blocks: [quietBlock("(withdrawn)")] };

function formatMessage(message: ChatMessage): SlackPost {
  const above = aboveOf(message);
  const said = message.text.trim() === "" ? "(no text)" : message.text;
  const text = escapeMrkdwn(said, limits.text);
  const identity = { username: usernameOf(message.from), ...iconOf(message.from) };
  if (message.isPlain) return { text: plainWords(message, said), blocks: [], identity };
  const below = message.file === undefined ? [] : [quietBlock(`The whole text is in the file ${message.file.name}.`)];
  return {
    text,
    blocks: [...(above === undefined ? [] : [above]), ...saidBlocks(said), ...below],
    identity,
  };
}

/** Markdown where Slack can draw it and nothing in it can notify, else the text as it was written. */
function saidBlocks(said: string): types.KnownBlock[] {
  const text = safeMarkdown(said, limits.markdown / 2);
  if (text !== undefined && text.length <= limits.markdown && drawnBlocks(text) <= limits.drawnBlocks)
    return [{ type: "markdown", text }];
  return verbatimBlocks(visible(said, limits.markdown));
}

/** The words alone, with those to whom they are above them. */
function plainWords({ to, part, file }: ChatMessage, said: string): string {
  const count = part.count > 1 ? `part ${part.number} of ${part.count}` : "";
  const recipients = part.number === 1 ? recipientsOf(to) : "";
  const above = [recipients, count].filter((words) => words !== "").join(" · ");
  const below = file === undefined ? "" : `The whole text is in the file ${escapeMrkdwn(file.name)}.`;
  const room = limits.text - above.length - below.length - 2;
  return [above, escapeMrkdwn(said, room), below].filter((words) => words !== "").join("\n");
}

/** To whom, and which part this is; nothing for a whole message to everybody. */
function aboveOf({ to, part }: ChatMessage): types.KnownBlock | undefined {
  const count = part.count > 1 ? `part ${part.number} of ${part.count}` : "";
  const recipients = part.number === 1 ? recipientsOf(to) : "";
  const text = [recipients, count].filter((words) => words !== "").join(" · ");
  return text === "" ? undefined : contextBlock(text);
}

function contextBlock(text: string): types.KnownBlock {
  return { type: "context", elements: [{ type: "mrkdwn", text, verbatim: true }] };
}

const userId = /^[UW][A-Z0-9]+$/;

function recipientsOf(to: ChatRecipients): string {
  if (to === "room") return "→ everyone";
  const names = to.map((recipient) =>
    recipient.userId !== undefined && userId.test(recipient.userId)
      ? `<@${recipient.userId}>`
      : escapeMrkdwn(`@${plainLine(recipient.name, 40)}`),
  );
  const shown = names.slice(0, 30).join(", ");
  return names.length > 30 ? `→ ${shown} and ${names.length - 30} more` : `→ ${shown}`;
}
