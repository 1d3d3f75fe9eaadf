import { Routes } from "discord.js";
import { z } from "zod";
import type { DiscordClient } from "./client.js";
import { limits } from "./limits.js";
import { type DiscordMessage, discordMessage } from "./payloads.js";

/** Messages after that id, oldest first, all pages. */
export async function readMessages(client: DiscordClient, channel: string, after: string): Promise<DiscordMessage[]> {
  const found: DiscordMessage[] = [];
  for (let from = after; ; ) {
    const query = new URLSearchParams({ after: from, limit: String(limits.pageSize) });
    const page = z.array(discordMessage).parse(await client.rest().get(Routes.channelMessages(channel), { query }));
    const sorted = page.sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1));
    found.push(...sorted);
    const last = sorted.at(-1);
    if (last === undefined || page.length < limits.pageSize) return found;
    from = last.id;
  }
}
