import type { EventOf, Recipients } from "../event.js";
import { LIMITS } from "../limits.js";
import type { OpenTurn } from "../open-turn.js";
import { presentAgent, type Room } from "../room.js";

export function evolveMessageMissed(room: Room, event: EventOf<"message.missed">): void {
  const turn = presentAgent(room, event.agent)?.turn;
  if (turn?.turnId !== event.turnId) return;
  const missed = turn.missed ?? [];
  if (missed.length >= LIMITS.maxMissedNames || missed.some(([name]) => name === event.name)) return;
  turn.missed = [...missed, [event.name, event.line]];
}

/** Remembers whom a turn wrote to. A turn that wrote to more than can be remembered counts as having written to everyone. */
export function recordReached(turn: OpenTurn, to: Recipients): void {
  const known = turn.reached ?? [];
  if (known.includes("room")) return;
  const reached = new Set([...known, ...(to === "room" ? ["room"] : to)]);
  turn.reached = reached.has("room") || reached.size > LIMITS.maxReachedNames ? ["room"] : [...reached];
}
