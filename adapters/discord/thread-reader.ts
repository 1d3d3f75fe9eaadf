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

const identified = z.looseObject({ id: z.string() });
const byAge = (a: string, b: string): number => (BigInt(a) < BigInt(b) ? -1 : 1);

/** Looking posts up and catching up read the same; a limit that one of them met holds for the other. */
export function createThreadReader(client: DiscordClient): ThreadReader {
  // The SDK forgets a limit with its first answer from a bucket, so it is kept here, by the wall's clock as the SDK counts.
  const closedUntilMs = new Map<string, number>();

  /** `ids` of all messages there are, `messages` without those in an unknown form. */
  async function page(channel: string, after: string): Promise<{ ids: string[]; messages: DiscordMessage[] }> {
    const waitMs = (closedUntilMs.get(channel) ?? 0) - performance.now();
    if (waitMs > 0) throw stillLimited(waitMs);
    closedUntilMs.delete(channel);
    const query = new URLSearchParams({ after, limit: String(limits.pageSize) });
    try {
      const raw = z.array(identified).parse(await client.rest().get(Routes.channelMessages(channel), { query }));
      const messages = raw.flatMap((one) => discordMessage.safeParse(one).data ?? []);
      return { ids: raw.map(({ id }) => id).sort(byAge), messages: messages.sort((a, b) => byAge(a.id, b.id)) };
    } catch (error) {
      if (error instanceof RateLimitError) closedUntilMs.set(channel, performance.now() + error.retryAfter);
      throw error;
    }
  }

  async function pages(channel: string, after: string): Promise<DiscordMessage[]> {
    const found: DiscordMessage[] = [];
    for (let from = after; ; ) {
      const { ids, messages } = await page(channel, from);
      found.push(...messages);
      const last = ids.at(-1);
      if (last === undefined || ids.length < limits.pageSize) return found;
      from = last;
    }
  }

  return { read: (channel, after, doing) => calling("read", doing, () => pages(channel, after)) };
}
