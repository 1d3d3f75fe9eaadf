import type { EventOf } from "./event.js";
import { presentAgents, type Room } from "./room.js";

/** When homes and work folders of a room's agents are removed: after `unusedMs` without use (0: never), announced `noticeMs` before. */
export interface UnusedHomesTimes {
  unusedMs: number;
  noticeMs: number;
}

/** Types of events that are a use of the room. */
const uses: ReadonlySet<string> = new Set(["message.posted", "turn.started", "turn.ended"]);

/** Notes in the room, in place, that an event happened at `atMs` (Unix ms). A message or a turn counts as use and withdraws an announcement. */
export function noteUse(room: Room, type: string, atMs: number): void {
  if (uses.has(type)) room.homes = { usedAtMs: atMs };
}

/** The step that is due: announcing or removing the homes; undefined if none is, or if `unusedMs` is 0. Homes stay while any agent is in a turn, even one that waits for a person. */
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

/** Applies an announcement, or the removal, to the room in place. */
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
