import { Routes } from "discord.js";
import type { ChatTarget } from "../../src/ports/chat.js";
import { calling, type DiscordClient } from "./client.js";
import { type Place, placeOf } from "./parse.js";
import { discordChannel } from "./payloads.js";

const maxKnown = 5_000;

/** Where channels lie, and where targets are written to. */
export interface Places {
  learn(channel: unknown): void;
  forget(id: string): void;
  /** Of a channel that may be a thread or direct. */
  of(channelId: string): Promise<Place>;
  /** The Discord channel that a target's messages are in. */
  channelFor(target: ChatTarget): Promise<string>;
}

export function createPlaces(client: DiscordClient): Places {
  const known = new Map<string, Place>();
  const direct = new Map<string, string>();

  const keep = <T>(map: Map<string, T>, id: string, value: T): T => {
    if (map.size >= maxKnown) map.clear();
    map.set(id, value);
    return value;
  };

  return {
    learn(channel) {
      const read = discordChannel.safeParse(channel).data;
      if (read !== undefined) keep(known, read.id, placeOf(read));
    },
    forget: (id) => void known.delete(id),
    async of(id) {
      const found = known.get(id);
      if (found !== undefined) return found;
      const channel = await calling("read", "Reading a channel", () => client.rest().get(Routes.channel(id)));
      return keep(known, id, placeOf(discordChannel.parse(channel)));
    },
    async channelFor(target) {
      if (target.kind === "thread") return target.thread;
      if (target.kind === "channel") return target.channel;
      const found = direct.get(target.userId);
      if (found !== undefined) return found;
      const opened = await calling("read", "Opening a direct message", () =>
        client.rest().post(Routes.userChannels(), { body: { recipient_id: target.userId } }),
      );
      return keep(direct, target.userId, discordChannel.parse(opened).id);
    },
  };
}
