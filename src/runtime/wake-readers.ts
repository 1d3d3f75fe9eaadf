import type { RoomCommit } from "../core/commit.js";
import { agentReader, agentsToWake, mirrorReader, timerReader } from "../core/react.js";
import type { Room } from "../core/room.js";
import type { Clock } from "../ports/clock.js";
import type { Wakeups } from "../ports/wakeups.js";

/** Tells every reader with something to do after these commits. `room` has them applied. */
export function wakeReaders(
  room: Room,
  commits: readonly RoomCommit[],
  { wakeups, clock }: { wakeups: Wakeups; clock: Clock },
): void {
  const { roomId } = room;
  for (const commit of commits) {
    for (const name of agentsToWake(room, commit.events)) wakeups.wake(agentReader(roomId, name));
    for (const event of commit.events) {
      if (!("expiresAtMs" in event) || event.expiresAtMs === undefined || event.type === "invite.created") continue;
      wakeups.wake(timerReader(roomId), { delayMs: Math.max(0, event.expiresAtMs - clock.nowMs()) });
    }
  }
  for (const mirrorId of room.mirrors.keys()) wakeups.wake(mirrorReader(mirrorId));
}
