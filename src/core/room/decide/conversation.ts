import type { CommandOf, EndTurn } from "../command.js";
import { brokenNote, refusedAgain } from "../conversation.js";
import type { RoomEvent } from "../event.js";
import { LIMITS } from "../limits.js";
import { actorName, rejectionIfForbidden } from "../rights.js";
import { type AgentMember, presentAgent, type Room } from "../room.js";
import { accept, type Decision, reject } from "./decision.js";
import { withdrawnAsks } from "./ending.js";
import { absent } from "./participants.js";

/** A new conversation on the same work folder. What a turn under way had taken is delivered again in it. Needs `manageAgents`. */
export function decideFresh(room: Room, { by, name }: CommandOf<"agent.fresh">): Decision {
  const refused = rejectionIfForbidden(room, by, "manageAgents");
  if (refused) return reject(refused);
  const agent = presentAgent(room, name);
  if (!agent) return reject(absent(name));
  const cutOff: RoomEvent[] = agent.turn
    ? [
        ...withdrawnAsks(room, agent),
        { type: "turn.ended", turnId: agent.turn.turnId, agent: name, outcome: "lost", lostBy: "router" },
      ]
    : [];
  const text = `${name} has a new conversation on the same work folder. It remembers nothing of the one before; Parley tells it the last messages of this room.`;
  return accept(
    ...cutOff,
    { type: "conversation.begun", agent: name, why: "asked", by: actorName(by) },
    { type: "notice.posted", text, about: name, severity: "info" },
  );
}

/** Its conversation is gone: the room is told, and the agent with its next message. */
export function decideConversationLost(room: Room, { agent }: CommandOf<"agent.conversationLost">): Decision {
  if (!presentAgent(room, agent)) return reject(absent(agent));
  const text = `The conversation of ${agent} is not there any more, so a new one begins on the same work folder. It remembers nothing of the one before; Parley tells it the last messages of this room.`;
  return accept(
    { type: "conversation.begun", agent, why: "lost" },
    { type: "notice.posted", text, about: agent, severity: "warning" },
  );
}

/** Tells the room once that the agent's conversation is broken, when this end makes it so. */
export function noticeIfBroken(agent: AgentMember, { refused, outcome }: EndTurn): RoomEvent[] {
  if (refused === undefined || outcome !== "failed") return [];
  const after = refusedAgain(agent.refused, refused);
  if (after.count !== LIMITS.refusalsOfBroken) return [];
  const text = brokenNote({ name: agent.name, refused: after });
  return [{ type: "notice.posted", text, about: agent.name, severity: "warning" }];
}
