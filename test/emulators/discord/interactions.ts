import { randomBytes } from "node:crypto";
import { checkMessage, checkModal } from "./check.js";
import type { Gateway } from "./gateway.js";
import type { Messages } from "./messages.js";
import {
  applicationId,
  type Channel,
  DiscordError,
  formBody,
  guildId,
  type Json,
  type Store,
  type User,
} from "./model.js";

/** The person's view of their command, click or form. */
export type Outcome =
  | { kind: "failed"; shown: string }
  /** Nothing but what changes in the channel. */
  | { kind: "acknowledged" }
  | { kind: "thinking"; token: string }
  | { kind: "text"; text: string }
  /** `label`, `value` and `maxLength` are those of its first text field; `fields` has all of them. */
  | {
      kind: "modal";
      customId: string;
      title: string;
      label: string;
      value: string;
      maxLength: number;
      fields: ShownField[];
    }
  | { kind: "choices"; choices: { name: string; value: string }[] };

/** One part of a form as the person sees it. */
export interface ShownField {
  customId: string;
  label: string;
  description: string;
  /** A menu; several may be chosen up to `most`. */
  options?: { label: string; value: string; description?: string }[];
  most?: number;
  value: string;
  maxLength: number;
}

interface Pending {
  id: string;
  token: string;
  kind: 2 | 3 | 4 | 5;
  user: User;
  channel: Channel;
  createdAtMs: number;
  isAnswered: boolean;
  isLate: boolean;
  isDeferred: boolean;
  followUps: number;
  messageId: string | undefined;
  modalFrom?: string;
  /** Content that only the person sees. */
  shown: { id: string; text: string }[];
  tell: (outcome: Outcome) => void;
}

/** Private content of one person. */
export interface Shown {
  id: string;
  userId: string;
  channelId: string;
  text: string;
  atMs: number;
}

export interface Interactions {
  send(options: {
    kind: 2 | 3 | 4 | 5;
    user: User;
    channel: Channel;
    data: Json;
    message?: Json;
  }): Promise<Outcome & { id: string }>;
  callback(id: string, token: string, body: Json): void;
  /** `@original` and follow-ups. */
  edit(token: string, messageId: string, body: Json): Json;
  followUp(token: string, body: Json): Json;
  remove(token: string, messageId: string): void;
  knows(token: string): boolean;
  /** Everything a person was shown alone, oldest first. */
  shownTo(userId: string): string[];
  shownIn(userId: string, channelId: string): readonly Shown[];
}

