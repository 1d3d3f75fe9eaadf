import { parseRoomCommit } from "../../../core/room/commit.js";
import { type EventPlace, isAfter } from "../../../core/room/position.js";
import type { EventLog } from "../../../ports/event-log.js";
import { createCommitReader } from "../../rooms/served-commit.js";
import type { EventInRoom } from "./render.js";

/** The events of a room's log in order, from a position on. */
export interface RoomSource {
  /** Version up to which the log was read. */
  readonly version: number;
  /** The next event; undefined when nothing follows (yet). */
  peek(): Promise<EventInRoom | undefined>;
  /** Marks an event as handled if it is the next one. */
  advance(seen: EventInRoom): void;
}

const pageSize = 100;
/** Commits re-read before the start, so that a superseded commit right after it is recognised. */
const rewind = 10;

/** Reads a room’s events for a thread, in order from its bookmark. */
export function createRoomSource({
  eventLog,
  roomId,
  after,
}: {
  eventLog: EventLog;
  roomId: string;
  after: EventPlace;
}): RoomSource {
  const reader = createCommitReader(() => ({ changesStanding: false, events: () => [] }), {
    version: Math.max(0, after.version - rewind),
  });
  let events: EventInRoom[] = [];
  let next = 0;

  async function readPage(): Promise<void> {
    const entries = await eventLog.read(`room/${roomId}`, { after: reader.version, limit: pageSize });
    const found: EventInRoom[] = [];
    for (const entry of entries) {
      if (!reader.next(entry) || entry.kind !== "commit") continue;
      const { version, by } = entry.commit;
      const parsed = parseRoomCommit(entry.commit);
      if (parsed.kind !== "ok") continue;
      for (const [index, event] of parsed.events.entries()) {
        if (event && isAfter({ version, index }, after)) found.push({ version, index, by, event });
      }
    }
    events = found;
    next = 0;
  }

  return {
    get version() {
      return reader.version;
    },
    async peek() {
      while (next >= events.length) {
        const before = reader.version;
        await readPage();
        if (events.length === 0 && reader.version === before) return undefined;
      }
      return events[next];
    },
    advance(seen) {
      if (events[next] === seen) next += 1;
    },
  };
}
