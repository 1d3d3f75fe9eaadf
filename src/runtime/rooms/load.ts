import { setImmediate as yieldToOthers } from "node:timers/promises";
import { parseRoomCommit, type RoomCommit } from "../../core/room/commit.js";
import { applyCommit, applyUnreadable, unreadableCommitId } from "../../core/room/fold.js";
import { emptyRoom, type Room } from "../../core/room/room.js";
import { fromSnapshot, snapshotSchema } from "../../core/room/snapshot.js";
import type { Entry, EventLog } from "../../ports/event-log.js";
import type { Logger } from "../../ports/logger.js";
import type { Snapshots } from "../../ports/snapshots.js";

/** Commits folded before others get a turn. */
const foldSlice = 1_000;
const pageSize = 500;
const maxPageChars = 4 * 1_024 * 1_024;

/** A room as the log has it, and the commits read last. */
export interface LoadedState {
  room: Room;
  /** Version of the stored snapshot; 0 for none. */
  snapshotVersion: number;
  /** Entries that could not be read since the snapshot, for health. */
  quarantined: { position: string; reason: string }[];
}

/** Folds a room from its latest snapshot and the log after it. A room that does not exist is empty. Unreadable entries are skipped and listed in `quarantined`. Rejects with a `PortError` when the log cannot be read. */
export async function loadRoom(
  roomId: string,
  { eventLog, snapshots, logger }: { eventLog: EventLog; snapshots: Snapshots; logger: Logger },
): Promise<LoadedState> {
  const stream = `room/${roomId}`;
  const snapshot = await snapshots.get(stream, snapshotSchema);
  const room = snapshot ? fromSnapshot(roomId, snapshot.state) : emptyRoom(roomId);
  const loaded: LoadedState = { room, snapshotVersion: snapshot?.version ?? 0, quarantined: [] };
  let folded = 0;
  for (;;) {
    const { version } = room;
    const entries = await eventLog.read(stream, { after: version, limit: pageSize, maxChars: maxPageChars });
    applyEntries(loaded, entries, logger);
    if (room.version === version) break;
    folded += entries.length;
    if (folded < foldSlice) continue;
    folded = 0;
    await yieldToOthers();
  }
  if (room.commitId === unreadableCommitId) room.commitId = (await eventLog.head(stream))?.id ?? room.commitId;
  return loaded;
}

/** Applies entries that follow what is in `loaded`, in order. Returns the commits that count and have only events this version knows. */
export function applyEntries(loaded: LoadedState, entries: readonly Entry[], logger: Logger): RoomCommit[] {
  return entries.flatMap((entry) => applyEntry(loaded, entry, logger) ?? []);
}

function applyEntry({ room, quarantined }: LoadedState, entry: Entry, logger: Logger): RoomCommit | undefined {
  const parsed = entry.kind === "commit" ? parseRoomCommit(entry.commit) : entry;
  if (parsed.kind === "ok") {
    const judgement = applyCommit(room, parsed.commit, parsed.events);
    if (judgement === "gap")
      logger.error(
        { roomId: room.roomId, version: parsed.commit.version },
        "the log has a hole: the store lost commits",
      );
    const events = parsed.events.filter((event) => event !== undefined);
    const isWhole = judgement !== "superseded" && events.length === parsed.events.length;
    return isWhole ? { ...parsed.commit, events } : undefined;
  }
  const position = entry.kind === "commit" ? String(entry.version) : entry.position;
  quarantined.push({ position, reason: parsed.reason });
  logger.error(
    { roomId: room.roomId, position, reason: parsed.reason },
    "an entry of the log cannot be read; the room goes on without it",
  );
  applyUnreadable(room, entry.version);
  return undefined;
}
