import { type Gateway, guildOf } from "./gateway.js";
import { allPermissions, type Channel, DiscordError, guildId, permissionBits, type Store } from "./model.js";

/** Actions of the server's owners and moderators. */
export interface Admin {
  setToken(isValid: boolean): void;
  setContent(mayRead: boolean): void;
  /** Takes these permissions from the app; none: it has all again. */
  deny(permissions: readonly (keyof typeof permissionBits)[]): void;
  addChannel(name: string): string;
  rename(channel: string, name: string): void;
  /** Hides the channel from all but some roles; from the app too where `withBot` is false. */
  makePrivate(channel: string, options: { withBot: boolean }): void;
  /** Shows the channel to all again. */
  makePublic(channel: string): void;
  deleteChannel(channel: string): void;
  archive(thread: string): void;
  lock(thread: string): void;
  open(thread: string): void;
  deleteThread(thread: string): void;
  /** Of one channel, all of them. */
  removeWebhooks(channel: string): void;
  /** The app is thrown out of the server, and back again by its invite link. */
  removeBot(): void;
  inviteBot(): void;
}

/** Takes View Channel from the role that everybody has. */
const denyEveryone = { id: guildId, type: 0, allow: "0", deny: String(permissionBits.viewChannel) };

export function createAdmin({ store, gateway }: { store: Store; gateway: Gateway }): Admin {
  const { state } = store;
  const threadOf = (id: string): Channel & { thread_metadata: NonNullable<Channel["thread_metadata"]> } => {
    const thread = state.channels[id];
    if (thread?.thread_metadata === undefined) throw new DiscordError(404, 10003, "Unknown Channel");
    return { ...thread, thread_metadata: thread.thread_metadata };
  };
  const change = (id: string, to: { archived: boolean; locked: boolean }): void => {
    Object.assign(threadOf(id).thread_metadata, to);
    store.save();
    gateway.dispatch("THREAD_UPDATE", state.channels[id]);
  };
  const channelOf = (id: string): Channel => {
    const channel = state.channels[id];
    if (channel === undefined) throw new DiscordError(404, 10003, "Unknown Channel");
    return channel;
  };
  const set = (part: Partial<typeof state>): void => {
    Object.assign(state, part);
    store.save();
  };

  return {
    setToken: (tokenIsValid) => set({ tokenIsValid }),
    setContent: (mayReadContent) => set({ mayReadContent }),
    deny: (permissions) =>
      set({ permissions: String(permissions.reduce((left, name) => left & ~permissionBits[name], allPermissions)) }),
    addChannel(name) {
      const id = store.snowflake();
      state.channels[id] = { id, name, type: 0, guild_id: guildId };
      store.save();
      gateway.dispatch("CHANNEL_CREATE", state.channels[id]);
      return id;
    },
    rename(id, name) {
      Object.assign(channelOf(id), { name });
      store.save();
      gateway.dispatch("CHANNEL_UPDATE", channelOf(id));
    },
    makePrivate(id, { withBot }) {
      Object.assign(channelOf(id), { permission_overwrites: [denyEveryone] });
      set({ hidden: withBot ? (state.hidden ?? []) : [...(state.hidden ?? []), id] });
      gateway.dispatch("CHANNEL_UPDATE", channelOf(id));
    },
    makePublic(id) {
      Object.assign(channelOf(id), { permission_overwrites: [] });
      set({ hidden: (state.hidden ?? []).filter((one) => one !== id) });
      gateway.dispatch("CHANNEL_UPDATE", channelOf(id));
    },
    deleteChannel(id) {
      const channel = channelOf(id);
      for (const one of Object.values(state.channels)) {
        if (one.id !== id && one.parent_id !== id) continue;
        delete state.channels[one.id];
        delete state.messages[one.id];
      }
      store.save();
      gateway.dispatch("CHANNEL_DELETE", channel);
    },
    archive: (id) => change(id, { archived: true, locked: false }),
    lock: (id) => change(id, { archived: true, locked: true }),
    open: (id) => change(id, { archived: false, locked: false }),
    deleteThread(id) {
      const { parent_id, type, guild_id } = threadOf(id);
      delete state.channels[id];
      delete state.messages[id];
      store.save();
      gateway.dispatch("THREAD_DELETE", { id, parent_id, type, guild_id });
    },
    removeWebhooks(channel) {
      for (const { id } of Object.values(state.webhooks).filter((one) => one.channel_id === channel))
        delete state.webhooks[id];
      store.save();
      gateway.dispatch("WEBHOOKS_UPDATE", { guild_id: guildId, channel_id: channel });
    },
    removeBot() {
      set({ botIsMember: false });
      gateway.dispatch("GUILD_DELETE", { id: guildId });
    },
    inviteBot() {
      set({ botIsMember: true });
      gateway.dispatch("GUILD_CREATE", guildOf(store));
    },
  };
}
