import { parseRoomCommit, type RoomCommit } from "../../core/room/commit.js";
import { advance, applyUnreadable, type FoldPlace, unreadableCommitId } from "../../core/room/fold.js";
import type { EventLog } from "../../ports/event-log.js";

const pageSize = 500;
const maxPageChars = 4 * 1_024 * 1_024;

/**
 * The commits of a room's stream after `afterVersion` that count and have one of these ids. Commits appended during the search may be included.
 * Rejects with a `PortError` when the log cannot be read.
 */
export async function findStored(
  stream: string,
  wanted: { ids: ReadonlySet<string>; afterVersion: number },
  eventLog: Pick<EventLog, "read">,
): Promise<ReadonlyMap<string, RoomCommit>> {
  const found = new Map<string, RoomCommit>();
  const place: FoldPlace = {
    version: wanted.afterVersion,
    commitId: wanted.afterVersion === 0 ? "" : unreadableCommitId,
    holes: 0,
    voided: [],
  };
  for (;;) {
    const { version } = place;
    const entries = await eventLog.read(stream, { after: version, limit: pageSize, maxChars: maxPageChars });
    for (const entry of entries) {
      const parsed = entry.kind === "commit" ? parseRoomCommit(entry.commit) : undefined;
      if (parsed?.kind !== "ok") applyUnreadable(place, entry.version);
      else if (advance(place, parsed.commit, () => {}) !== "superseded" && wanted.ids.has(parsed.commit.id))
        found.set(parsed.commit.id, { ...parsed.commit, events: parsed.events.filter((event) => event !== undefined) });
    }
    if (place.version === version) return found;
  }
}
