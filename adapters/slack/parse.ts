import type { Inbound } from "../../src/ports/chat-inbound.js";
import { buttonOfAction, isDirect, messageId, msOfTs, readFormOrigin } from "./address.js";
import { readSlackParts, usersInParts } from "./message-parts.js";
import { answersInView, fieldId, formCallbackId, textInView } from "./modals.js";
import type { Payload, SlackMessage } from "./payloads.js";
import {
  leadingMention,
  mentionedUsers,
  readMrkdwn,
  type UserNames,
  unescapeEntities,
  unknownNames,
} from "./read-text.js";

export const platform = "slack";

/** How the person can be answered privately. */
export type ReplyRoute =
  /** Nothing to answer in: a message to them alone, in the channel or thread. */
  | { kind: "whisper" }
  /** In the acknowledgement, and later at the address. */
  | { kind: "slash"; triggerId: string; responseUrl: string }
  | { kind: "press"; triggerId: string; responseUrl: string | undefined }
  /** In the form itself; what went wrong beside the field of this block. */
  | { kind: "submit"; title: string; block: string };

/** A person's action, and how to answer it. */
export interface Received {
  inbound: Inbound;
  route: ReplyRoute;
}

export interface Reading {
  /** Parley's own user. */
  botUserId: string;
  names: UserNames;
  /** For what carries no time of its own, Unix ms. */
  nowMs: number;
}

/** Ids whose names are needed to read a payload. */
export function usersIn(payload: Payload): string[] {
  switch (payload.kind) {
    case "message":
      return usersOf(payload.event);
    case "changed":
      return usersOf(payload.event.message);
    case "slash":
      return [payload.command.user_id, ...mentionedUsers(payload.command.text)];
    case "press":
      return [payload.press.user.id];
    case "submit":
      return [payload.submission.user.id];
    case "misfit":
    case "other":
      return [];
  }
}

/** Ids whose names a message needs: its author and everybody it mentions. */
export const usersOf = (message: SlackMessage): string[] =>
  message.user === undefined || isSet(message.bot_id)
    ? []
    : [...new Set([message.user, ...mentionedUsers(message.text), ...usersInParts(message)])];

/** The person's action in a payload; undefined for payloads that are not a person's or do not concern Parley. */
export function parsePayload(payload: Payload, reading: Reading): Received | undefined {
  switch (payload.kind) {
    case "message": {
      const inbound = parseMessage(payload.event, payload.event.channel, reading);
      return inbound && { inbound, route: { kind: "whisper" } };
    }
    case "changed":
      return parseChange(payload.event, reading);
    case "slash":
      return parseSlash(payload.command, reading);
    case "press":
      return parsePress(payload.press, reading);
    case "submit":
      return parseSubmission(payload.submission, reading);
    case "misfit":
    case "other":
      return undefined;
  }
}

/** Subtypes under which people's own words come; joins, topics and the like have others. */
const spoken: ReadonlySet<string | undefined> = new Set([undefined, "file_share", "thread_broadcast", "me_message"]);

const isSet = (id: string | null | undefined): boolean => typeof id === "string" && id !== "";

/** A message of a person, from an event or from the history; undefined for bots, Parley among them. */
export function parseMessage(message: SlackMessage, channel: string, reading: Reading): Inbound | undefined {
  const { user, ts, text } = message;
  if (user === undefined || user === reading.botUserId || isSet(message.bot_id)) return undefined;
  if (!spoken.has(message.subtype)) return undefined;
  const thread = message.thread_ts;
  const { user_profile: profile } = message;
  const handle = [profile?.display_name, profile?.real_name, profile?.name].find((name) => name?.trim());
  const base = { ...personOf(user, handle, reading), id: messageId(channel, ts), atMs: msOfTs(ts), channel };
  const mention = leadingMention(text);
  const read = (part: string): string => readMrkdwn(part, reading.names);
  const isCommand = mention?.userId === reading.botUserId;
  if (isCommand || (thread === undefined && isDirect(channel))) {
    const action = { kind: "command" as const, text: read(isCommand ? mention.rest : text).trim() };
    return thread === undefined ? { ...base, action } : { ...base, thread, action };
  }
  if (thread === undefined) return undefined;
  const { text: own, files, parts, unreadable } = readSlackParts(message, reading.names);
  const action = {
    kind: "message" as const,
    text: own,
    startsWithUser: mention !== undefined,
    files,
    ...(parts.length > 0 && { parts }),
    ...(unreadable.length > 0 && { unreadable }),
  };
  return { ...base, thread, action };
}

