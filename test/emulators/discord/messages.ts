import type { Pictures } from "../pictures.js";
import { pingsOf, unfurlsOf } from "./check.js";
import type { Gateway } from "./gateway.js";
import {
  applicationId,
  botId,
  type Channel,
  DiscordError,
  epochMs,
  type Json,
  type Message,
  type Store,
  type User,
  type Webhook,
} from "./model.js";

/** Discord's own pictures. */
const ownPicture = /^https:\/\/cdn\.discordapp\.com\/embed\/avatars\/[0-5]\.png$/;

export interface Posting {
  channel: Channel;
  author: User;
  body: Json;
  files?: { name: string; content: string; size: number }[];
  webhook?: Webhook;
  nonceMs?: number;
  more?: Json;
}

/** Messages: written, edited, taken away, and told to the app. */
export interface Messages {
  post(posting: Posting): Message;
  edit(message: Message, body: Json): Message;
  remove(message: Message): void;
  of(channelId: string): Message[];
  get(channelId: string, id: string): Message;
  /** Archives threads without a message for this long. */
  age(): void;
  /** As the API gives it. */
  wire(message: Message, options?: { withNonce?: boolean }): Json;
}

export function createMessages(options: {
  store: Store;
  gateway: () => Gateway;
  nowMs: () => number;
  baseUrl: () => string;
  pictures: Pictures;
}): Messages {
  const { store, gateway, nowMs, baseUrl, pictures } = options;
  const { state } = store;
  const of = (channelId: string): Message[] => {
    state.messages[channelId] ??= [];
    return state.messages[channelId];
  };

  function wire(message: Message, { withNonce = false } = {}): Json {
    const { pings, unfurls, nonce, nonceUntilMs, attachments, mentions, avatar_url, more = {}, ...rest } = message;
    const { guild_id } = state.channels[message.channel_id] ?? {};
    return {
      ...rest,
      ...(guild_id === undefined ? {} : { guild_id }),
      ...(withNonce && nonce !== undefined ? { nonce } : {}),
      attachments: attachments.map(({ content, ...one }) => one),
      mentions: mentions.flatMap((id) => state.users[id] ?? []),
      mention_roles: [],
      mention_everyone: pings.includes("@everyone"),
      tts: false,
      pinned: false,
      ...(message.author.bot ? {} : { member: { roles: state.roles[message.author.id] ?? [], nick: null } }),
      ...more,
    };
  }

  const takePicture = (url: unknown): void => {
    if (typeof url === "string" && !ownPicture.test(url)) pictures.take(url);
  };

  function build({ channel, author, body, files = [], webhook, more }: Posting): Message {
    const id = store.snowflake();
    const content = String(body.content ?? "").trim();
    const isForeign = author.id !== botId && webhook?.application_id !== applicationId;
    return {
      ...(more === undefined ? {} : { more }),
      id,
      type: 0,
      channel_id: channel.id,
      author:
        webhook === undefined ? author : { ...author, username: body.username ?? webhook.name, global_name: null },
      ...(webhook === undefined ? {} : { webhook_id: webhook.id, application_id: webhook.application_id }),
      content,
      ...(body.avatar_url === undefined ? {} : { avatar_url: body.avatar_url }),
      embeds: body.embeds ?? [],
      components: body.components ?? [],
      attachments: files.map(({ name, content: text, size }, at) => ({
        id: `${BigInt(id) + BigInt(at)}`,
        filename: name,
        size,
        url: `${baseUrl()}/attachments/${channel.id}/${id}/${at}/${encodeURIComponent(name)}`,
        content: text,
      })),
      flags: body.flags ?? 0,
      timestamp: new Date(nowMs()).toISOString(),
      edited_timestamp: null,
      mentions: [...new Set([...content.matchAll(/<@!?(\d+)>/g)].map(([, who = ""]) => who))],
      pings: isForeign ? [] : pingsOf(body, { isUsersOnly: webhook !== undefined }),
      unfurls: isForeign ? [] : unfurlsOf(content, body.flags ?? 0),
    };
  }

  return {
    of,
    wire,
    age() {
      for (const channel of Object.values(state.channels)) {
        const { thread_metadata: thread, id } = channel;
        if (thread === undefined || thread.archived) continue;
        const lastMs = msOf(lastSign(of(id).at(-1)?.id, thread.opened_at, id));
        if (nowMs() - lastMs < thread.auto_archive_duration * 60_000) continue;
        thread.archived = true;
        store.save();
        gateway().dispatch("THREAD_UPDATE", channel);
      }
    },
    post(posting) {
      const { channel, author, body, webhook, nonceMs = 0 } = posting;
      if (webhook !== undefined) takePicture(body.avatar_url);
      if (channel.thread_metadata?.locked) throw new DiscordError(403, 50083, "Thread is archived");
      if (channel.thread_metadata?.archived) {
        Object.assign(channel.thread_metadata, { archived: false, opened_at: store.snowflake() });
        gateway().dispatch("THREAD_UPDATE", channel);
      }
      if (body.enforce_nonce === true && body.nonce !== undefined && webhook === undefined) {
        const known = of(channel.id).find(
          (one) => one.nonce === String(body.nonce) && one.author.id === author.id && (one.nonceUntilMs ?? 0) > nowMs(),
        );
        if (known !== undefined) return known;
      }
      const message = build(posting);
      if (body.nonce !== undefined)
        Object.assign(message, { nonce: String(body.nonce), nonceUntilMs: nowMs() + nonceMs });
      of(channel.id).push(message);
      store.save();
      gateway().dispatch("MESSAGE_CREATE", wire(message, { withNonce: true }));
      return message;
    },
    edit(message, body) {
      if (state.channels[message.channel_id]?.thread_metadata?.archived)
        throw new DiscordError(400, 50083, "Thread is archived");
      if (body.content !== undefined) message.content = String(body.content ?? "").trim();
      if (body.embeds !== undefined) message.embeds = body.embeds ?? [];
      if (body.components !== undefined) message.components = body.components ?? [];
      if (body.flags !== undefined) message.flags = body.flags ?? 0;
      message.edited_timestamp = new Date(nowMs()).toISOString();
      if (message.author.bot) {
        message.pings.push(
          ...pingsOf({ ...body, content: message.content }, { isUsersOnly: message.webhook_id !== undefined }),
        );
        message.unfurls = unfurlsOf(message.content, message.flags);
      }
      store.save();
      gateway().dispatch("MESSAGE_UPDATE", wire(message));
      return message;
    },
    remove(message) {
      const list = of(message.channel_id);
      list.splice(list.indexOf(message), 1);
      store.save();
      const { guild_id } = state.channels[message.channel_id] ?? {};
      gateway().dispatch("MESSAGE_DELETE", { id: message.id, channel_id: message.channel_id, guild_id });
    },
    get(channelId, id) {
      const found = of(channelId).find((one) => one.id === id);
      if (found === undefined) throw new DiscordError(404, 10008, "Unknown Message");
      return found;
    },
  };
}

/** The latest of these ids. */
const lastSign = (...ids: (string | undefined)[]): string =>
  ids.reduce<string>((latest, id = "0") => (BigInt(id) > BigInt(latest) ? id : latest), "0");
const msOf = (snowflake: string): number => Number(BigInt(snowflake) >> 22n) + epochMs;

export const isOwn = (message: Message): boolean => message.author.id === botId && message.webhook_id === undefined;
