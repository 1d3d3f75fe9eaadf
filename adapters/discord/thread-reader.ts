import { RateLimitError, Routes } from "discord.js";
import { z } from "zod";
import { calling, type DiscordClient } from "./client.js";
import { stillLimited } from "./errors.js";
import { limits } from "./limits.js";
import { type DiscordMessage, discordMessage } from "./payloads.js";

export interface ThreadReader {
  /** Messages after that id, oldest first, all pages. `doing` is for the error. */
  read(channel: string, after: string, doing: string): Promise<DiscordMessage[]>;
}

/** Looking posts up and catching up read the same; a limit that one of them met holds for the other. */
export function createThreadReader(client: DiscordClient): ThreadReader {
  // The SDK forgets a limit with its first answer from a bucket, so it is kept here, by the wall's clock as the SDK counts.
  const closedUntilMs = new Map<string, number>();

  async function page(channel: string, after: string): Promise<DiscordMessage[]> {
    const waitMs = (closedUntilMs.get(channel) ?? 0) - performance.now();
    if (waitMs > 0) throw stillLimited(waitMs);
    closedUntilMs.delete(channel);
    const query = new URLSearchParams({ after, limit: String(limits.pageSize) });
    try {
      return z.array(discordMessage).parse(await client.rest().get(Routes.channelMessages(channel), { query }));
    } catch (error) {
      if (error instanceof RateLimitError) closedUntilMs.set(channel, performance.now() + error.retryAfter);
      throw error;
    }
  }

  async function pages(channel: string, after: string): Promise<DiscordMessage[]> {
    const found: DiscordMessage[] = [];
    for (let from = after; ; ) {
      const read = await page(channel, from);
      const sorted = read.sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1));
      found.push(...sorted);
      const last = sorted.at(-1);
      if (last === undefined || read.length < limits.pageSize) return found;
      from = last.id;
    }
  }

  return { read: (channel, after, doing) => calling("read", doing, () => pages(channel, after)) };
}
