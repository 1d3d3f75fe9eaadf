import type { Room } from "../../core/room/room.js";
import type { Clock } from "../../ports/clock.js";
import type { RoomCache } from "./cache.js";
import type { RoomCatchUp } from "./catch-up.js";
import type { LiveRoom } from "./live.js";

/** `fresh`: with everything other processes had written when it was asked. */
export interface PeekOptions {
  atLeast?: number;
  fresh?: boolean;
}

/** Looks at rooms: durable, or as they are decided now. */
export interface RoomReader {
  /**
   * What `look` sees in the room, once that is durable. `atLeast`: first waits (at most 2 s) for that version.
   * `look` MUST NOT keep or change the room. Undefined: no such room.
   */
  read<T>(roomId: string, look: (room: Room) => T, options?: { atLeast?: number }): Promise<T | undefined>;
  /** What `look` sees now, commits included that are not durable yet: for readers whose own commits come after those. `atLeast` as in `read`. */
  peek<T>(roomId: string, look: (room: Room) => T, options?: PeekOptions): Promise<T>;
  /** Resolves once the room is durable up to `version`. */
  durable(roomId: string, version: number): Promise<void>;
}

const atLeastWaitMs = 2_000;
/** Others may write what is waited for: the log is asked again after this. */
const lookAgainMs = 100;

/** Reads rooms from the cache, and catches up with the log where other processes may have written. */
export function createRoomReader(options: {
  cache: RoomCache;
  catchUp: RoomCatchUp;
  clock: Clock;
  /** True where other processes write to the same log. */
  isShared: boolean;
}): RoomReader {
  const { cache, catchUp, clock, isShared } = options;

  /** The room in memory, as new as was asked for. */
  async function seenAs(roomId: string, { atLeast, fresh = false }: PeekOptions): Promise<LiveRoom> {
    const live = cache.get(roomId) ?? (await cache.load(roomId));
    if (atLeast !== undefined && live.room.version < atLeast) await waitForVersion(live, atLeast);
    else if (isShared && fresh) await catchUp.now(live);
    return live;
  }

  async function read<T>(
    roomId: string,
    look: (room: Room) => T,
    { atLeast }: { atLeast?: number } = {},
  ): Promise<T | undefined> {
    for (;;) {
      const live = await seenAs(roomId, { ...(atLeast !== undefined && { atLeast }), fresh: true });
      if (live.room.status === "none") {
        if (!live.inFlight.isWriting) cache.drop(live);
        return undefined;
      }
      const { room } = live;
      const { version } = room;
      const seen = look(room);
      await durable(live, version);
      // A state that could not be stored never existed: look again.
      if (live.room === room && live.durableVersion >= version) return seen;
    }
  }

  const peek: RoomReader["peek"] = async (roomId, look, how = {}) => look((await seenAs(roomId, how)).room);

  async function waitForVersion(live: LiveRoom, version: number): Promise<void> {
    const giveUpAtMs = clock.monotonicMs() + atLeastWaitMs;
    while (live.durableVersion < version && clock.monotonicMs() < giveUpAtMs) {
      const before = live.durableVersion;
      await catchUp.now(live);
      if (live.durableVersion > before || live.durableVersion >= version) continue;
      await live.nextAdvance(clock, Math.min(lookAgainMs, giveUpAtMs - clock.monotonicMs()));
    }
  }

  /** The state may include commits still being written; it is shown only once they are durable. */
  async function durable(live: LiveRoom, version: number): Promise<void> {
    while (live.durableVersion < version && live.inFlight.isWriting) await live.nextAdvance(clock, atLeastWaitMs);
  }

  return {
    read,
    peek,
    durable: async (roomId, version) => {
      const live = cache.get(roomId);
      if (live) await durable(live, version);
    },
  };
}
