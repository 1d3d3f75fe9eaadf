import type { Delivery } from "./delivery.js";
import { asText } from "./json.js";
import type { Channel, Json, Message, Person } from "./model.js";
import { wireMessage, wirePerson } from "./wire.js";
import type { Happening, Workspace } from "./workspace.js";

const messageEvents = {
  public: { event: "message.channels", scope: "channels:history", channelType: "channel" },
  private: { event: "message.groups", scope: "groups:history", channelType: "group" },
  im: { event: "message.im", scope: "im:history", channelType: "im" },
} as const;

/** Tells the app what happens where it is a member, as far as it subscribed and its scopes allow. */
export function tellApp(workspace: Workspace, delivery: Delivery): void {
  workspace.onHappening((happening) => {
    for (const event of eventsFor(workspace, happening)) delivery.event(event);
  });
}

function eventsFor(workspace: Workspace, happening: Happening): readonly Json[] {
  switch (happening.type) {
    case "posted":
      return [
        ...messageEvent(workspace, happening.message, posted(workspace, happening.message)),
        ...mention(workspace, happening.message),
      ];
    case "edited":
      return messageEvent(workspace, happening.after, changed(workspace, happening));
    case "deleted":
      return messageEvent(workspace, happening.message, deleted(workspace, happening.message));
    case "reacted":
      return subscribed(workspace, "reaction_added", "reactions:read", reacted(workspace, happening));
    case "joined":
      return channelEvent(workspace, happening.channel, { type: "member_joined_channel", user: happening.user });
    case "left":
      return happening.user === workspace.app().botUserId
        ? channelEvent(workspace, happening.channel, { type: named(happening.channel, "left"), user: happening.user })
        : channelEvent(workspace, happening.channel, { type: "member_left_channel", user: happening.user });
    case "archived":
      return channelEvent(workspace, happening.channel, {
        type: named(happening.channel, "archive"),
        user: happening.user,
      });
    case "unarchived":
      return channelEvent(workspace, happening.channel, {
        type: named(happening.channel, "unarchive"),
        user: happening.user,
      });
    case "renamed":
      return [
        ...channelObjectEvent(workspace, happening.channel),
        ...noteInChannel(workspace, happening.channel, {
          subtype: named(happening.channel, "name"),
          name: happening.channel.name,
          user: happening.user,
        }),
      ];
    case "moved":
      return channelEvent(workspace, happening.channel, {
        type: "channel_id_changed",
        old_channel_id: happening.from,
        new_channel_id: happening.channel.id,
      });
    case "madePrivate":
      return noteInChannel(workspace, happening.channel, {
        subtype: "channel_convert_to_private",
        user: happening.user,
      });
    case "channelDeleted":
      return channelEvent(workspace, happening.channel, {
        type: named(happening.channel, "deleted"),
        user: happening.user,
      });
    case "personChanged":
      return personEvents(workspace, happening.person);
    case "homeOpened":
      return subscribed(workspace, "app_home_opened", undefined, {
        type: "app_home_opened",
        user: happening.user,
        tab: "home",
        channel: "D0000HOME0",
        event_ts: workspace.nextTs(),
      });
  }
}

/** Slack tells of a changed profile under two names at the same time, also where the app shares no channel with the person. */
function personEvents(workspace: Workspace, person: Person): readonly Json[] {
  const user = { ...wirePerson(workspace, person), updated: Math.floor(workspace.nowMs() / 1_000) };
  return ["user_change", "user_profile_changed"].flatMap((type) =>
    subscribed(workspace, type, "users:read", { type, user, cache_ts: user.updated, event_ts: workspace.nextTs() }),
  );
}

function subscribed(workspace: Workspace, name: string, scope: string | undefined, event: Json): readonly Json[] {
  const app = workspace.app();
  if (!app.events.includes(name) || app.revoked.includes("bot")) return [];
  return scope === undefined || app.scopes.includes(scope) ? [event] : [];
}

