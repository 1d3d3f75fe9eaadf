import type { Inbound } from "../../../ports/chat-inbound.js";
import { threadKey } from "./thread-order.js";

/** The messages of each thread, one after another in order of arrival. */
export interface ThreadTurns {
  /** Does the work when everything before it in the thread is done. */
  take<Result>(inbound: Inbound, work: () => Promise<Result>): Promise<Result>;
  /** Marks a missed message that later ones of its thread have overtaken. Its first words, which address it, stay first. */
  markLate(inbound: Inbound): Inbound;
  settled(): Promise<void>;
}

/** Makes empty turns. `newestPostedMs`: when the newest message of a thread that was carried out before, here or elsewhere, was written (Unix ms). */
export function createThreadTurns(newestPostedMs: (thread: string) => number | undefined): ThreadTurns {
  const lastInThread = new Map<string, Promise<unknown>>();
  /** By thread: when the newest message that was carried out here was written, Unix ms. */
  const lastAtMs = new Map<string, number>();

  return {
    take(inbound, run) {
      const key = threadKey(inbound);
      const before = lastInThread.get(key) ?? Promise.resolve();
      lastAtMs.set(key, Math.max(inbound.atMs, lastAtMs.get(key) ?? 0));
      const work = before.then(run);
      const settled = work
        .catch(() => {})
        .finally(() => {
          if (lastInThread.get(key) === settled) lastInThread.delete(key);
        });
      lastInThread.set(key, settled);
      return work;
    },
    markLate(inbound) {
      const { action, atMs } = inbound;
      const thread = threadKey(inbound);
      const newestMs = Math.max(lastAtMs.get(thread) ?? atMs, newestPostedMs(thread) ?? atMs);
      if (action.kind !== "message" || atMs >= newestMs) return inbound;
      const at = new Date(atMs).toISOString().slice(0, 19).replace("T", " ");
      const text = `${action.text}\n[written at ${at} UTC; it arrived late, after newer messages of its thread]`;
      return { ...inbound, action: { ...action, text } };
    },
    async settled() {
      await Promise.allSettled(lastInThread.values());
    },
  };
}
