import type { Gateway } from "./gateway.js";
import type { Interactions, Outcome } from "./interactions.js";
import type { Messages } from "./messages.js";
import { applicationId, botId, type Channel, type Json, type Message, type Store, type User } from "./model.js";

/** A message as people see it. */
export interface SeenMessage {
  id: string;
  channel: string;
  from: string;
  isPerson: boolean;
  text: string;
  buttons: { text: string; customId?: string; url?: string }[];
  options: { label: string; value: string; customId: string }[];
  file?: string;
}

/** Actions of people in Discord, and their view of it. Users are named by their handle. */
export interface People {
  add(user: { id: string; name: string; roles?: string[] }): void;
  /** `more`: further fields of the message as Discord sends them, such as `message_snapshots`, `sticker_items`, `poll`. */
  say(typed: {
    user: string;
    channel: string;
    text: string;
    files?: { name: string; content: string }[];
    more?: Json;
  }): Message;
  /** Another app of the server writes, by its bot or by a webhook of its own. */
  sayAsBot(typed: { name: string; channel: string; text: string; byWebhook?: boolean }): Message;
  edit(typed: { user: string; channel: string; id: string; text: string }): void;
  remove(typed: { channel: string; id: string }): void;
  command(typed: {
    user: string;
    channel: string;
    verb: string;
    options?: Record<string, string>;
  }): Promise<Outcome & { id: string }>;
  complete(typed: {
    user: string;
    channel: string;
    verb: string;
    options: Record<string, string>;
    focused: string;
  }): Promise<Outcome & { id: string }>;
  click(clicked: {
    user: string;
    channel: string;
    id: string;
    customId: string;
    values?: string[];
    message?: Json;
  }): Promise<Outcome & { id: string }>;
  /** `value`: the text field. `values`: what is chosen or written in the others, by custom id. */
  submit(sent: {
    user: string;
    channel: string;
    customId: string;
    value?: string;
    values?: Record<string, string | string[]>;
  }): Promise<Outcome & { id: string }>;
  seen(channel: string): SeenMessage[];
  threads(channel: string): string[];
  direct(user: string): string | undefined;
  whispers(user: string): string[];
}

