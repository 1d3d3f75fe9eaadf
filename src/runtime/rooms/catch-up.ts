import type { RoomCommit } from "../../core/room/commit.js";
import type { Clock } from "../../ports/clock.js";
import type { Entry, EventLog } from "../../ports/event-log.js";
import type { Logger } from "../../ports/logger.js";
import { PortError } from "../../ports/port-error.js";
import type { RoomCache } from "./cache.js";
import { type LiveRoom, rememberCommits } from "./live.js";
import { applyEntries } from "./load.js";

/** Brings rooms in memory up to what other processes wrote. */
export interface RoomCatchUp {
  /**
   * Everything that was durable when this was called is in `live` when it resolves. False: the log cannot be asked, and the room stays as it
   * is: what is in memory was true a moment ago, and nothing can be decided on it without the log.
   */
  now(live: LiveRoom): Promise<boolean>;
  /** Durable commits that another process handed over. They count where they follow what is in memory and nothing is being written; else the log is read later. */
  take(live: LiveRoom, commits: readonly RoomCommit[]): void;
}

const pageSize = 500;
const maxPageChars = 4 * 1_024 * 1_024;
/** Pages and appends under way that are waited for before a reader takes what there is. */
const maxRounds = 50;
const waitForWriterMs = 2_000;

/** Applies commits of other processes to a room in memory. */
export function createRoomCatchUp({
  eventLog,
  cache,
  clock,
  logger,
}: {
  eventLog: EventLog;
  cache: Pick<RoomCache, "recentCommits">;
  clock: Clock;
  logger: Logger;
}): RoomCatchUp {
  /** A look that has not asked the log yet serves everybody who comes before it does. */
  const next = new WeakMap<LiveRoom, Promise<boolean>>();
  const running = new WeakMap<LiveRoom, Promise<boolean>>();

  function now(live: LiveRoom): Promise<boolean> {
    const waiting = next.get(live);
    if (waiting) return waiting;
    const before = running.get(live);
    if (!before) return start(live);
    const after = before.then(() => {
      next.delete(live);
      return start(live);
    });
    next.set(live, after);
    return after;
  }

  function start(live: LiveRoom): Promise<boolean> {
    const look = lookAgain(live)
      .then(() => true)
      .catch((error: unknown) => {
        if (!(error instanceof PortError)) throw error;
        logger.debug({ stream: live.stream, error }, "the log cannot be asked; the room is shown as it was");
        return false;
      })
      .finally(() => running.get(live) === look && running.delete(live));
    running.set(live, look);
    return look;
  }

  async function lookAgain(live: LiveRoom): Promise<void> {
    const wanted = (await eventLog.head(live.stream))?.version ?? 0;
    for (let round = 0; round < maxRounds && live.durableVersion < wanted; round += 1) {
      const from = live.durableVersion;
      // An append under way ends with the room as new as the log: it succeeds, or it is told so and reads.
      if (live.inFlight.isWriting) {
        await live.nextAdvance(clock, waitForWriterMs);
        continue;
      }
      // No more than what is known to be there: whether there is more would be asked again.
      const limit = Math.min(pageSize, wanted - from);
      const entries = await eventLog.read(live.stream, { after: from, limit, maxChars: maxPageChars });
      if (live.inFlight.isWriting || live.room.version !== from || live.durableVersion !== from) continue;
      if (entries.length === 0) return;
      apply(live, entries);
    }
  }

  function take(live: LiveRoom, commits: readonly RoomCommit[]): void {
    const from = live.durableVersion;
    if (live.inFlight.isWriting || live.room.version !== from) return;
    const next = commits.filter(({ version }) => version > from);
    if (next[0]?.version !== from + 1 || next[0].parent !== live.room.commitId) return;
    apply(
      live,
      next.map((commit) => ({ kind: "commit", version: commit.version, commit })),
    );
  }

  function apply(live: LiveRoom, entries: readonly Entry[]): void {
    const commits = applyEntries(live, entries, logger);
    live.durableVersion = live.room.version;
    rememberCommits(live, commits, cache.recentCommits);
    live.advanced();
  }

  return { now, take };
}
