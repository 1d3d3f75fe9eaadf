import { z } from "zod";
import type { SlackClients } from "./client.js";
import { slackMessage } from "./payloads.js";

const metadata = z.object({
  event_type: z.string(),
  event_payload: z.object({ key: z.string().optional() }).optional(),
});

const readMessage = slackMessage.extend({ metadata: metadata.optional() });
export type ReadMessage = z.infer<typeof readMessage>;

/** Slack gives at most 1,000; fewer keep an answer small. */
const pageSize = 200;

export interface Where {
  channel: string;
  /** Absent: the channel's own messages. */
  thread?: string;
}

/** Messages since then, oldest first, all pages; the root of a thread is left out. */
export async function readMessages(clients: SlackClients, where: Where, oldest: string): Promise<ReadMessage[]> {
  const { channel, thread } = where;
  const range = { channel, oldest, inclusive: true, limit: pageSize, include_all_metadata: true };
  const found: ReadMessage[] = [];
  let cursor = "";
  do {
    const from = cursor === "" ? range : { ...range, cursor };
    const page =
      thread === undefined
        ? await clients.read.conversations.history(from)
        : await clients.read.conversations.replies({ ...from, ts: thread });
    for (const message of page.messages ?? []) {
      const read = readMessage.safeParse(message).data;
      if (read !== undefined && read.ts !== thread) found.push(read);
    }
    cursor = page.response_metadata?.next_cursor ?? "";
  } while (cursor !== "");
  return found.sort((a, b) => Number(a.ts) - Number(b.ts));
}
