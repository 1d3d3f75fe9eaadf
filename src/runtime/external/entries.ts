import { isGated } from "../../core/room/gate.js";
import type { Rejection } from "../../core/room/rejection.js";
import type { Clock } from "../../ports/clock.js";
import type { EventLog } from "../../ports/event-log.js";
import type { Ids } from "../../ports/ids.js";
import type { Refusable } from "../../ports/refusable.js";
import type { JournalEvent } from "../agents/journal.js";
import { admitEntry, freshAllowance, type TurnAllowance } from "../agents/turn-allowance.js";
import { commitsAfter, createLogWriter } from "../rooms/log-writer.js";
import type { RoomService } from "../rooms/service.js";
import { agentOf, type ExternalStay, noLongerHere, roomClosed } from "./stay.js";

/** Most UTF-8 bytes of one entry as JSON. */
export const maxEntryBytes = 64 * 1_024;
/** Agents whose records are counted at a time. Beyond it the count of the one that wrote longest ago starts again at zero. */
const maxCounted = 1_000;

/** Writes what external agents append to their own records, durable when it resolves. */
export function createEntryWriter({
  rooms,
  eventLog,
  clock,
  ids,
}: {
  rooms: RoomService;
  eventLog: EventLog;
  clock: Clock;
  ids: Ids;
}): (stay: ExternalStay, entry: unknown) => Promise<Refusable<{ version: number }>> {
  const writer = createLogWriter({ eventLog, clock });
  const counted = new Map<string, TurnAllowance>();

  /** The same allowance as that of an agent's record in Parley, a turn and an hour. */
  function isAdmitted(stream: string, { turnId, bytes }: { turnId: string; bytes: number }): boolean {
    const before = counted.get(stream) ?? freshAllowance;
    const { allowance, admission } = admitEntry(before, { turnId, nowMs: clock.nowMs(), bytes });
    counted.delete(stream);
    counted.set(stream, allowance);
    const [oldest = stream] = counted.keys();
    if (counted.size > maxCounted) counted.delete(oldest);
    return admission === "keep";
  }

  return async function append(stay, entry) {
    const { roomId, name } = stay;
    const bytes = Buffer.byteLength(JSON.stringify(entry));
    if (bytes > maxEntryBytes) return { kind: "refused", rejection: tooLarge(bytes) };
    const seen = await rooms.read(roomId, (room) => {
      const agent = agentOf(room, stay);
      const isClosed = room.status === "closed";
      return agent && { turnId: agent.turn?.turnId, isGated: isGated(agent, room.policy), isClosed };
    });
    if (!seen) return { kind: "refused", rejection: noLongerHere };
    if (seen.isClosed) return { kind: "refused", rejection: roomClosed };
    const stream = `agent/${roomId}/${name}`;
    if (!isAdmitted(stream, { turnId: seen.turnId ?? "", bytes })) return { kind: "refused", rejection: tooMuch };
    const event: JournalEvent = {
      type: "entry",
      ...(seen.turnId !== undefined && { turnId: seen.turnId }),
      data: entry,
      ...(seen.isGated && { gated: true }),
    };
    const decide = async () =>
      commitsAfter(await eventLog.head(stream), [[event]], { ids, nowMs: clock.nowMs(), by: name });
    const [stored] = await writer.write({ stream, decide });
    return { kind: "done", version: stored?.version ?? 0 };
  };
}

function tooLarge(bytes: number): Rejection {
  const detail = `the entry has ${bytes} bytes; ${maxEntryBytes} is the most`;
  return { code: "invalid", detail, issues: [{ path: ["entry"], message: detail }] };
}

const tooMuch: Rejection = {
  code: "limit_reached",
  detail: "this agent has written all that its record takes in a turn or in an hour; nothing was stored",
};
