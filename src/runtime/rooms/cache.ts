import { toSnapshot } from "../../core/room/snapshot.js";
import type { EventLog } from "../../ports/event-log.js";
import type { Logger } from "../../ports/logger.js";
import type { Snapshots } from "../../ports/snapshots.js";
import { createLiveRoom, type LiveRoom } from "./live.js";
import { loadRoom } from "./load.js";

/** Folded rooms, at most `maxRooms` of those nothing is being written to. */
export interface RoomCache {
  readonly recentCommits: number;
  get(roomId: string): LiveRoom | undefined;
  load(roomId: string): Promise<LiveRoom>;
  /** Reads the room from the log again. The returned function puts what was read into `live`; until then nothing changes. */
  reload(live: LiveRoom): Promise<() => void>;
  /** Nothing is being written to it any more: it may be snapshotted, or leave. */
  settled(live: LiveRoom): void;
  /** Forgets it without a snapshot: what is in memory may not be what is in the log. */
  drop(live: LiveRoom): void;
  /** Rooms in memory. */
  size(): number;
  loaded(): Iterable<LiveRoom>;
  /** Stores a snapshot of every room that moved. */
  flush(): Promise<void>;
}

const snapshotEvery = 1_000;
/** A room that several nodes write to is read again at every lost race; from a recent snapshot that takes no time. */
const contestedSnapshotEvery = 50;

/** Rooms in memory; at most `maxRooms` that nobody writes to, those that were used last. */
export function createRoomCache(options: {
  eventLog: EventLog;
  snapshots: Snapshots;
  logger: Logger;
  /** Default 1,000. */
  maxRooms?: number;
  /** Durable commits kept per room. Default 128. */
  recentCommits?: number;
}): RoomCache {
  const { maxRooms = 1_000, recentCommits = 128 } = options;
  const rooms = new Map<string, LiveRoom>();
  const loading = new Map<string, Promise<LiveRoom>>();

  /** The room is the most recently used one from now on: a map keeps the order in which its keys were set. */
  function get(roomId: string): LiveRoom | undefined {
    const live = rooms.get(roomId);
    if (!live) return undefined;
    rooms.delete(roomId);
    rooms.set(roomId, live);
    return live;
  }

  function load(roomId: string): Promise<LiveRoom> {
    const present = get(roomId);
    if (present) return Promise.resolve(present);
    const underWay = loading.get(roomId);
    if (underWay) return underWay;
    const started = loadFresh(roomId).finally(() => loading.delete(roomId));
    loading.set(roomId, started);
    return started;
  }

  async function loadFresh(roomId: string): Promise<LiveRoom> {
    const state = await loadRoom(roomId, options);
    const live = createLiveRoom(`room/${roomId}`, state.room);
    live.snapshotVersion = state.snapshotVersion;
    live.quarantined = state.quarantined;
    rooms.set(roomId, live);
    evict();
    return live;
  }

  async function reload(live: LiveRoom): Promise<() => void> {
    const state = await loadRoom(live.room.roomId, options);
    return () => {
      live.room = state.room;
      live.durableVersion = state.room.version;
      live.snapshotVersion = state.snapshotVersion;
      live.quarantined = state.quarantined;
      live.recent = [];
      live.advanced();
      if (state.room.version - state.snapshotVersion >= contestedSnapshotEvery) void save(live);
    };
  }

  /** The least recently used leave first, but for those that are being written. */
  function evict(): void {
    for (const [roomId, live] of rooms) {
      if (rooms.size <= maxRooms) return;
      if (live.inFlight.isWriting) continue;
      rooms.delete(roomId);
      if (live.room.version > live.snapshotVersion) void save(live);
    }
  }

  async function save(live: LiveRoom): Promise<void> {
    if (live.room.status === "none" || live.room.version !== live.durableVersion) return;
    const snapshot = toSnapshot(live.room);
    live.snapshotVersion = snapshot.version;
    await options.snapshots.put(live.stream, snapshot).catch((error: unknown) => {
      options.logger.warn(
        { roomId: live.room.roomId, error },
        "a snapshot could not be stored; the room will be folded from further back",
      );
    });
  }

  function settled(live: LiveRoom): void {
    if (live.room.version - live.snapshotVersion >= snapshotEvery) void save(live);
    if (live.room.status === "none") rooms.delete(live.room.roomId);
  }

  return {
    recentCommits,
    get,
    load,
    reload,
    settled,
    drop: (live) => {
      if (rooms.get(live.room.roomId) === live) rooms.delete(live.room.roomId);
    },
    size: () => rooms.size,
    loaded: () => [...rooms.values()],
    flush: async () => {
      for (const live of [...rooms.values()]) if (live.room.version > live.snapshotVersion) await save(live);
    },
  };
}
