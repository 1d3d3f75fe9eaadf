import { compact } from "../json.js";
import { edit, judgeReach, keyOf, messageAt, post, remove } from "../messages.js";
import type { Channel, Message } from "../model.js";
import { SlackError } from "../slack-error.js";
import { wireMessage } from "../wire.js";
import { type Content, contentOf, metadataOf } from "./content.js";
import {
  type ArgumentType,
  type Method,
  type MethodCall,
  needScope,
  visibleChannel,
  writableChannel,
} from "./method.js";

const content: Readonly<Record<string, ArgumentType>> = {
  channel: "string",
  text: "string",
  blocks: "json",
  metadata: "json",
  link_names: "boolean",
  parse: "string",
};
const identity: Readonly<Record<string, ArgumentType>> = {
  username: "string",
  icon_emoji: "string",
  icon_url: "string",
};

const postMessage: Method = {
  token: "bot",
  scopes: ["chat:write"],
  tier: "post",
  required: ["channel"],
  args: {
    ...content,
    ...identity,
    thread_ts: "string",
    reply_broadcast: "boolean",
    unfurl_links: "boolean",
    unfurl_media: "boolean",
    mrkdwn: "boolean",
    client_msg_id: "string",
  },
  run: (call) => {
    const { workspace, args } = call;
    const who = identityOf(call);
    const channel = writableChannel(call);
    const repeated = repeatOf(call, channel);
    if (repeated !== undefined) return sent(call, repeated);
    const body = contentOf(call, { maxText: undefined });
    const metadata = metadataOf(call);
    const threadTs = threadFor(call, channel);
    judgePost(call, metadata?.event_payload.key);
    const message: Message = compact({
      channel: channel.id,
      ts: workspace.nextTs(),
      threadTs,
      ...who,
      botId: workspace.app().botId,
      ...body,
      metadata,
      files: [],
      reactions: [],
      clientMsgId: args.text("client_msg_id"),
      unfurlLinks: args.flag("unfurl_links"),
      unfurlMedia: args.flag("unfurl_media"),
      fromApp: true,
    });
    return sent(call, post(workspace, message));
  },
};

function sent({ workspace }: MethodCall, message: Message) {
  return { channel: message.channel, ts: message.ts, message: wireMessage(workspace, message, "full") };
}

function identityOf(call: MethodCall): Pick<Message, "subtype" | "username" | "icons" | "user"> {
  const { workspace, args } = call;
  const username = args.text("username");
  const emoji = args.text("icon_emoji");
  const image = args.text("icon_url");
  if (username === undefined && emoji === undefined && image === undefined) return { user: workspace.app().botUserId };
  needScope(call, "chat:write.customize");
  if (emoji !== undefined && image !== undefined)
    workspace.violate("two_icons", "icon_emoji overrides icon_url, so the picture is never shown");
  if (emoji === undefined && image !== undefined) workspace.pictures.take(image);
  const icons = emoji === undefined && image === undefined ? {} : { icons: iconsOf(emoji, image) };
  return { subtype: "bot_message", username: username ?? "Parley", ...icons };
}

function iconsOf(emoji: string | undefined, image: string | undefined): NonNullable<Message["icons"]> {
  return emoji === undefined ? { image_36: image ?? "" } : { emoji: `:${emoji.replaceAll(":", "")}:` };
}

function repeatOf({ workspace, args }: MethodCall, channel: Channel): Message | undefined {
  const id = args.text("client_msg_id");
  if (id === undefined || workspace.settings.dedupeClientMsgId === "off") return undefined;
  return workspace.messages.values().find((message) => message.channel === channel.id && message.clientMsgId === id);
}

/** A reply goes to the root, even when a reply was named; an unknown root is refused. */
function threadFor({ workspace, args }: MethodCall, channel: Channel): string | undefined {
  const threadTs = args.text("thread_ts");
  if (threadTs === undefined) return undefined;
  const root = messageAt(workspace, channel.id, threadTs);
  if (root === undefined) throw new SlackError(workspace.settings.unknownThreadError);
  if (root.threadTs === undefined) return threadTs;
  workspace.violate("thread_ts_of_reply", `${threadTs} in ${channel.id} is itself a reply to ${root.threadTs}`);
  return root.threadTs;
}

function judgePost({ workspace, args }: MethodCall, key: unknown): void {
  const where = `chat.postMessage to ${args.text("channel")}`;
  if (args.flag("unfurl_links") !== false || args.flag("unfurl_media") !== false) {
    workspace.violate("unfurl_left_on", `${where} without unfurl_links=false and unfurl_media=false`);
  }
  if (args.flag("link_names") === true || args.text("parse") === "full")
    workspace.violate("link_names", `${where} turns names into pings`);
  if (args.text("text") === undefined) workspace.violate("missing_fallback_text", `${where} has blocks and no text`);
  if (typeof key !== "string") return;
  const channel = args.text("channel");
  const twin = workspace.messages
    .values()
    .find((message) => message.channel === channel && message.metadata?.event_payload.key === key);
  if (twin !== undefined) workspace.violate("posted_twice", `key ${key} is already at ${twin.ts} in ${twin.channel}`);
}

