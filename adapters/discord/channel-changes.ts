import { z } from "zod";
import type { ChannelChange } from "../../src/ports/chat-inbound.js";

/** The last known state of the channels of servers, by id. */
export type KnownChannels = ReadonlyMap<string, KnownChannel>;

interface KnownChannel {
  readonly guild: string;
  readonly name: string;
  readonly isPrivate: boolean;
  /** Parley cannot write there: it was deleted, or Parley is not in its server. */
  readonly isClosed: boolean;
}

/** The channels that are known after an event of the Gateway, and what the event changed. */
export interface ChannelsRead {
  readonly known: KnownChannels;
  readonly changes: readonly ChannelChange[];
}

/** Nothing was told. */
export const noChannels: KnownChannels = new Map();

const viewChannel = 1n << 10n;
const overwrite = z.object({ id: z.string(), deny: z.string().regex(/^\d{1,20}$/) });
const channel = z.object({
  id: z.string(),
  type: z.number(),
  name: z.string(),
  guild_id: z.string().optional(),
  permission_overwrites: z.array(z.unknown()).catch([]),
});
const guild = z.object({ id: z.string(), channels: z.array(z.unknown()).catch([]) });
const goneGuild = z.object({ id: z.string(), unavailable: z.boolean().optional().catch(undefined) });

/**
 * Reads an event about channels or servers (https://discord.com/developers/docs/events/gateway-events#channels). A server that
 * is only unavailable for a while changes nothing. Pure.
 */
export function readChannels(known: KnownChannels, event: string, data: unknown): ChannelsRead {
  switch (event) {
    case "GUILD_CREATE": {
      const read = guild.safeParse(data).data;
      return (read?.channels ?? []).reduce<ChannelsRead>(
        (so, one) => merge(so, seen(so.known, withGuild(one, read?.id))),
        { known, changes: [] },
      );
    }
    case "CHANNEL_CREATE":
    case "CHANNEL_UPDATE":
      return seen(known, data);
    case "CHANNEL_DELETE": {
      const id = channel.safeParse(data).data?.id;
      return id === undefined ? { known, changes: [] } : close(known, [id], "deleted");
    }
    case "GUILD_DELETE": {
      const gone = goneGuild.safeParse(data).data;
      if (gone === undefined || gone.unavailable === true) return { known, changes: [] };
      const ids = [...known].flatMap(([id, one]) => (one.guild === gone.id ? [id] : []));
      return close(known, ids, "left");
    }
    default:
      return { known, changes: [] };
  }
}

const merge = (before: ChannelsRead, after: ChannelsRead): ChannelsRead => ({
  known: after.known,
  changes: [...before.changes, ...after.changes],
});

const withGuild = (one: unknown, id: string | undefined): unknown =>
  typeof one === "object" && one !== null ? { guild_id: id, ...one } : one;

function seen(known: KnownChannels, data: unknown): ChannelsRead {
  const read = channel.safeParse(data).data;
  if (read === undefined) return { known, changes: [] };
  const { id, name, guild_id: home = "", permission_overwrites: list } = read;
  const before = known.get(id);
  const now: KnownChannel = { guild: home, name, isPrivate: isPrivate(list, home), isClosed: false };
  const changes: ChannelChange[] = [];
  if (before?.isClosed) changes.push({ kind: "open", channel: id });
  if (before && before.name !== name) changes.push({ kind: "renamed", channel: id, name });
  if (before && now.isPrivate && !before.isPrivate) changes.push({ kind: "private", channel: id });
  if (before && !now.isPrivate && before.isPrivate) changes.push({ kind: "open", channel: id });
  return { known: new Map(known).set(id, now), changes };
}

/** The role of everybody bears the server's own id. */
function isPrivate(overwrites: readonly unknown[], home: string): boolean {
  return overwrites.some((one) => {
    const read = overwrite.safeParse(one).data;
    return read?.id === home && (BigInt(read.deny) & viewChannel) !== 0n;
  });
}

function close(known: KnownChannels, ids: readonly string[], why: "deleted" | "left"): ChannelsRead {
  const next = new Map(known);
  for (const id of ids) next.set(id, { guild: "", name: "", isPrivate: false, ...known.get(id), isClosed: true });
  return { known: next, changes: ids.map((id) => ({ kind: "closed", channel: id, why })) };
}
