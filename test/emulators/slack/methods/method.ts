import { channelNamed } from "../messages.js";
import type { Channel, Json } from "../model.js";
import type { Tier } from "../rate-limits.js";
import { SlackError } from "../slack-error.js";
import type { SocketMode } from "../socket-mode.js";
import type { Workspace } from "../workspace.js";

export type ArgumentType = "string" | "boolean" | "integer" | "json";

/** The arguments of one call, already of their declared types. */
export interface Arguments {
  text(name: string): string | undefined;
  flag(name: string): boolean | undefined;
  count(name: string): number | undefined;
  json(name: string): unknown;
}

export interface MethodCall {
  readonly workspace: Workspace;
  readonly socketMode: SocketMode;
  readonly args: Arguments;
}

/** One method of the Web API. `run` has its effect and returns what goes beside `ok: true`, or throws a SlackError. */
export interface Method {
  readonly token: "bot" | "app";
  readonly scopes: readonly string[];
  readonly tier: Tier;
  readonly args: Readonly<Record<string, ArgumentType>>;
  readonly required?: readonly string[];
  readonly run: (call: MethodCall) => Json;
}

/** Refuses with `missing_scope` unless the app has the scope. */
export function needScope({ workspace }: MethodCall, scope: string): void {
  const provided = workspace.app().scopes;
  if (!provided.includes(scope)) throw new SlackError("missing_scope", { needed: scope, provided: provided.join(",") });
}

/** The channel an argument names, as far as the app may see it. Writing methods take ids, and posts names too. */
export function visibleChannel(call: MethodCall, name = "channel"): Channel {
  const { workspace, args } = call;
  const value = args.text(name) ?? "";
  const channel = workspace.channels.get(value);
  if (channel === undefined) throw new SlackError("channel_not_found");
  if (channel.kind !== "public" && !isMember(call, channel)) throw new SlackError("channel_not_found");
  return channel;
}

/** The channel to write to: the app must be in it, and it must not be archived. */
export function writableChannel(call: MethodCall): Channel {
  const { workspace, args } = call;
  const value = args.text("channel") ?? "";
  const channel = value.startsWith("#") ? channelNamed(workspace, value) : personOrChannel(call, value);
  const member = isMember(call, channel);
  if (channel.kind === "private" && !member) throw new SlackError("channel_not_found");
  if (channel.archived) throw new SlackError("is_archived");
  const invited = member || (channel.kind === "public" && workspace.app().scopes.includes("chat:write.public"));
  if (!invited) throw new SlackError("not_in_channel");
  return channel;
}

function personOrChannel(call: MethodCall, value: string): Channel {
  const { workspace } = call;
  const found = workspace.channels.get(value);
  if (found !== undefined) return found;
  if (workspace.people.get(value) === undefined) throw new SlackError("channel_not_found");
  return directChannel(workspace, value);
}

/** The app's direct message channel with a person, created if missing. */
export function directChannel(workspace: Workspace, user: string): Channel {
  const bot = workspace.app().botUserId;
  const found = workspace.channels.values().find((channel) => channel.kind === "im" && channel.members.includes(user));
  if (found !== undefined) return found;
  const id = workspace.nextId("D");
  const createdAtMs = workspace.nowMs();
  const channel: Channel = {
    id,
    name: user,
    kind: "im",
    archived: false,
    members: [bot, user],
    topic: "",
    createdAtMs,
  };
  workspace.channels.put(id, channel);
  return channel;
}

export const isMember = ({ workspace }: MethodCall, channel: Channel): boolean =>
  channel.members.includes(workspace.app().botUserId);

/** A page of a list by cursor. The cursor is opaque to the caller: the next index, in base 64. */
export function page<T>(
  call: MethodCall,
  all: readonly T[],
  limit: { readonly default: number; readonly max: number },
) {
  const wanted = call.args.count("limit") ?? limit.default;
  if (wanted < 1 || wanted > limit.max) throw new SlackError("invalid_limit");
  const from = fromCursor(call.args.text("cursor"));
  const items = all.slice(from, from + wanted);
  const more = from + wanted < all.length;
  const cursor = more ? Buffer.from(`next:${from + wanted}`).toString("base64") : "";
  return { items, more, metadata: { response_metadata: { next_cursor: cursor } } };
}

function fromCursor(cursor: string | undefined): number {
  if (cursor === undefined || cursor === "") return 0;
  const found = /^next:(\d+)$/.exec(Buffer.from(cursor, "base64").toString("utf8"));
  if (found === null) throw new SlackError("invalid_cursor");
  return Number(found[1]);
}
