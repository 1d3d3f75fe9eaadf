import type { Attachment, DeliveryClass, Recipients } from "../../core/room/event.js";
import { type DeliveryState, deliveryOf } from "../../core/room/view.js";
import type { FoundMessage, MessageSearch, SearchIndex } from "../../ports/search-index.js";
import { formatPosition, type LogPosition } from "./log-position.js";
import { textOfFound } from "./scan-search.js";
import type { RoomService } from "./service.js";

/** A message as people see it, with its receipts. */
export interface MessageWithReceipts {
  messageId: string;
  from: string;
  to: Recipients;
  body: string;
  class: DeliveryClass;
  at: number;
  version: number;
  delivery: Record<string, DeliveryState>;
  /** Files it carries; absent: none. */
  attachments?: Attachment[];
  /** Absent: a message. */
  kind?: "question" | "answer";
}

/** A page of messages, ascending; `next` leads to older ones. */
export interface RoomMessagePage {
  /** Oldest first. */
  messages: MessageWithReceipts[];
  /** The room had come this far at least; newer messages may be missing. */
  version: number;
  /** Where the page before this one ends. */
  next?: string;
}

/** Messages of a room before a place in its log. Undefined: no such room. */
export async function readMessagePage(
  request: Omit<MessageSearch, "top" | "before"> & { before?: LogPosition | undefined },
  { rooms, search }: { rooms: RoomService; search: SearchIndex },
): Promise<RoomMessagePage | undefined> {
  const { roomId } = request;
  const top = await rooms.read(roomId, ({ version, commitId }) => ({ version, commitId }));
  if (!top) return undefined;
  const { messages: found, next } = await search.find({ ...request, top });
  const shown = found.toReversed();
  const deliveries = await rooms.read(roomId, (room) =>
    shown.map(({ event, place }) =>
      event.type === "message.posted" ? deliveryOf(room, { from: event.from, to: event.to, ...place }) : {},
    ),
  );
  const messages = shown.map((message, index) => viewOf(message, deliveries?.[index] ?? {}));
  const page = { messages, version: top.version };
  if (!next) return page;
  const { version, index = Number.POSITIVE_INFINITY } = next;
  return { ...page, next: formatPosition({ version, index }) };
}

function viewOf(found: FoundMessage, delivery: Record<string, DeliveryState>): MessageWithReceipts {
  const { event, at, place } = found;
  // Deciders read a question and the asking agent its answer: neither is posted to participants.
  if (event.type !== "message.posted") {
    const kind = event.type === "gate.opened" ? "question" : "answer";
    const { version } = place;
    return {
      messageId: formatPosition(place),
      ...textOfFound(found),
      to: [],
      class: "deliver",
      at,
      version,
      delivery,
      kind,
    };
  }
  const { messageId, from, to, body, attachments } = event;
  const shown = { messageId, from, to, body, class: event.class, at, version: place.version, delivery };
  return attachments?.length ? { ...shown, attachments } : shown;
}