export function createInteractions(options: {
  store: Store;
  gateway: () => Gateway;
  messages: Messages;
  nowMs: () => number;
  ackMs: number;
  tokenLifeMs: number;
  followUps: number;
}): Interactions {
  const { store, gateway, messages, nowMs, ackMs, tokenLifeMs, followUps } = options;
  const pending = new Map<string, Pending>();
  const shown: Shown[] = [];
  /** Forms shown to people, by person and custom id: Discord's own app validates the input. */
  const forms = new Map<string, Json[]>();

  const known = (token: string): Pending => {
    const found = [...pending.values()].find((one) => one.token === token);
    if (found === undefined) throw new DiscordError(404, 10015, "Unknown Webhook");
    if (Date.now() - found.createdAtMs > tokenLifeMs) throw new DiscordError(401, 50027, "Invalid Webhook Token");
    return found;
  };

  function show(one: Pending, body: Json): Json {
    const id = store.snowflake();
    const text = String(body.content ?? "");
    one.shown.push({ id, text });
    shown.push({ id, userId: one.user.id, channelId: one.channel.id, text, atMs: nowMs() });
    store.save();
    return { id, content: text, channel_id: one.channel.id, author: { id: applicationId, username: "Parley" } };
  }

  function answer(one: Pending, { type, data = {} }: Json): Outcome {
    switch (type) {
      case 4:
        checkMessage(data, { isWebhook: false, files: 0 });
        checkPrivate(data, "a private answer was shown to everybody");
        show(one, data);
        return { kind: "text", text: String(data.content ?? "") };
      case 5:
        checkPrivate(data, "a deferred answer is for everybody");
        one.isDeferred = true;
        return { kind: "thinking", token: one.token };
      case 6:
        if (one.kind === 2) throw formBody("type", "Only for components.");
        return { kind: "acknowledged" };
      case 7:
        checkMessage(data, { isWebhook: false, files: 0 });
        messages.edit(messages.get(one.channel.id, one.messageId ?? ""), data);
        return { kind: "acknowledged" };
      case 8:
        if (one.kind !== 4) throw formBody("type", "Only for autocomplete.");
        return suggest(data);
      case 9:
        if (one.kind === 5 || one.kind === 4) throw formBody("type", "No modal here.");
        return openForm(one, data);
      default:
        throw formBody("type", "Unknown callback type");
    }
  }

  function checkPrivate({ flags = 0 }: Json, wrong: string): void {
    if ((flags & 64) === 0) store.violate("public_answer", wrong);
  }

  function suggest({ choices }: Json): Outcome {
    if (choices.length > 25) throw formBody("choices", "Must be 25 or fewer in length.");
    for (const { name, value } of choices)
      if (name.length < 1 || name.length > 100 || String(value).length > 100) throw formBody("choices", "Too long.");
    return { kind: "choices", choices };
  }

  function openForm({ user }: Pending, data: Json): Outcome {
    checkModal(data);
    forms.set(`${user.id} ${data.custom_id}`, data.components.map(inputOf));
    const fields: ShownField[] = data.components.map(fieldOf);
    const { label = "", value = "", maxLength = 4_000 } = fields.find(({ options: menu }) => !menu) ?? {};
    return { kind: "modal", customId: data.custom_id, title: data.title, label, value, maxLength, fields };
  }

  return {
    send({ kind, user, channel, data, message }) {
      if (kind === 5) checkFilled(forms.get(`${user.id} ${data.custom_id}`), data);
      const id = store.snowflake();
      const token = `aW50.${randomBytes(24).toString("hex")}`;
      return new Promise((resolve) => {
        const one: Pending = {
          id,
          token,
          kind,
          user,
          channel,
          createdAtMs: Date.now(),
          isAnswered: false,
          isLate: false,
          isDeferred: false,
          followUps: 0,
          messageId: message?.id,
          shown: [],
          tell: (outcome) => {
            clearTimeout(timer);
            resolve({ ...outcome, id });
          },
        };
        pending.set(id, one);
        const timer = setTimeout(() => {
          one.isLate = true;
          if (!one.isAnswered) resolve({ kind: "failed", shown: "The application did not respond", id });
        }, ackMs);
        const member = { user, roles: store.state.roles[user.id] ?? [], nick: null };
        const isDirect = channel.type === 1;
        const isHeard = gateway().dispatch("INTERACTION_CREATE", {
          id,
          application_id: applicationId,
          type: kind,
          token,
          version: 1,
          data,
          channel_id: channel.id,
          channel,
          ...(isDirect ? { user } : { guild_id: guildId, member }),
          ...(message === undefined ? {} : { message }),
        });
        if (!isHeard) one.tell({ kind: "failed", shown: "The application did not respond" });
      });
    },
    callback(id, token, body) {
      const one = pending.get(id);
      if (one === undefined || one.token !== token) throw new DiscordError(404, 10062, "Unknown interaction");
      if (one.isAnswered) throw new DiscordError(400, 40060, "Interaction has already been acknowledged.");
      if (one.isLate) {
        store.violate("late_ack", `an interaction was answered after ${Date.now() - one.createdAtMs} ms`);
        throw new DiscordError(404, 10062, "Unknown interaction");
      }
      const outcome = answer(one, body);
      one.isAnswered = true;
      one.tell(outcome);
    },
    edit(token, messageId, body) {
      const one = known(token);
      if (messageId !== "@original") throw new DiscordError(404, 10008, "Unknown Message");
      checkMessage(body, { isWebhook: false, files: 0 });
      if (!one.isDeferred) throw new DiscordError(404, 10008, "Unknown Message");
      return show(one, body);
    },
    followUp(token, body) {
      const one = known(token);
      if (!one.isAnswered) throw new DiscordError(404, 10015, "Unknown Webhook");
      one.followUps += 1;
      if (one.followUps > followUps)
        throw new DiscordError(400, 40094, "This interaction has reached the maximum number of follow-up messages");
      checkMessage(body, { isWebhook: false, files: 0 });
      return show(one, body);
    },
    remove(token) {
      known(token);
    },
    knows: (token) => [...pending.values()].some((one) => one.token === token),
    shownIn: (userId, channelId) => shown.filter((one) => one.userId === userId && one.channelId === channelId),
    shownTo: (userId) => shown.filter((one) => one.userId === userId).map(({ text }) => text),
  };
}

const inputOf = (part: Json): Json => (part.type === 18 ? part.component : part.components[0]);

function fieldOf(part: Json): ShownField {
  const input = inputOf(part);
  return {
    customId: input.custom_id,
    label: part.type === 18 ? part.label : input.label,
    description: part.description ?? "",
    ...(input.type === 3 && { options: input.options, most: input.max_values ?? 1 }),
    value: input.value ?? "",
    maxLength: input.max_length ?? 4_000,
  };
}

/** Submissions that the client prevents: no form, too much text, or too little. */
function checkFilled(inputs: Json[] | undefined, { components }: Json): void {
  if (inputs === undefined) throw new Error("no such form was opened for this person");
  for (const { component } of components) {
    const input = inputs.find(({ custom_id: id }) => id === component.custom_id);
    if (input === undefined) throw new Error(`the form has no field ${component.custom_id}`);
    if (input.type === 3) checkChosen(input, component.values);
    else checkWritten(input, component.value);
  }
}

function checkWritten(
  { required = true, min_length: min = required ? 1 : 0, max_length: max = 4_000 }: Json,
  { length }: string,
): void {
  if (length < (required || length > 0 ? min : 0)) throw new Error("the form needs more text");
  if (length > max) throw new Error(`the form takes ${max} characters`);
}

function checkChosen({ options, min_values: least = 1, max_values: most = 1 }: Json, values: string[]): void {
  if (values.length < least || values.length > most) throw new Error(`the menu takes ${least} to ${most} options`);
  for (const value of values)
    if (!options.some((option: Json) => option.value === value)) throw new Error("the menu has no such option");
}
