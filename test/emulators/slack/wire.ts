import { compact } from "./json.js";
import { threadOf } from "./messages.js";
import type { Channel, FileRecord, Json, Message, Person, ViewRecord } from "./model.js";
import type { Workspace } from "./workspace.js";

/** How much of a message's metadata goes out: everything, the type alone (the default of reads), or nothing. */
export type MetadataShown = "full" | "type";

/** A message as the Web API and events show it. */
export function wireMessage(workspace: Workspace, message: Message, shown: MetadataShown): Json {
  const app = workspace.app();
  const plainBot = message.fromApp && message.username === undefined;
  return compact({
    type: "message",
    subtype: message.subtype,
    user: message.user,
    bot_id: message.botId,
    app_id: message.fromApp ? app.appId : undefined,
    bot_profile: plainBot
      ? { id: app.botId, app_id: app.appId, name: "Parley", team_id: workspace.team.id }
      : undefined,
    username: message.username,
    icons: message.icons,
    text: message.text,
    ts: message.ts,
    team: message.username === undefined ? workspace.team.id : undefined,
    client_msg_id: message.clientMsgId,
    blocks: message.blocks,
    metadata: wireMetadata(message, shown),
    edited: message.editedTs === undefined ? undefined : { user: message.user ?? message.botId, ts: message.editedTs },
    files: message.files.length === 0 ? undefined : message.files.map((id) => wireFile(workspace, id)),
    reactions: message.reactions.length === 0 ? undefined : message.reactions.map(wireReaction),
    ...wireThread(workspace, message),
    ...message.more,
  });
}

const wireReaction = (reaction: Message["reactions"][number]): Json => ({ ...reaction, count: reaction.users.length });

function wireMetadata(message: Message, shown: MetadataShown): Json | undefined {
  if (message.metadata === undefined) return undefined;
  return shown === "full" ? { ...message.metadata } : { event_type: message.metadata.event_type };
}

function wireThread(workspace: Workspace, message: Message): Json {
  if (message.threadTs !== undefined) {
    const root = workspace.messages.get(`${message.channel}:${message.threadTs}`);
    return compact({ thread_ts: message.threadTs, parent_user_id: root?.user });
  }
  const replies = threadOf(workspace, message.channel, message.ts).slice(1);
  const last = replies.at(-1);
  if (last === undefined) return {};
  const users = [...new Set(replies.map((reply) => reply.user ?? reply.botId ?? ""))];
  return {
    thread_ts: message.ts,
    reply_count: replies.length,
    reply_users_count: users.length,
    reply_users: users.slice(0, 5),
    latest_reply: last.ts,
  };
}

export function wireFile(workspace: Workspace, id: string): Json {
  const file = workspace.files.get(id);
  if (file === undefined) return { id, mode: "tombstone" };
  if (file.isRemote === true)
    return { id, created: 0, timestamp: 0, mode: "file_access", file_access: "check_file_info" };
  return wholeFile(workspace, file);
}

/** A file with all that `files.info` tells of it. */
export const wholeFile = (workspace: Workspace, file: FileRecord): Json => ({
  ...describeFile(file),
  ...fileLinks(workspace, file),
});

const describeFile = (file: FileRecord): Json => ({
  id: file.id,
  name: file.name,
  title: file.title,
  mimetype: file.mimetype,
  size: file.bytes,
  user: file.user,
  mode: "hosted",
});

function fileLinks(workspace: Workspace, file: FileRecord): Json {
  const path = `${workspace.baseUrl()}/files-pri/${workspace.team.id}-${file.id}`;
  const name = encodeURIComponent(file.name);
  return {
    url_private: `${path}/${name}`,
    url_private_download: `${path}/download/${name}`,
    permalink: `${path}/${name}`,
  };
}

export function wireChannel(workspace: Workspace, channel: Channel): Json {
  const member = channel.members.includes(workspace.app().botUserId);
  const created = Math.floor(channel.createdAtMs / 1000);
  if (channel.kind === "im") {
    const user = channel.members.find((id) => id !== workspace.app().botUserId);
    return { id: channel.id, created, is_im: true, is_archived: false, user };
  }
  return {
    id: channel.id,
    name: channel.name,
    name_normalized: channel.name,
    created,
    is_channel: channel.kind === "public",
    is_group: false,
    is_im: false,
    is_mpim: false,
    is_private: channel.kind === "private",
    is_archived: channel.archived,
    is_general: channel.name === "general",
    is_member: member,
    topic: { value: channel.topic, creator: "", last_set: 0 },
    purpose: { value: "", creator: "", last_set: 0 },
    num_members: channel.members.length,
    context_team_id: workspace.team.id,
  };
}

export function wirePerson(workspace: Workspace, person: Person): Json {
  return {
    id: person.id,
    team_id: workspace.team.id,
    name: person.name,
    deleted: person.deleted,
    real_name: person.realName,
    is_bot: person.isBot,
    is_app_user: false,
    tz: "Europe/Berlin",
    profile: { real_name: person.realName, display_name: person.displayName, team: workspace.team.id },
  };
}

/** A view as the app sees it. */
export function wireView(workspace: Workspace, record: ViewRecord, values: Json = {}): Json {
  const app = workspace.app();
  return {
    callback_id: "",
    private_metadata: "",
    external_id: "",
    title: null,
    submit: null,
    close: null,
    clear_on_close: false,
    notify_on_close: false,
    ...record.view,
    id: record.id,
    team_id: workspace.team.id,
    state: { values },
    hash: record.hash,
    previous_view_id: record.previousViewId ?? null,
    root_view_id: record.rootViewId,
    app_id: app.appId,
    app_installed_team_id: workspace.team.id,
    bot_id: app.botId,
  };
}
