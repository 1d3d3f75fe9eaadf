import type { EventOf } from "./event.js";
import { presentAgents, type Room } from "./room.js";

/** When homes and work folders of a room's agents are given up: after `unusedMs` without use, announced `noticeMs` before. */
export interface UnusedHomesTimes {
  unusedMs: number;
  noticeMs: number;
}

/** Types of events that are a use of the room. */
const uses: ReadonlySet<string> = new Set(["message.posted", "turn.started", "turn.ended"]);

/** The room after an event at `atMs`: a use ends an announcement. */
export function noteUse(room: Room, type: string, atMs: number): void {
  if (uses.has(type)) room.homes = { usedAtMs: atMs };
}

/** The step that is due: an announcement, or the end of the homes. An agent in a turn needs its home, however long it waits for a person. */
export function unusedHomesStep(
  room: Room,
  { unusedMs, noticeMs, nowMs }: UnusedHomesTimes & { nowMs: number },
): "announce" | "remove" | undefined {
  const { usedAtMs = room.createdAtMs, removeAtMs, areGone } = room.homes ?? {};
  if (unusedMs === 0 || room.status === "none" || room.status === "closed" || areGone) return undefined;
  const agents = presentAgents(room);
  if (agents.some(({ turn }) => turn !== undefined) || !agents.some(({ turns }) => turns > 0)) return undefined;
  if (removeAtMs !== undefined) return nowMs >= removeAtMs ? "remove" : undefined;
  return nowMs - usedAtMs >= unusedMs - noticeMs ? "announce" : undefined;
}

/** The fold of an announcement, or of its end. */
export function evolveHomes(
  room: Room,
  { removeAtMs, removedOf }: NonNullable<EventOf<"notice.posted">["homes"]>,
): void {
  const usedAtMs = room.homes?.usedAtMs ?? room.createdAtMs;
  if (removeAtMs !== undefined) room.homes = { usedAtMs, removeAtMs };
  if (removedOf === undefined) return;
  room.homes = { usedAtMs, areGone: true };
  for (const agent of presentAgents(room)) {
    if (!removedOf.includes(agent.name)) continue;
    delete agent.refused;
    delete agent.hasConversed;
    agent.isNewTo = "lost";
    agent.hasNewFolder = true;
  }
}
