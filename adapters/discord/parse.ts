import type { Inbound, InboundAction } from "../../src/ports/chat-inbound.js";
import { buttonOf, formOf, menuId, msOfSnowflake } from "./address.js";
import { commandText } from "./commands.js";
import { readDiscordParts } from "./message-parts.js";
import { answersInModal, textInModal } from "./modals.js";
import type { GuildNames } from "./names.js";
import type { DiscordChannel, DiscordMessage, Interaction } from "./payloads.js";
import { leadingMention, memberName, readContent } from "./read-text.js";

export const platform = "discord";

/** Where something was done, in Parley's terms. */
export interface Place {
  channel: string;
  thread?: string;
  isDirect: boolean;
}

const threadTypes: ReadonlySet<number> = new Set([10, 11, 12]);
const directTypes: ReadonlySet<number> = new Set([1, 3]);

export function placeOf({ id, type, parent_id: parent }: DiscordChannel): Place {
  if (threadTypes.has(type) && typeof parent === "string") return { channel: parent, thread: id, isDirect: false };
  return { channel: id, isDirect: directTypes.has(type) };
}

/** Types under which people's own words come: plain and replies; joins, pins and the like have others. */
const spoken: ReadonlySet<number> = new Set([0, 19]);

const at = ({ channel, thread }: Place) => ({ channel, ...(thread === undefined ? {} : { thread }) });

/** Parley's own user and the names known when a payload is read. */
export interface MessageReading {
  botUserId: string;
  names: GuildNames;
}

/** A message of a person, from an event or from the history; undefined for bots, Parley among them. */
export function parseMessage(message: DiscordMessage, place: Place, reading: MessageReading): Inbound | undefined {
  const { botUserId, names } = reading;
  const { author, content, webhook_id: webhook } = message;
  if (author.bot === true || author.id === botUserId || webhook !== undefined || !spoken.has(message.type))
    return undefined;
  const base = {
    platform,
    id: message.id,
    atMs: msOfSnowflake(message.id),
    user: personOf(author, message.member, names),
    ...at(place),
  };
  const mention = leadingMention(content);
  const read = (text: string): string => readContent(text, message.mentions, names);
  const isCommand = mention?.userId === botUserId;
  if (isCommand || place.isDirect)
    return { ...base, action: { kind: "command", text: read(isCommand ? mention.rest : content).trim() } };
  if (place.thread === undefined) return undefined;
  const extras = readDiscordParts(message, names);
  // Without the Message Content intent there is nothing to hear.
  if (content === "" && extras.files.length === 0 && extras.parts === undefined) return undefined;
  const action: InboundAction = {
    kind: "message",
    text: read(content),
    startsWithUser: mention !== undefined,
    ...extras,
  };
  return { ...base, action };
}

/** An edit by its author; Discord also reports changes by itself, such as previews, without a new time. */
export function parseChange(message: DiscordMessage, place: Place, reading: MessageReading): Inbound | undefined {
  const edited = message.edited_timestamp;
  if (typeof edited !== "string") return undefined;
  const inbound = parseMessage(message, place, reading);
  if (inbound?.action.kind !== "message" || message.content === "") return undefined;
  const { id: of, atMs: originalAtMs, action } = inbound;
  const editedMs = Date.parse(edited);
  return {
    ...inbound,
    id: `${of}:edit:${editedMs}`,
    atMs: editedMs,
    action: { kind: "correction", of, originalAtMs, text: action.text },
  };
}

/** A command, a press or a form; undefined if it is not Parley's. */
export function parseInteraction(one: Interaction): Inbound | undefined {
  const user = one.member?.user ?? one.user;
  const action = actionOf(one);
  if (user === undefined || one.channel === undefined || action === undefined) return undefined;
  const place = placeOf(one.channel);
  return {
    platform,
    id: one.id,
    atMs: msOfSnowflake(one.id),
    user: personOf(user, one.member, undefined),
    ...at(place),
    ...threadOfCard(one, place),
    action,
  };
}

/** A card outside a thread is a root, whose thread bears its id; in a direct message it is just a card. */
function threadOfCard({ message }: Interaction, place: Place): { thread?: string } {
  const isPrivate = ((message?.flags ?? 0) & 64) !== 0;
  if (message === undefined || place.thread !== undefined || place.isDirect || isPrivate) return {};
  return { thread: message.id };
}

function actionOf({ type, data }: Interaction): InboundAction | undefined {
  if (type === 2) return { kind: "command", text: commandText(data?.options ?? []) };
  const customId = data?.custom_id ?? "";
  if (type === 3) {
    const button = customId === menuId ? data?.values?.[0] : buttonOf(customId);
    return button === undefined ? undefined : { kind: "press", button };
  }
  const form = formOf(customId);
  if (type !== 5 || form === undefined) return undefined;
  const fields = (data?.components ?? []).flatMap(({ component, components = [] }) => [
    ...(component === undefined ? [] : [component]),
    ...components,
  ]);
  const text = textInModal(fields);
  const answers = answersInModal(fields);
  return { kind: "submit", form, text, ...(answers && { answers }) };
}

type Person = DiscordMessage["author"];

/** The history has no server nicknames; the name heard before stays. */
function personOf(
  user: Person,
  member: DiscordMessage["member"] | undefined,
  names: GuildNames | undefined,
): Inbound["user"] {
  const nick = member === undefined ? names?.nick(user.id) : (member.nick ?? null);
  const isUncertain = nick === undefined && names !== undefined;
  return {
    id: user.id,
    displayName: memberName(user, nick),
    ...(member === undefined ? {} : { groups: member.roles }),
    ...(isUncertain && { isUncertain }),
  };
}