function personOf(userId: string, handle: string | undefined, { names }: Reading): Pick<Inbound, "platform" | "user"> {
  return { platform, user: { id: userId, displayName: names(userId) ?? handle ?? unknownNames.user } };
}

type Of<Kind extends Payload["kind"]> = Extract<Payload, { kind: Kind }>;

/** Slack also reports changes of its own, such as an added preview: then the text is the same. */
function parseChange(event: Of<"changed">["event"], reading: Reading): Received | undefined {
  const { channel, message, previous_message: before } = event;
  const editedTs = message.edited?.ts;
  if (editedTs === undefined || before?.text === message.text || message.thread_ts === undefined) return undefined;
  const inbound = parseMessage(message, channel, reading);
  if (inbound?.action.kind !== "message") return undefined;
  const { id: of, atMs: originalAtMs } = inbound;
  const action = { kind: "correction" as const, of, originalAtMs, text: inbound.action.text };
  return {
    inbound: { ...inbound, id: `${of}:edit:${editedTs}`, atMs: msOfTs(editedTs), action },
    route: { kind: "whisper" },
  };
}

function parseSlash(command: Of<"slash">["command"], reading: Reading): Received {
  const { trigger_id: triggerId, response_url: responseUrl, channel_id: channel } = command;
  const text = readMrkdwn(command.text, reading.names).trim();
  return {
    inbound: {
      ...personOf(command.user_id, command.user_name, reading),
      id: `slash:${triggerId}`,
      atMs: reading.nowMs,
      channel,
      action: { kind: "command", text },
    },
    route: { kind: "slash", triggerId, responseUrl },
  };
}

function parsePress(press: Of<"press">["press"], reading: Reading): Received | undefined {
  const { container, trigger_id: triggerId, response_url: responseUrl } = press;
  const [action] = press.actions;
  const button = buttonOfAction(action?.action_id ?? "");
  if (button === undefined || container.channel_id === undefined) return undefined;
  const thread = threadOfPress(press);
  const inbound: Inbound = {
    ...personOf(press.user.id, press.user.name ?? press.user.username, reading),
    id: `press:${triggerId}`,
    atMs: action?.action_ts === undefined ? reading.nowMs : msOfTs(action.action_ts),
    channel: container.channel_id,
    ...(thread === undefined ? {} : { thread }),
    action: { kind: "press", button },
  };
  return { inbound, route: { kind: "press", triggerId, responseUrl } };
}

/** A card outside a thread is a root, whose thread bears its id; in a direct message it is just a card. */
function threadOfPress({ container, message }: Of<"press">["press"]): string | undefined {
  const thread = container.thread_ts ?? message?.thread_ts;
  if (thread !== undefined || container.is_ephemeral === true) return thread;
  return isDirect(container.channel_id ?? "") ? undefined : container.message_ts;
}

function parseSubmission(submission: Of<"submit">["submission"], reading: Reading): Received | undefined {
  const { view, user, trigger_id: triggerId } = submission;
  const origin = view.callback_id === formCallbackId ? readFormOrigin(view.private_metadata) : undefined;
  if (origin === undefined) return undefined;
  const { form, channel, thread } = origin;
  const answers = answersInView(view.state.values);
  const inbound: Inbound = {
    ...personOf(user.id, user.name ?? user.username, reading),
    id: `submit:${triggerId}`,
    atMs: reading.nowMs,
    channel,
    ...(thread === undefined ? {} : { thread }),
    action: {
      ...{ kind: "submit", form, text: textInView(view.state.values) },
      ...(answers && { answers }),
    },
  };
  const [block = fieldId] = Object.keys(view.state.values);
  return { inbound, route: { kind: "submit", title: unescapeEntities(view.title.text), block } };
}
