import type { AgentMember, Room } from "./room.js";

/**
 * The person whose account pays for a room: its first owner, by the identity on a chat platform where there is one (`slack/U1`), else by the name here
 * (`local/mia`). Ownership that changes later does not move the account.
 */
export function payerOf(room: Room): string {
  for (const participant of room.participants.values()) {
    if (participant.kind !== "human") continue;
    const { platform, name } = participant;
    return platform ? `${platform.name}/${platform.userId}` : `local/${name}`;
  }
  return "local/host";
}

/** Runtimes whose agents call no model through Parley. */
const withoutModel: readonly string[] = ["scripted", "external"];

/** Whether this agent's turns cost what Parley pays for. */
export function callsModel({ runtime }: Pick<AgentMember, "runtime">): boolean {
  return !withoutModel.includes(runtime);
}
