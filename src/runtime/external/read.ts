import { roomStateOf } from "../../core/room/room-state.js";
import type { DoorLook, DoorMessage, DoorMessages, DoorSearch } from "../../ports/agent-reading.js";
import type { SearchIndex } from "../../ports/search-index.js";
import { parsePosition } from "../rooms/log-position.js";
import { type MessageWithReceipts, readMessagePage } from "../rooms/page.js";
import { publicPicture, type Reachability } from "../rooms/picture.js";
import type { RoomService } from "../rooms/service.js";
import { agentOf, type ExternalStay } from "./stay.js";

/** Parts that reading needs. */
export interface ReadParts {
  rooms: RoomService;
  search: SearchIndex;
  reachability: Reachability;
}

/** Pages that are looked through for one answer; `next` leads on. */
const maxPages = 5;

/** The room as the agent may see it: no texts, and of gates its own. */
export async function lookAs(stay: ExternalStay, { rooms, reachability }: ReadParts): Promise<DoorLook | undefined> {
  return rooms.read(stay.roomId, (room): DoorLook | undefined => {
    const agent = agentOf(room, stay);
    if (!agent) return undefined;
    const { name, role, turn, waiting } = agent;
    const { participants } = publicPicture(room, reachability);
    return {
      roomId: room.roomId,
      room: room.name,
      state: roomStateOf(room),
      version: room.version,
      you: { name, role, waiting: waiting.length, ...(turn && { turnId: turn.turnId }) },
      participants: participants.map((one) => ({
        name: one.name,
        kind: one.kind,
        role: one.role,
        status: one.status,
        ...(one.note !== undefined && { note: one.note }),
      })),
      open: [...room.gates.values()].flatMap(({ gateId, kind, from, openedAtMs }) =>
        from === name && (kind === "message" || kind === "question") ? [{ gateId, kind, openedAt: openedAtMs }] : [],
      ),
    };
  });
}

/** Messages that the agent may read, oldest first: those to the room, and of its own stay those to it and from it. */
export async function messagesFor(
  stay: ExternalStay,
  { limit, before, containing, isOwn = false }: DoorSearch,
  { rooms, search }: ReadParts,
): Promise<DoorMessages> {
  let found: DoorMessage[] = [];
  let next = before;
  for (let pages = 0; pages < maxPages && found.length < limit; pages++) {
    const from = next === undefined ? {} : { before: parsePosition(next) };
    const wanted = { roomId: stay.roomId, before: undefined, ...from, limit: limit - found.length };
    const page = await readMessagePage(
      { ...wanted, ...(containing !== undefined && { containing }) },
      { rooms, search },
    );
    if (!page) break;
    const fit = page.messages.filter((message) => mayRead(stay, message) && (!isOwn || message.from === stay.name));
    found = [...fit.map(shown), ...found];
    next = page.next;
    if (next === undefined) break;
  }
  return { messages: found, ...(next !== undefined && { next }) };
}

function mayRead({ name, joinedVersion }: ExternalStay, { from, to, version, kind }: MessageWithReceipts): boolean {
  if (kind !== undefined) return false;
  if (to === "room") return true;
  return version > joinedVersion && (from === name || to.includes(name));
}

function shown({ messageId, from, to, body, at, delivery }: MessageWithReceipts): DoorMessage {
  return { messageId, from, to, body, at, delivery };
}
