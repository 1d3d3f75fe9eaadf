import { z } from "zod";
import type { ChannelChange } from "../../src/ports/chat-inbound.js";

/**
 * Slack's events about a channel, with what they mean: https://docs.slack.dev/reference/events (`channel_archive`, `group_left`,
 * `channel_id_changed`, …) and the messages that Slack itself writes into a channel (`channel_convert_to_private`, `channel_name`).
 * They come only where the app subscribed to them; what is not told is met by the next post.
 */
const event = z.object({
  type: z.string(),
  subtype: z.string().optional().catch(undefined),
  user: z.string().optional().catch(undefined),
  name: z.string().optional().catch(undefined),
  old_channel_id: z.string().optional().catch(undefined),
  new_channel_id: z.string().optional().catch(undefined),
  channel: z.union([z.string(), z.object({ id: z.string(), name: z.string().optional().catch(undefined) })]).optional(),
});
const callback = z.object({ type: z.literal("event_callback"), event });
type ChannelEvent = z.infer<typeof event>;

/** What a payload says of a channel; undefined for everything else. Pure. */
export function readChannelChange(raw: unknown, botUserId: string): ChannelChange | undefined {
  const told = callback.safeParse(raw).data?.event;
  if (told === undefined) return undefined;
  const { type, subtype, old_channel_id: from, new_channel_id: to } = told;
  if (type === "channel_id_changed")
    return from === undefined || to === undefined ? undefined : { kind: "moved", channel: from, to };
  const channel = typeof told.channel === "string" ? told.channel : told.channel?.id;
  if (channel === undefined) return undefined;
  return type === "message" ? readNote(told, channel, subtype) : readEvent(told, channel, botUserId);
}

/** Private channels have events of their own: `group_archive` for `channel_archive`. */
function readEvent(told: ChannelEvent, channel: string, botUserId: string): ChannelChange | undefined {
  const isSelf = told.user === botUserId;
  switch (told.type.replace(/^group_/, "channel_")) {
    case "channel_archive":
      return { kind: "closed", channel, why: "archived" };
    case "channel_deleted":
      return { kind: "closed", channel, why: "deleted" };
    case "channel_left":
      return { kind: "closed", channel, why: "left" };
    case "member_left_channel":
      return isSelf ? { kind: "closed", channel, why: "left" } : undefined;
    case "member_joined_channel":
      return isSelf ? { kind: "open", channel } : undefined;
    case "channel_unarchive":
      return { kind: "open", channel };
    default:
      return undefined;
  }
}

/** A rename is read here alone: the event `channel_rename` says the same again, and takes a subscription of its own. */
function readNote({ name }: ChannelEvent, channel: string, subtype: string | undefined): ChannelChange | undefined {
  if (subtype === "channel_convert_to_private") return { kind: "private", channel };
  const isRenamed = subtype === "channel_name" || subtype === "group_name";
  return isRenamed && name !== undefined ? { kind: "renamed", channel, name } : undefined;
}