export function createPeople(options: {
  store: Store;
  messages: Messages;
  interactions: Interactions;
  gateway: Gateway;
}): People {
  const { store, messages, interactions } = options;
  const { state } = store;
  const userOf = (name: string): User => {
    const found = Object.values(state.users).find((one) => one.username === name.toLowerCase() && !one.bot);
    if (found === undefined) throw new Error(`there is no user ${name}`);
    return found;
  };
  const channelOf = (id: string): Channel => {
    const found = state.channels[id];
    if (found === undefined) throw new Error(`there is no channel ${id}`);
    return found;
  };
  const typed = (text: string): string =>
    text.replace(/@([a-z]+)\b/gi, (all, name: string) => {
      const found = Object.values(state.users).find((one) => one.username === name.toLowerCase());
      return found === undefined ? all : `<@${found.id}>`;
    });
  const readable = (text: string): string =>
    text
      .replace(/<@!?(\d+)>/g, (_, id: string) => `@${state.users[id]?.global_name ?? id}`)
      .replace(/<t:(\d+)(?::[a-zA-Z])?>/g, (_, s: string) => new Date(Number(s) * 1_000).toISOString())
      .replace(/\\([\\`*_~|>#\-[\]()<:@.!+=])/g, "$1")
      .replace(/\*\*/g, "")
      .replace(/^-# /gm, "");

  function embedText(embed: Json): string {
    const fields = (embed.fields ?? []).map(({ name, value }: Json) => `${name}\n${value}`);
    return [embed.title, embed.description, ...fields, embed.footer?.text].filter(Boolean).join("\n");
  }

  function see(message: Message): SeenMessage {
    const parts: Json[] = message.components.flatMap((row: Json) => row.components);
    const [file] = message.attachments;
    return {
      id: message.id,
      channel: message.channel_id,
      from:
        message.webhook_id === undefined
          ? (message.author.global_name ?? message.author.username)
          : message.author.username,
      isPerson: !message.author.bot,
      text: readable([message.content, ...message.embeds.map(embedText)].filter(Boolean).join("\n")),
      buttons: parts
        .filter(({ type }) => type === 2)
        .map(({ label, custom_id, url }) => ({
          text: label,
          ...(custom_id && { customId: custom_id }),
          ...(url && { url }),
        })),
      options: parts
        .filter(({ type }) => type === 3)
        .flatMap(({ options: list, custom_id }) => list.map((one: Json) => ({ ...one, customId: custom_id }))),
      ...(file === undefined ? {} : { file: file.content }),
    };
  }

  const commandData = (verb: string, values: Record<string, string>, focused?: string): Json => {
    const command = state.commands.find(({ name }) => name === "room");
    const sub = command?.options?.find(({ name }: Json) => name === verb);
    if (sub === undefined) throw new Error(`Discord knows no /room ${verb}`);
    for (const name of Object.keys(values))
      if (!sub.options?.some((one: Json) => one.name === name)) throw new Error(`/room ${verb} has no option ${name}`);
    if (focused === undefined)
      for (const one of sub.options ?? [])
        if (one.required && !values[one.name]) throw new Error(`/room ${verb} needs ${one.name}`);
    const list = Object.entries(values).map(([name, value]) => ({
      name,
      type: 3,
      value,
      ...(name === focused && { focused: true }),
    }));
    return { id: command.id, name: "room", type: 1, options: [{ name: verb, type: 1, options: list }] };
  };

  return {
    add({ id, name, roles = [] }) {
      state.users[id] = { id, username: name.toLowerCase(), global_name: name, bot: false };
      state.roles[id] = roles;
    },
    sayAsBot({ name, channel, text, byWebhook = false }) {
      const place = channelOf(channel);
      const id = state.foreignBots?.[name] ?? store.snowflake();
      state.foreignBots = { ...state.foreignBots, [name]: id };
      const author: User = { id, username: name, global_name: null, bot: true };
      const webhook = { id, token: "", name, channel_id: place.parent_id ?? place.id, application_id: id };
      const body = { content: text, ...(byWebhook && { username: name }) };
      return messages.post({ channel: place, author, body, ...(byWebhook && { webhook }) });
    },
    say({ user, channel, text, files = [], more }) {
      return messages.post({
        more,
        channel: channelOf(channel),
        author: userOf(user),
        body: { content: typed(text) },
        files: files.map(({ name, content }) => ({ name, content, size: Buffer.byteLength(content) })),
      });
    },
    edit({ user, channel, id, text }) {
      const message = messages.get(channel, id);
      if (message.author.id !== userOf(user).id) throw new Error("not theirs");
      messages.edit(message, { content: typed(text) });
    },
    remove({ channel, id }) {
      messages.remove(messages.get(channel, id));
    },
    command({ user, channel, verb, options: values = {} }) {
      return interactions.send({
        kind: 2,
        user: userOf(user),
        channel: channelOf(channel),
        data: commandData(verb, values),
      });
    },
    complete({ user, channel, verb, options: values, focused }) {
      const data = commandData(verb, values, focused);
      return interactions.send({ kind: 4, user: userOf(user), channel: channelOf(channel), data });
    },
    click({ user, channel, id, customId, values, message: stale }) {
      const found = messages.of(channel).find((one) => one.id === id);
      const message = stale ?? (found && messages.wire(found));
      if (message === undefined) return Promise.resolve({ kind: "failed", shown: "This interaction failed", id: "" });
      const data = { custom_id: customId, component_type: values === undefined ? 2 : 3, ...(values && { values }) };
      return interactions.send({ kind: 3, user: userOf(user), channel: channelOf(channel), data, message });
    },
    submit({ user, channel, customId, value, values = {} }) {
      const entered = { ...(value !== undefined && { text: value }), ...values };
      const components = Object.entries(entered).map(([id, given], at) => {
        const filled = typeof given === "string" ? { type: 4, value: given } : { type: 3, values: given };
        return { type: 18, id: at + 1, component: { ...filled, custom_id: id } };
      });
      const data = { custom_id: customId, components };
      return interactions.send({ kind: 5, user: userOf(user), channel: channelOf(channel), data });
    },
    seen: (channel) => {
      const thread = state.channels[channel];
      const root =
        thread?.type === 11 ? messages.of(thread.parent_id ?? "").find(({ id }) => id === channel) : undefined;
      return [...(root === undefined ? [] : [root]), ...messages.of(channel)].map(see);
    },
    threads: (channel) =>
      Object.values(state.channels)
        .filter(({ type, parent_id }) => type === 11 && parent_id === channel)
        .map(({ id }) => id)
        .sort(),
    direct: (user) => Object.values(state.channels).find(({ recipient }) => recipient === userOf(user).id)?.id,
    whispers: (user) => interactions.shownTo(userOf(user).id),
  };
}

export { applicationId, botId };
