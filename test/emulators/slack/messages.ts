import { asObjects, asText } from "./json.js";
import type { Channel, Json, Message } from "./model.js";
import { reachOf, unfurlsOf } from "./pings.js";
import { SlackError } from "./slack-error.js";
import type { Workspace } from "./workspace.js";

export const keyOf = (channel: string, ts: string): string => `${channel}:${ts}`;

export const messageAt = (workspace: Workspace, channel: string, ts: string): Message | undefined =>
  workspace.messages.get(keyOf(channel, ts));

/** A channel's messages, oldest first. */
export const messagesIn = (workspace: Workspace, channel: string): Message[] =>
  workspace.messages
    .values()
    .filter((message) => message.channel === channel)
    .sort((a, b) => Number(a.ts) - Number(b.ts));

/** A thread's root and replies, oldest first; empty if there is no such thread. */
export const threadOf = (workspace: Workspace, channel: string, rootTs: string): Message[] =>
  messagesIn(workspace, channel).filter((message) => message.ts === rootTs || message.threadTs === rootTs);

/** The channel by id or by name, with or without `#`. */
export function channelNamed(workspace: Workspace, name: string): Channel {
  const bare = name.replace(/^#/, "");
  const found = workspace.channels.values().find((channel) => channel.id === bare || channel.name === bare);
  if (found === undefined) throw new SlackError("channel_not_found", { channel: name });
  return found;
}

/** Adds a message and announces it. */
export function post(workspace: Workspace, message: Message): Message {
  workspace.messages.put(keyOf(message.channel, message.ts), message);
  if (message.fromApp) judge(workspace, message);
  workspace.announce({ type: "posted", message });
  return message;
}

/** Replaces a message and announces the edit. */
export function edit(workspace: Workspace, after: Message, by: string): Message {
  const before = messageAt(workspace, after.channel, after.ts);
  if (before === undefined) throw new SlackError("message_not_found");
  workspace.messages.put(keyOf(after.channel, after.ts), after);
  if (after.fromApp) judge(workspace, after);
  workspace.announce({ type: "edited", before, after, by });
  return after;
}

/** Removes a message; a root with replies leaves "This message was deleted." behind, as the platform does. */
export function remove(workspace: Workspace, message: Message): void {
  const replies = threadOf(workspace, message.channel, message.ts).length - 1;
  const key = keyOf(message.channel, message.ts);
  if (replies > 0) workspace.messages.put(key, tombstone(message));
  else workspace.messages.remove(key);
  workspace.announce({ type: "deleted", message });
}

const tombstone = (message: Message): Message => ({
  channel: message.channel,
  ts: message.ts,
  subtype: "tombstone",
  user: "USLACKBOT",
  text: "This message was deleted.",
  files: [],
  reactions: [],
  fromApp: false,
});

/** Writes down every ping and every preview the app's own message would cause. */
function judge(workspace: Workspace, message: Message): void {
  const reach = reachOf(message);
  judgeReach(workspace, message, `message ${message.ts} in ${message.channel}`);
  if (unfurlsOf(reach, message).length > 0) {
    workspace.violate("unfurl", `message ${message.ts} in ${message.channel} unfurls ${reach.links.join(" ")}`);
  }
}

/** Not the line that says to whom a post is. */
const isNotAddress = ({ type, elements }: Json): boolean =>
  type !== "context" || !asText(asObjects(elements)[0]?.text).startsWith("→ ");

export function judgeReach(
  workspace: Workspace,
  rendered: Pick<Message, "text"> & { readonly blocks?: Message["blocks"] | undefined },
  where: string,
): void {
  const { text } = rendered;
  const blocks = workspace.settings.allowsAddressed ? rendered.blocks?.filter(isNotAddress) : rendered.blocks;
  for (const ping of reachOf({ text, ...(blocks === undefined ? {} : { blocks }) }).pings) {
    if (ping.kind === "user" && workspace.settings.allowedMentions.includes(ping.target)) continue;
    workspace.violate(ping.kind === "user" ? "user_mention" : "broadcast_mention", `${where} pings ${ping.target}`);
  }
}
