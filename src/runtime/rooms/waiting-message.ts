import type { Attachment } from "../../core/room/gate-content.js";
import type { SearchIndex } from "../../ports/search-index.js";
import type { RoomService } from "./service.js";

/** Files of a message that an agent still waits for. Empty: it has none, or no agent waits for it. Failures of the log reject with a `PortError`. */
export async function attachmentsOfWaiting(
  { roomId, messageId }: { roomId: string; messageId: string },
  { rooms, search }: { rooms: RoomService; search: SearchIndex },
): Promise<readonly Attachment[]> {
  const found = await rooms.read(roomId, (room) => {
    const waiting = [...room.waiting.values()].find((message) => message.messageId === messageId);
    return waiting && { waiting, top: { version: room.version, commitId: room.commitId } };
  });
  if (!found) return [];
  const { version, index } = found.waiting;
  const { messages } = await search.find({ roomId, top: found.top, before: { version, index: index + 1 }, limit: 1 });
  const event = messages[0]?.event;
  return event?.type === "message.posted" && event.messageId === messageId ? (event.attachments ?? []) : [];
}
