import type { RoomCommit } from "../core/commit.js";
import { agentReader, agentsToWake, mirrorReader, timerReader } from "../core/react.js";
import type { Room } from "../core/room.js";
import type { Clock } from "../ports/clock.js";
import type { Wakeups } from "../ports/wakeups.js";
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
      if (!("expiresAtMs" in event) || event.expiresAtMs === undefined || event.type === "invite.created") continue;
      wakeups.wake(timerReader(roomId), { delayMs: Math.max(0, event.expiresAtMs - clock.nowMs()) });
    }
  }
  for (const mirror of room.mirrors.values()) wakeups.wake(mirrorReader(mirror));
}
