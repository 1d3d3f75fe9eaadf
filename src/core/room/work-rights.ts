import type { PersonRole } from "./event.js";
import { isGated } from "./gate.js";
import { maySeeHeld, roleMay } from "./rights.js";
import type { Room } from "./room.js";

/** Whether one reader may look into the work folder of an agent. `held`: only those who decide may, until nothing of the agent waits for them. */
export type WorkStanding = "open" | "held" | "none";

/**
 * The standing of a role towards an agent's work folder. Viewers never look. Deciders always may. Members may, except where that would show what is held: while a gated agent
 * works, because what it will say is in its files before any gate asks for it, and while a gate of it is open whose text is not for them.
 */
export function workStanding(room: Room, agentName: string, role: PersonRole): WorkStanding {
  if (!roleMay(role, "readHeld")) return "none";
  if (roleMay(role, "decide")) return "open";
  const agent = room.participants.get(agentName);
  if (agent?.kind !== "agent") return "open";
  const gated = isGated(agent, room.policy);
  const isAsking = [...room.gates.values()].some(({ from, kind }) => from === agentName && kind !== "continue");
  if (gated && (agent.turn !== undefined || isAsking)) return "held";
  return isAsking && !maySeeHeld(room, role) ? "held" : "open";
}
