import type { Commit } from "../../core/room/commit.js";
import { type DeliveryClass, type EventOf, parseEvent, type Recipients } from "../../core/room/event.js";
import { type DeliveryState, deliveryOf } from "../../core/room/view.js";
import type { Entry, EventLog } from "../../ports/event-log.js";
import { formatPosition, type LogPosition } from "./log-position.js";
import type { RoomService } from "./service.js";
import type { TurnTaking } from "./turn-taking.js";

/** A message as people see it, with its receipts. */
export interface MessageView {
  messageId: string;
  from: string;
  to: Recipients;
  body: string;
  class: DeliveryClass;
  at: number;
  version: number;
  delivery: Record<string, DeliveryState>;
}

/** A page of messages, ascending; `next` leads to older ones. */
export interface MessagePage {
  /** Oldest first. */
  messages: MessageView[];
  /** The room had come this far at least; newer messages may be missing. */
  version: number;
  /** Where the page before this one ends. */
  next?: string;
}

interface Found {
  position: LogPosition;
  at: number;
  event: EventOf<"message.posted">;
}

const pageSize = 200;
/** Commits looked at for one page; where messages are rarer, the page is short and `next` leads on. */
const maxScanned = 10_000;

/** Messages of a room before a place in its log, found by reading backwards. Undefined: no such room. */
export async function readMessagePage(
  request: { roomId: string; before?: LogPosition | undefined; limit: number; containing?: string },
  { rooms, eventLog, turns }: { rooms: RoomService; eventLog: EventLog; turns: TurnTaking },
): Promise<MessagePage | undefined> {
  const { roomId, limit } = request;
  const top = await rooms.read(roomId, ({ version, commitId }) => ({ version, commitId }));
  if (!top) return undefined;
  const scan = createScan(request, top);
  while (scan.found.length <= limit && scan.scanned < maxScanned && !scan.atStart) {
    await turns.next();
    const entries = await eventLog.read(`room/${roomId}`, { before: scan.before, limit: pageSize, reverse: true });
    scan.take(entries);
    if (entries.length < pageSize) scan.atStart = true;
  }
  const shown = scan.found.slice(0, limit).reverse();
  const deliveries = await rooms.read(roomId, (room) =>
    shown.map(({ event, position }) => deliveryOf(room, { from: event.from, to: event.to, ...position })),
  );
  const messages = shown.map((found, index) => viewOf(found, deliveries?.[index] ?? {}));
  const oldest = shown[0]?.position;
  const page = { messages, version: top.version };
  if (scan.found.length > limit && oldest) return { ...page, next: formatPosition(oldest) };
  return scan.atStart ? page : { ...page, next: String(scan.before) };
}

/** Follows the chain of parents down, so that a commit that does not count is not shown. */
function createScan(
  { before, containing }: { before?: LogPosition | undefined; containing?: string },
  top: { version: number; commitId: string },
) {
  const fits = containing === undefined ? () => true : holds(containing);
  const isInside = before !== undefined && before.version <= top.version;
  const scan = {
    /** Newest first. */
    found: [] as Found[],
    scanned: 0,
    atStart: false,
    /** Versions below this one have not been looked at. */
    before: (isInside ? before.version : top.version) + 1,
    take,
  };
  /** Id of the commit that counts at `scan.before - 1`, where it is known. */
  let expected = isInside ? undefined : top.commitId;

  function take(entries: readonly Entry[]): void {
    for (const entry of entries) {
      scan.scanned += 1;
      if (entry.version === undefined || entry.version >= scan.before) continue;
      const isNext = entry.version === scan.before - 1;
      if (entry.kind === "commit" && isNext && expected !== undefined && entry.commit.id !== expected) continue;
      scan.before = entry.version;
      expected = entry.kind === "commit" ? entry.commit.parent : undefined;
      if (entry.kind === "commit")
        scan.found.push(...messagesOf(entry.commit, isInside ? before : undefined).filter(fits));
    }
  }

  return scan;
}

/** Whether a message holds a text, whatever its case, or its sender is called that. */
function holds(text: string): (found: Found) => boolean {
  const wanted = text.toLowerCase();
  return ({ event }) => event.from === wanted || event.body.toLowerCase().includes(wanted);
}

function messagesOf(commit: Commit, before: LogPosition | undefined): Found[] {
  const found: Found[] = [];
  const end = before?.version === commit.version ? before.index : Number.POSITIVE_INFINITY;
  const isWholeExcluded = before?.version === commit.version && !Number.isFinite(before.index);
  if (isWholeExcluded) return found;
  for (const [index, stored] of commit.events.entries()) {
    if (stored.type !== "message.posted" || index >= end) continue;
    const parsed = parseEvent(stored);
    if (parsed.kind !== "known" || parsed.event.type !== "message.posted") continue;
    found.push({ position: { version: commit.version, index }, at: commit.at, event: parsed.event });
  }
  return found.reverse();
}

function viewOf({ event, at, position }: Found, delivery: Record<string, DeliveryState>): MessageView {
  const { messageId, from, to, body } = event;
  return { messageId, from, to, body, class: event.class, at, version: position.version, delivery };
}
