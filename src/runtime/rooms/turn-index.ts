import { parseRoomCommit } from "../../core/room/commit.js";
import { advance, applyUnreadable, type FoldPlace } from "../../core/room/fold.js";
import { emptyTurnRecords, recordTurnEvent, type TurnRecord, type TurnRecords } from "../../core/room/turn-record.js";
import type { EventLog } from "../../ports/event-log.js";
import type { TurnTaking } from "./turn-taking.js";

/** The turns of rooms, as their logs tell them. */
export interface TurnIndex {
  /** The room's newest turns, by id, in the order they started, up to the end of its log. Rejects with a `PortError` when the log cannot be read. */
  turnsOf(roomId: string): Promise<ReadonlyMap<string, TurnRecord>>;
}

/** Rooms whose turns are remembered; others are read again. */
const maxRooms = 50;
const pageSize = 200;
/** JSON characters read at once. */
const maxPageChars = 1_024 * 1_024;

interface Indexed {
  place: FoldPlace;
  records: TurnRecords;
  /** The reading under way, after which the next one begins. */
  reading: Promise<void>;
}

/** Reads each room's log once, a page at a time, and then only what was added. */
export function createTurnIndex({
  eventLog,
  turns,
}: {
  eventLog: Pick<EventLog, "read">;
  turns: TurnTaking;
}): TurnIndex {
  const known = new Map<string, Indexed>();

  function indexedOf(roomId: string): Indexed {
    const found = known.get(roomId) ?? newIndexed();
    known.delete(roomId);
    known.set(roomId, found);
    const [oldest] = known.keys();
    if (known.size > maxRooms && oldest !== undefined) known.delete(oldest);
    return found;
  }

  async function readOn(roomId: string, { place, records }: Indexed): Promise<void> {
    for (;;) {
      await turns.next();
      const { version } = place;
      const entries = await eventLog.read(`room/${roomId}`, {
        after: version,
        limit: pageSize,
        maxChars: maxPageChars,
      });
      for (const entry of entries) {
        const parsed = entry.kind === "commit" ? parseRoomCommit(entry.commit) : undefined;
        if (parsed?.kind !== "ok") applyUnreadable(place, entry.version);
        else
          advance(place, parsed.commit, () => {
            for (const event of parsed.events) if (event) recordTurnEvent(records, event, parsed.commit.at);
          });
      }
      if (place.version === version) return;
    }
  }

  return {
    async turnsOf(roomId) {
      const indexed = indexedOf(roomId);
      const reading = indexed.reading.catch(() => {}).then(() => readOn(roomId, indexed));
      indexed.reading = reading;
      await reading;
      return indexed.records.turns;
    },
  };
}

function newIndexed(): Indexed {
  const place: FoldPlace = { version: 0, commitId: "", holes: 0, voided: [] };
  return { place, records: emptyTurnRecords(), reading: Promise.resolve() };
}
