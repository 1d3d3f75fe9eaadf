import { type Commit, parseRoomCommit } from "../../src/core/room/commit.js";
import { applyCommit } from "../../src/core/room/fold.js";
import { emptyRoom, type Room } from "../../src/core/room/room.js";
import type { EventLog } from "../../src/ports/event-log.js";

/** Every commit of a room, in order. */
export async function commitsOf(eventLog: EventLog, roomId: string): Promise<Commit[]> {
  const commits: Commit[] = [];
  for (;;) {
    const entries = await eventLog.read(`room/${roomId}`, { after: commits.at(-1)?.version ?? 0 });
    for (const entry of entries) if (entry.kind === "commit") commits.push(entry.commit);
    if (entries.length === 0) return commits;
  }
}

/** The result of `look` in the room at each version, folded from the log alone; index 0 is before the first commit. */
export async function atEachVersion<T>(eventLog: EventLog, roomId: string, look: (room: Room) => T): Promise<T[]> {
  const room = emptyRoom(roomId);
  const seen = [look(room)];
  for (const commit of await commitsOf(eventLog, roomId)) {
    const parsed = parseRoomCommit(commit);
    if (parsed.kind === "ok") applyCommit(room, parsed.commit, parsed.events);
    seen[room.version] = look(room);
  }
  return seen;
}