const isMember = (workspace: Workspace, channel: Channel | undefined): boolean =>
  channel?.members.includes(workspace.app().botUserId) ?? false;

function messageEvent(workspace: Workspace, message: Message, event: Json): readonly Json[] {
  const channel = workspace.channels.get(message.channel);
  if (channel === undefined || !isMember(workspace, channel)) return [];
  const about = messageEvents[channel.kind];
  return subscribed(workspace, about.event, about.scope, {
    ...event,
    channel: channel.id,
    channel_type: about.channelType,
  });
}

function posted(workspace: Workspace, message: Message): Json {
  return { ...wireMessage(workspace, message, "full"), event_ts: message.ts };
}

function changed(workspace: Workspace, { before, after }: { before: Message; after: Message }): Json {
  const ts = workspace.nextTs();
  return {
    type: "message",
    subtype: "message_changed",
    hidden: true,
    message: wireMessage(workspace, after, "full"),
    previous_message: wireMessage(workspace, before, "full"),
    ts,
    event_ts: ts,
  };
}

function deleted(workspace: Workspace, message: Message): Json {
  const ts = workspace.nextTs();
  const previous = wireMessage(workspace, message, "full");
  return {
    type: "message",
    subtype: "message_deleted",
    hidden: true,
    deleted_ts: message.ts,
    previous_message: previous,
    ts,
    event_ts: ts,
  };
}

function mention(workspace: Workspace, message: Message): readonly Json[] {
  const channel = workspace.channels.get(message.channel);
  const named = asText(message.text).includes(`<@${workspace.app().botUserId}>`);
  if (message.fromApp || !named || channel?.kind === "im" || !isMember(workspace, channel)) return [];
  const event = {
    ...wireMessage(workspace, message, "full"),
    type: "app_mention",
    channel: message.channel,
    event_ts: message.ts,
  };
  return subscribed(workspace, "app_mention", "app_mentions:read", event);
}

function reacted(
  workspace: Workspace,
  { message, user, name }: { message: Message; user: string; name: string },
): Json {
  const item = { type: "message", channel: message.channel, ts: message.ts };
  return { type: "reaction_added", user, reaction: name, item, item_user: message.user, event_ts: workspace.nextTs() };
}

/** Private channels have events of their own name. */
const named = ({ kind }: Channel, what: string): string => `${kind === "private" ? "group" : "channel"}_${what}`;

/** A message that Slack itself writes into the channel. */
function noteInChannel(workspace: Workspace, channel: Channel, note: Json): readonly Json[] {
  const ts = workspace.nextTs();
  const about = messageEvents[channel.kind];
  const event = { type: "message", ...note, text: "", ts, event_ts: ts, channel: channel.id };
  return isMember(workspace, channel) ? subscribed(workspace, about.event, about.scope, event) : [];
}

/** Slack tells a rename with the channel as an object. */
function channelObjectEvent(workspace: Workspace, channel: Channel): readonly Json[] {
  if (!isMember(workspace, channel)) return [];
  const scope = channel.kind === "private" ? "groups:read" : "channels:read";
  const name = named(channel, "rename");
  const created = Math.floor(channel.createdAtMs / 1_000);
  const event = { type: name, channel: { id: channel.id, name: channel.name, created }, event_ts: workspace.nextTs() };
  return subscribed(workspace, name, scope, event);
}

function channelEvent(workspace: Workspace, channel: Channel, event: Json): readonly Json[] {
  const itself = event.user === workspace.app().botUserId;
  if (!isMember(workspace, channel) && !itself) return [];
  const channelType = channel.kind === "private" ? "G" : "C";
  const scope = channel.kind === "private" ? "groups:read" : "channels:read";
  const whole = {
    ...event,
    channel: channel.id,
    channel_type: channelType,
    team: workspace.team.id,
    event_ts: workspace.nextTs(),
  };
  return subscribed(workspace, asText(event.type), scope, whole);
}
