import { verifyRequestUrl } from "./events-http.js";
import { channelNamed, keyOf, messageAt, messagesIn, threadOf } from "./messages.js";
import type { Channel } from "./model.js";
import { SlackError } from "./slack-error.js";
import type { Workspace } from "./workspace.js";

/** Actions of workspace owners on the app, its tokens and its channels. */
export interface Admin {
  revokeToken(kind: "bot" | "app"): void;
  restoreToken(kind: "bot" | "app"): void;
  dropScope(scope: string): void;
  grantScope(scope: string): void;
  archive(channel: string): void;
  unarchive(channel: string): void;
  rename(channel: string, name: string): void;
  /** A person takes another display name; `""`: Slack shows the real name. */
  renamePerson(userId: string, displayName: string): void;
  /** The channel gets another id, as when it is shared with another workspace; its messages go with it. */
  changeId(channel: string): string;
  makePrivate(channel: string): void;
  deleteChannel(channel: string): void;
  removeBot(channel: string): void;
  inviteBot(channel: string): void;
  addChannel(channel: { readonly name: string; readonly kind?: Channel["kind"]; readonly withBot?: boolean }): string;
  /** Deletes a root and all its replies: the thread does not exist any more. */
  deleteThread(channel: string, rootTs: string): void;
  /** Sends everything to this address instead of sockets, after the platform's own test of it. */
  useRequestUrl(url: string): Promise<void>;
  useSocketMode(): void;
}

export function createAdmin(workspace: Workspace): Admin {
  const change = (name: string, part: (channel: Channel) => Partial<Channel>): Channel => {
    const channel = channelNamed(workspace, name);
    const changed = { ...channel, ...part(channel) };
    workspace.channels.put(channel.id, changed);
    return changed;
  };
  const scopes = (): readonly string[] => workspace.app().scopes;
  const revoked = (): readonly ("bot" | "app")[] => workspace.app().revoked;
  const bot = (): string => workspace.app().botUserId;
  const owner = "U000MIA";

  return {
    revokeToken: (kind) => workspace.changeApp({ revoked: [...new Set([...revoked(), kind])] }),
    restoreToken: (kind) => workspace.changeApp({ revoked: revoked().filter((other) => other !== kind) }),
    dropScope: (scope) => workspace.changeApp({ scopes: scopes().filter((other) => other !== scope) }),
    grantScope: (scope) => workspace.changeApp({ scopes: [...new Set([...scopes(), scope])] }),
    archive: (name) =>
      workspace.announce({ type: "archived", channel: change(name, () => ({ archived: true })), user: owner }),
    unarchive: (name) =>
      workspace.announce({ type: "unarchived", channel: change(name, () => ({ archived: false })), user: owner }),
    rename: (name, to) =>
      workspace.announce({ type: "renamed", channel: change(name, () => ({ name: to })), user: owner }),
    renamePerson: (userId, displayName) => {
      const person = workspace.people.get(userId);
      if (person === undefined) throw new SlackError("user_not_found");
      const changed = { ...person, displayName };
      workspace.people.put(userId, changed);
      workspace.announce({ type: "personChanged", person: changed });
    },
    changeId: (name) => changeId(workspace, channelNamed(workspace, name)),
    makePrivate: (name) =>
      workspace.announce({ type: "madePrivate", channel: change(name, () => ({ kind: "private" })), user: owner }),
    deleteChannel: (name) => {
      const channel = channelNamed(workspace, name);
      workspace.channels.remove(channel.id);
      workspace.announce({ type: "channelDeleted", channel, user: owner });
    },
    removeBot: (name) => {
      const channel = change(name, ({ members }) => ({ members: members.filter((member) => member !== bot()) }));
      workspace.announce({ type: "left", channel, user: bot() });
    },
    inviteBot: (name) => {
      const channel = change(name, ({ members }) => ({ members: [...new Set([...members, bot()])] }));
      workspace.announce({ type: "joined", channel, user: bot() });
    },
    addChannel: ({ name, kind = "public", withBot = true }) => {
      const id = workspace.nextId("C");
      const people = workspace.people.values().filter((person) => withBot || !person.isBot);
      const members = people.map((person) => person.id);
      workspace.channels.put(id, {
        id,
        name,
        kind,
        members,
        archived: false,
        topic: "",
        createdAtMs: workspace.nowMs(),
      });
      return id;
    },
    deleteThread: (name, rootTs) => {
      const channel = channelNamed(workspace, name);
      const root = messageAt(workspace, channel.id, rootTs);
      if (root === undefined) throw new SlackError("message_not_found");
      for (const { ts } of threadOf(workspace, channel.id, rootTs)) workspace.messages.remove(`${channel.id}:${ts}`);
      workspace.announce({ type: "deleted", message: root });
    },
    useRequestUrl: async (url) => {
      if (!(await verifyRequestUrl(workspace, url))) throw new SlackError("url_verification_failed", { url });
      workspace.changeApp({ requestUrl: url });
    },
    useSocketMode: () => workspace.changeApp({ requestUrl: "" }),
  };
}

function changeId(workspace: Workspace, channel: Channel): string {
  const moved = { ...channel, id: workspace.nextId("C") };
  workspace.channels.remove(channel.id);
  workspace.channels.put(moved.id, moved);
  for (const message of messagesIn(workspace, channel.id)) {
    workspace.messages.remove(keyOf(channel.id, message.ts));
    workspace.messages.put(keyOf(moved.id, message.ts), { ...message, channel: moved.id });
  }
  workspace.announce({ type: "moved", channel: moved, from: channel.id, user: "U000MIA" });
  return moved.id;
}
