import type { Rejection } from "../../core/room/rejection.js";
import { type AgentMember, presentAgent, type Room } from "../../core/room/room.js";
import { isExternal } from "../../core/values/external-runtime.js";

/** One stay of an external agent in a room: a token of an earlier one is for nobody. */
export interface ExternalStay {
  roomId: string;
  name: string;
  /** Version of the room it joined with. */
  joinedVersion: number;
}

/** The agent of this stay, while it is in the room. */
export function agentOf(room: Room, { name, joinedVersion }: ExternalStay): AgentMember | undefined {
  const agent = room.status === "none" ? undefined : presentAgent(room, name);
  return agent && isExternal(agent) && agent.joinedVersion === joinedVersion ? agent : undefined;
}

/** Whether this stay goes on. */
export function isHere(room: Room, stay: ExternalStay): boolean {
  return agentOf(room, stay) !== undefined;
}

/** The agent was removed, or its token was revoked or has expired. */
export const noLongerHere: Rejection = {
  code: "participant_not_found",
  detail: "this agent is not in the room any more, or its token has ended",
};

/** Nothing comes to an agent of a closed room, and nothing of it is kept. */
export const roomClosed: Rejection = {
  code: "room_closed",
  detail: "this room is closed: it can be read, and nothing else",
};
