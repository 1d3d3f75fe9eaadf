import { timerDueAtMs, timerReader } from "../../core/room/react.js";
import type { Clock } from "../../ports/clock.js";
import type { Wakeups } from "../../ports/wakeups.js";
import type { RoomService } from "./service.js";

/** The reader that lets gates and messages of a room expire, and asks to be woken for the next. */
export function createTimer({
  rooms,
  wakeups,
  clock,
}: {
  rooms: RoomService;
  wakeups: Wakeups;
  clock: Clock;
}): (reader: string) => Promise<void> {
  return async (reader) => {
    const roomId = reader.slice("timer/".length);
    const dueAtMs = await rooms.peek(roomId, timerDueAtMs, { fresh: true });
    if (dueAtMs === undefined) return;
    if (dueAtMs <= clock.nowMs()) await rooms.execute(roomId, { type: "room.tick" });
    const nextMs = await rooms.peek(roomId, timerDueAtMs);
    if (nextMs !== undefined) wakeups.wake(timerReader(roomId), { delayMs: Math.max(1, nextMs - clock.nowMs()) });
  };
}
