import type { RoomCommit } from "../../core/room/commit.js";
import type { RoomEvent } from "../../core/room/event.js";
import { agentReader, agentsToWake, outboundReader, timerReader } from "../../core/room/react.js";
import type { Room } from "../../core/room/room.js";
import type { Clock } from "../../ports/clock.js";
import type { Wakeups } from "../../ports/wakeups.js";
import { homePool, type PoolOf } from "./placement.js";

/** Tells every reader with something to do after these commits. `room` has them applied. */
export function wakeReaders(
  room: Room,
  commits: readonly RoomCommit[],
  { wakeups, clock, poolOf }: { wakeups: Wakeups; clock: Clock; poolOf: PoolOf },
): void {
  const { roomId } = room;
  for (const commit of commits) {
    for (const name of agentsToWake(room, commit.events)) wakeups.wake(agentReader(roomId, name, poolOf(room, name)));
    for (const event of commit.events) {
      if (event.type === "participant.configured" && event.leavesHome !== undefined)
        wakeups.wake(agentReader(roomId, event.name, homePool(event.leavesHome)));
      const dueAtMs = dueAtMsOf(event);
      if (dueAtMs !== undefined) wakeups.wake(timerReader(roomId), { delayMs: Math.max(0, dueAtMs - clock.nowMs()) });
    }
  }
  for (const mirror of room.mirrors.values()) wakeups.wake(outboundReader(mirror));
}

/** When the timer has to look at what an event began; what comes after that it asks for itself. */
function dueAtMsOf(event: RoomEvent): number | undefined {
  if (event.type === "message.posted") return event.expiresAtMs;
  if (event.type !== "gate.opened") return undefined;
  const { expiresAtMs = Number.POSITIVE_INFINITY, reminder } = event;
  const dueAtMs = Math.min(expiresAtMs, reminder?.atMs ?? Number.POSITIVE_INFINITY);
  return Number.isFinite(dueAtMs) ? dueAtMs : undefined;
}
