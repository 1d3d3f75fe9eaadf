import { compact } from "../json.js";
import { messageAt, messagesIn, threadOf } from "../messages.js";
import type { Channel, Message } from "../model.js";
import { SlackError } from "../slack-error.js";
import { wireChannel, wireMessage } from "../wire.js";
import { directChannel, isMember, type Method, type MethodCall, needScope, page, visibleChannel } from "./method.js";

const scopeWords = { public: "channels", private: "groups", im: "im" } as const;

const range = { oldest: "string", latest: "string", inclusive: "boolean" } as const;
const paging = { cursor: "string", limit: "integer" } as const;

const history: Method = {
  token: "bot",
  scopes: [],
  tier: 3,
  required: ["channel"],
  args: { channel: "string", ...range, ...paging, include_all_metadata: "boolean" },
  run: (call) => {
    const channel = readableChannel(call);
    const roots = readable(call, messagesIn(call.workspace, channel.id)).filter(
      (message) => message.threadTs === undefined,
    );
    const { items, more, metadata } = page(call, within(call, roots).reverse(), { default: 100, max: 999 });
    return { messages: items.map((message) => shown(call, message)), has_more: more, pin_count: 0, ...metadata };
  },
};

const replies: Method = {
  token: "bot",
  scopes: [],
  tier: 3,
  required: ["channel", "ts"],
  args: { channel: "string", ts: "string", ...range, ...paging, include_all_metadata: "boolean" },
  run: (call) => {
    const channel = readableChannel(call);
    const named = messageAt(call.workspace, channel.id, call.args.text("ts") ?? "");
    if (named === undefined) throw new SlackError("thread_not_found");
    const thread = threadOf(call.workspace, channel.id, named.threadTs ?? named.ts);
    const [root, ...rest] = thread;
    const wanted = [...(root === undefined ? [] : [root]), ...within(call, readable(call, rest))];
    const { items, more, metadata } = page(call, wanted, { default: 1000, max: 1000 });
    return { messages: items.map((message) => shown(call, message)), has_more: more, ...metadata };
  },
};

/** Slack shows a post to people before a read gives it to the app. */
function readable({ workspace }: MethodCall, messages: readonly Message[]): readonly Message[] {
  const untilMs = workspace.nowMs() - workspace.settings.readLagMs;
  return messages.filter(({ fromApp, ts }) => !fromApp || Number(ts) * 1_000 <= untilMs);
}

function shown(call: MethodCall, message: Message) {
  return wireMessage(call.workspace, message, call.args.flag("include_all_metadata") === true ? "full" : "type");
}

function readableChannel(call: MethodCall): Channel {
  const channel = visibleChannel(call);
  needScope(call, `${scopeWords[channel.kind]}:history`);
  if (!isMember(call, channel)) throw new SlackError("not_in_channel");
  return channel;
}

/** Messages between `oldest` and `latest`, both left out unless `inclusive`. */
function within({ args }: MethodCall, messages: readonly Message[]): Message[] {
  const inclusive = args.flag("inclusive") === true;
  const bound = (name: "oldest" | "latest", otherwise: number): number => {
    const text = args.text(name);
    if (text === undefined) return otherwise;
    if (!/^\d+(\.\d+)?$/.test(text)) throw new SlackError(`invalid_ts_${name}`);
    return Number(text);
  };
  const oldest = bound("oldest", -1);
  const latest = bound("latest", Number.POSITIVE_INFINITY);
  return messages.filter(({ ts }) => {
    const at = Number(ts);
    return inclusive ? at >= oldest && at <= latest : at > oldest && at < latest;
  });
}

const info: Method = {
  token: "bot",
  scopes: [],
  tier: 3,
  required: ["channel"],
  args: { channel: "string", include_num_members: "boolean", include_locale: "boolean" },
  run: (call) => {
    const channel = visibleChannel(call);
    needScope(call, `${scopeWords[channel.kind]}:read`);
    return { channel: wireChannel(call.workspace, channel) };
  },
};

const list: Method = {
  token: "bot",
  scopes: [],
  tier: 2,
  args: { ...paging, types: "string", exclude_archived: "boolean", team_id: "string" },
  run: (call) => {
    const { workspace, args } = call;
    const types = (args.text("types") ?? "public_channel").split(",").map((type) => type.trim());
    const kinds = types.flatMap(kindOf);
    for (const kind of kinds) needScope(call, `${scopeWords[kind]}:read`);
    const visible = workspace.channels
      .values()
      .filter((channel) => kinds.includes(channel.kind))
      .filter((channel) => channel.kind === "public" || isMember(call, channel))
      .filter((channel) => !(channel.archived && args.flag("exclude_archived") === true));
    const { items, metadata } = page(call, visible, { default: 100, max: 999 });
    return { channels: items.map((channel) => wireChannel(workspace, channel)), ...metadata };
  },
};

function kindOf(type: string): readonly Channel["kind"][] {
  if (type === "public_channel") return ["public"];
  if (type === "private_channel") return ["private"];
  if (type === "im") return ["im"];
  if (type === "mpim") return [];
  throw new SlackError("invalid_types");
}

const open: Method = {
  token: "bot",
  scopes: ["im:write"],
  tier: 3,
  args: { users: "string", channel: "string", return_im: "boolean", prevent_creation: "boolean" },
  run: ({ workspace, args }) => {
    const users = (args.text("users") ?? "").split(",").filter((user) => user !== "");
    const [user] = users;
    if (user === undefined) throw new SlackError("users_list_not_supplied");
    if (users.length > 1) throw new SlackError("not_enough_users", { detail: "the emulator opens one to one only" });
    if (workspace.people.get(user) === undefined) throw new SlackError("user_not_found");
    const channel = directChannel(workspace, user);
    return compact({ channel: args.flag("return_im") === true ? wireChannel(workspace, channel) : { id: channel.id } });
  },
};

const members: Method = {
  token: "bot",
  scopes: [],
  tier: 4,
  required: ["channel"],
  args: { channel: "string", ...paging },
  run: (call) => {
    const channel = visibleChannel(call);
    needScope(call, `${scopeWords[channel.kind]}:read`);
    const { items, metadata } = page(call, channel.members, { default: 100, max: 1000 });
    return { members: items, ...metadata };
  },
};

const join: Method = {
  token: "bot",
  scopes: ["channels:join"],
  tier: 3,
  required: ["channel"],
  args: { channel: "string" },
  run: (call) => {
    const { workspace } = call;
    const channel = visibleChannel(call);
    if (channel.archived) throw new SlackError("is_archived");
    if (channel.kind !== "public") throw new SlackError("method_not_supported_for_channel_type");
    if (isMember(call, channel)) return { channel: wireChannel(workspace, channel), warning: "already_in_channel" };
    const joined = { ...channel, members: [...channel.members, workspace.app().botUserId] };
    workspace.channels.put(channel.id, joined);
    workspace.announce({ type: "joined", channel: joined, user: workspace.app().botUserId });
    return { channel: wireChannel(workspace, joined) };
  },
};

export const conversationMethods: Readonly<Record<string, Method>> = {
  "conversations.list": list,
  "conversations.info": info,
  "conversations.history": history,
  "conversations.replies": replies,
  "conversations.open": open,
  "conversations.members": members,
  "conversations.join": join,
};
