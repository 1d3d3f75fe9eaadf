import { setImmediate as yieldToOthers } from "node:timers/promises";
import type { EventLog } from "../../ports/event-log.js";
import { type ListedRoom, summaryOf } from "./picture.js";
import type { RoomService } from "./service.js";

/** Rooms looked at before others get a turn. */
const slice = 20;
const pageSize = 500;
const maxPageChars = 4 * 1_024 * 1_024;

/** Every room of the registry that exists, oldest first. */
export async function listRooms({
  eventLog,
  rooms,
}: {
  eventLog: EventLog;
  rooms: RoomService;
}): Promise<ListedRoom[]> {
  const summaries: ListedRoom[] = [];
  for (const [count, roomId] of (await registeredRooms(eventLog)).entries()) {
    const summary = await rooms.read(roomId, summaryOf);
    if (summary) summaries.push(summary);
    if (count % slice === slice - 1) await yieldToOthers();
  }
  return summaries;
}

async function registeredRooms(eventLog: EventLog): Promise<string[]> {
  const roomIds = new Set<string>();
  for (let after = 0; ; ) {
    const before = after;
    const entries = await eventLog.read("rooms", { after, limit: pageSize, maxChars: maxPageChars });
    for (const entry of entries) {
      after = Math.max(after, entry.version ?? after);
      const events = entry.kind === "commit" ? entry.commit.events : [];
      for (const event of events) {
        if (event.type === "room.registered" && "roomId" in event && typeof event.roomId === "string")
          roomIds.add(event.roomId);
      }
    }
    if (after === before) return [...roomIds];
  }
}
