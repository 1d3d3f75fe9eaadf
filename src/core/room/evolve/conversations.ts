import { refusedAgain } from "../conversation.js";
import type { EventOf } from "../event.js";
import { type AgentMember, presentAgent, type Room } from "../room.js";
import type { TimedPlace } from "./messages.js";

/** The agent's conversation is new; one that was asked for has an id of its own. */
export function evolveConversationBegun(room: Room, event: EventOf<"conversation.begun">, place: TimedPlace): void {
  const agent = presentAgent(room, event.agent);
  if (!agent) return;
  delete agent.refused;
  delete agent.hasConversed;
  agent.isNewTo = event.why;
  if (event.why === "asked") agent.freshVersion = place.version;
}

/** A turn that came to its end shows that the conversation works; one that was refused may show that it does not. */
export function judgeConversation(agent: AgentMember, { outcome, refused }: EventOf<"turn.ended">): void {
  if (outcome === "done") {
    delete agent.refused;
    delete agent.isNewTo;
    delete agent.hasNewFolder;
    agent.hasConversed = true;
  }
  if (outcome === "failed" && refused !== undefined) agent.refused = refusedAgain(agent.refused, refused);
}

/** At another home everything begins again. */
export function forgetConversation(agent: AgentMember): void {
  delete agent.refused;
  delete agent.isNewTo;
  delete agent.hasConversed;
  delete agent.freshVersion;
}