const update: Method = {
  token: "bot",
  scopes: ["chat:write"],
  tier: 3,
  required: ["channel", "ts"],
  args: { ...content, ts: "string", reply_broadcast: "boolean", file_ids: "json" },
  run: (call) => {
    const { workspace, args } = call;
    const channel = writableChannel(call);
    const before = ownMessage(call, channel, "cant_update_message");
    const body = contentOf(call, { maxText: 4_000 });
    const metadata = metadataOf(call);
    const after: Message = {
      ...before,
      ...kept(before, body, args.text("text") !== undefined),
      ...(metadata === undefined ? {} : { metadata }),
      editedTs: workspace.nextTs(),
    };
    edit(workspace, after, workspace.app().botUserId);
    return { channel: channel.id, ts: after.ts, text: after.text, message: wireMessage(workspace, after, "full") };
  },
};

/** Fields that an update does not name stay; an empty list of blocks removes them. */
function kept(before: Message, body: Content, hasText: boolean): Pick<Message, "text" | "blocks"> {
  const blocks = body.blocks ?? before.blocks;
  return { text: hasText ? body.text : before.text, ...(blocks === undefined ? {} : { blocks }) };
}

function ownMessage({ workspace, args }: MethodCall, channel: Channel, refusal: string): Message {
  const message = messageAt(workspace, channel.id, args.text("ts") ?? "");
  if (message === undefined || message.subtype === "tombstone") throw new SlackError("message_not_found");
  if (!message.fromApp) throw new SlackError(refusal);
  return message;
}

const deleteMessage: Method = {
  token: "bot",
  scopes: ["chat:write"],
  tier: 3,
  required: ["channel", "ts"],
  args: { channel: "string", ts: "string" },
  run: (call) => {
    const channel = writableChannel(call);
    const message = ownMessage(call, channel, "cant_delete_message");
    if (message.username !== undefined) throw new SlackError("cant_delete_message");
    remove(call.workspace, message);
    return { channel: channel.id, ts: message.ts };
  },
};

const postEphemeral: Method = {
  token: "bot",
  scopes: ["chat:write"],
  tier: 4,
  required: ["channel", "user"],
  args: { ...content, ...identity, thread_ts: "string", user: "string" },
  run: (call) => {
    const { workspace, args } = call;
    const who = identityOf(call);
    const channel = writableChannel(call);
    const user = args.text("user") ?? "";
    if (!channel.members.includes(user)) throw new SlackError("user_not_in_channel");
    const body = contentOf(call, { maxText: undefined });
    const threadTs = threadFor(call, channel);
    const ts = workspace.nextTs();
    const { username, icons } = who;
    judgeReach(workspace, body, `ephemeral message to ${user}`);
    const from = "app" as const;
    workspace.whispers.put(
      ts,
      compact({ id: ts, channel: channel.id, ts, threadTs, user, from, username, icons, ...body }),
    );
    return { message_ts: ts };
  },
};

const getPermalink: Method = {
  token: "bot",
  scopes: [],
  tier: "none",
  required: ["channel", "message_ts"],
  args: { channel: "string", message_ts: "string" },
  run: (call) => {
    const channel = visibleChannel(call);
    const message = messageAt(call.workspace, channel.id, call.args.text("message_ts") ?? "");
    if (message === undefined) throw new SlackError("message_not_found");
    const thread = message.threadTs === undefined ? "" : `?thread_ts=${message.threadTs}&cid=${channel.id}`;
    const path = `archives/${channel.id}/p${message.ts.replace(".", "")}${thread}`;
    return { channel: channel.id, permalink: `https://${call.workspace.team.domain}.slack.com/${path}` };
  },
};

const addReaction: Method = {
  token: "bot",
  scopes: ["reactions:write"],
  tier: 3,
  required: ["channel", "timestamp", "name"],
  args: { channel: "string", timestamp: "string", name: "string" },
  run: (call) => {
    const { workspace, args } = call;
    const channel = writableChannel(call);
    const message = messageAt(workspace, channel.id, args.text("timestamp") ?? "");
    if (message === undefined) throw new SlackError("message_not_found");
    const name = (args.text("name") ?? "").replaceAll(":", "");
    if (!/^[a-z0-9_+'-]+$/.test(name)) throw new SlackError("invalid_name");
    const bot = workspace.app().botUserId;
    const users = message.reactions.find((reaction) => reaction.name === name)?.users ?? [];
    if (users.includes(bot)) throw new SlackError("already_reacted");
    const others = message.reactions.filter((reaction) => reaction.name !== name);
    const reactions = [...others, { name, users: [...users, bot] }];
    workspace.messages.put(keyOf(channel.id, message.ts), { ...message, reactions });
    workspace.announce({ type: "reacted", message, user: bot, name });
    return {};
  },
};

export const chatMethods: Readonly<Record<string, Method>> = {
  "chat.postMessage": postMessage,
  "chat.update": update,
  "chat.delete": deleteMessage,
  "chat.postEphemeral": postEphemeral,
  "chat.getPermalink": getPermalink,
  "reactions.add": addReaction,
};
