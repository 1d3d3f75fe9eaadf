import type { Inbound } from "../../../ports/chat-inbound.js";
import { threadKey } from "./thread-order.js";

/** The messages of each thread, one after another in order of arrival. */
export interface ThreadTurns {
  /** Does the work when everything before it in the thread is done. */
  take<Result>(inbound: Inbound, work: () => Promise<Result>): Promise<Result>;
  settled(): Promise<void>;
}

/** Makes empty turns. */
export function createThreadTurns(): ThreadTurns {
  const lastInThread = new Map<string, Promise<unknown>>();

  return {
    take(inbound, run) {
      const key = threadKey(inbound);
      const before = lastInThread.get(key) ?? Promise.resolve();
      const work = before.then(run);
      const settled = work
        .catch(() => {})
        .finally(() => {
          if (lastInThread.get(key) === settled) lastInThread.delete(key);
        });
      lastInThread.set(key, settled);
      return work;
    },
    async settled() {
      await Promise.allSettled(lastInThread.values());
    },
  };
}
