import { PortError } from "../../ports/port-error.js";
import type { Wakeups } from "../../ports/wakeups.js";
import type { RoomCache } from "./cache.js";
import type { RoomCatchUp } from "./catch-up.js";
import type { NewsHeard, RoomNews } from "./room-news.js";

/**
 * Answers news of rooms: brings each room in memory to the version that was told, and wakes the readers named. Rejects with a `PortError` when the log, which
 * has to be read for it, cannot be reached.
 */
export function createNewsHearing(options: {
  cache: Pick<RoomCache, "load">;
  catchUp: RoomCatchUp;
  wakeups: Wakeups;
}): (news: RoomNews["news"]) => Promise<NewsHeard> {
  const { cache, catchUp, wakeups } = options;

  async function hear({ roomId, version, commits = [], readers }: RoomNews["news"][number]): Promise<[string, number]> {
    const live = await cache.load(roomId);
    catchUp.take(live, commits);
    if (live.durableVersion < version && !(await catchUp.now(live)))
      throw new PortError(`the log of ${roomId} cannot be read`, { code: "unavailable", retryable: true });
    for (const reader of readers) wakeups.wake(reader);
    return [roomId, live.durableVersion];
  }

  return async (news) => ({ kind: "heard", versions: Object.fromEntries(await Promise.all(news.map(hear))) });
}
