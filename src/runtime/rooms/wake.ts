import type { RoomCommit } from "../../core/room/commit.js";
import type { RoomEvent } from "../../core/room/event.js";
import { agentReader, agentsToWake, outboundReader, timerReader } from "../../core/room/react.js";
import type { Room } from "../../core/room/room.js";
import type { Clock } from "../../ports/clock.js";
import type { Wakeups } from "../../ports/wakeups.js";
import { homePool, type PoolOf } from "./placement.js";

/** Wakes readers of agents of one room after commits of which the first has version `first`. A reader may be named twice. */
export type WakeAgents = (room: { roomId: string; first: number }, readers: readonly string[]) => void;

/** Tells every reader with something to do after these commits. `room` has them applied. */
export function wakeReaders(
  room: Room,
  commits: readonly RoomCommit[],
  options: { wakeups: Wakeups; clock: Clock; poolOf: PoolOf; wakeAgents?: WakeAgents | undefined },
): void {
  const { wakeups, clock, poolOf } = options;
  const wakeEach: WakeAgents = (_, readers) => {
    for (const reader of readers) wakeups.wake(reader);
  };
  const { wakeAgents = wakeEach } = options;
  const { roomId } = room;
  for (const commit of commits) {
    const readers = [...agentsToWake(room, commit.events)].map((name) => agentReader(roomId, name, poolOf(room, name)));
    for (const event of commit.events) {
      if (event.type === "participant.configured" && event.leavesHome !== undefined)
        readers.push(agentReader(roomId, event.name, homePool(event.leavesHome)));
      const dueAtMs = dueAtMsOf(event);
      if (dueAtMs !== undefined) wakeups.wake(timerReader(roomId), { delayMs: Math.max(0, dueAtMs - clock.nowMs()) });
    }
    if (readers.length > 0) wakeAgents({ roomId, first: commit.version }, readers);
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
