import type { EventOf, PersonRole } from "../event.js";
import { roleMay } from "../rights.js";
import { type AgentMember, type Person, presentAgent, presentAgents, type Room } from "../room.js";
import { noUsage } from "../usage.js";
import { forgetConversation } from "./conversations.js";
import { dropDeliveries, type TimedPlace } from "./messages.js";

/** Adds the participant, or brings back one who left. */
export function evolveJoined(room: Room, event: EventOf<"participant.joined">, place: TimedPlace): void {
  const earlier = presentAgent(room, event.name);
  if (earlier) leave(room, earlier);
  if (event.kind === "human") room.participants.set(event.name, personFrom(event, place.version));
  else {
    room.participants.set(event.name, agentFrom(event, place.version));
    room.agents.push(event.name);
  }
}

function personFrom(event: EventOf<"participant.joined">, version: number): Person {
  const person: Person = {
    kind: "human",
    name: event.name,
    displayName: event.displayName,
    role: event.role as PersonRole,
    joinedVersion: version,
  };
  return event.platform ? { ...person, platform: event.platform } : person;
}

function agentFrom(event: EventOf<"participant.joined">, version: number): AgentMember {
  const agent: AgentMember = {
    kind: "agent",
    name: event.name,
    displayName: event.displayName,
    role: event.role,
    runtime: event.runtime ?? "scripted",
    joinedVersion: version,
    waiting: [],
    opening: event.opening === true,
    bounced: false,
    turns: 0,
    approvedOnce: false,
    usage: { ...noUsage },
  };
  if (event.gate !== undefined) agent.gate = event.gate;
  if (event.model !== undefined) agent.model = event.model;
  if (event.effort !== undefined) agent.effort = event.effort;
  if (event.mode !== undefined) agent.mode = event.mode;
  if (event.budget) agent.budget = event.budget;
  return agent;
}

/** Marks the participant as gone; the name stays taken. */
export function evolveLeft(room: Room, event: EventOf<"participant.left">, place: TimedPlace): void {
  const participant = room.participants.get(event.name);
  if (!participant) return;
  participant.leftVersion = place.version;
  if (participant.kind === "agent") leave(room, participant);
  else endTrustOf(room, participant.name, place.version);
}

/** A person's permissions for a session end when they leave or may no longer decide. */
function endTrustOf(room: Room, person: string, version: number): void {
  for (const agent of presentAgents(room)) {
    if (!agent.trustedBy?.includes(person)) continue;
    agent.trustedBy = agent.trustedBy.filter((name) => name !== person);
    agent.trustEndedVersion = version;
  }
}

/** Events of the same commit have ended its turn and emptied its mailbox, unless the store lost them. */
function leave(room: Room, agent: AgentMember): void {
  room.agents = room.agents.filter((name) => name !== agent.name);
  dropDeliveries(room, [...agent.waiting, ...(agent.turn?.taken ?? [])]);
  agent.waiting = [];
  agent.opening = false;
  delete agent.turn;
  delete agent.retry;
}

/** Changes the settings of an agent or the role of a person. */
export function evolveParticipantConfigured(
  room: Room,
  event: EventOf<"participant.configured">,
  place: TimedPlace,
): void {
  const participant = room.participants.get(event.name);
  if (!participant) return;
  participant.displayName = event.displayName ?? participant.displayName;
  participant.role = (event.role ?? participant.role) as PersonRole;
  if (participant.kind === "human") {
    if (!roleMay(participant.role, "decide")) endTrustOf(room, participant.name, place.version);
    return;
  }
  configureAgent(participant, event, place.version);
  if (event.leavesHome !== undefined) leaveHome(participant, place.version);
}

function configureAgent(agent: AgentMember, event: EventOf<"participant.configured">, version: number): void {
  if (event.gate !== undefined) agent.gate = event.gate;
  if (event.model !== undefined) agent.model = event.model;
  if (event.effort !== undefined) agent.effort = event.effort;
  if (event.mode !== undefined) agent.mode = event.mode;
  if (event.prompt !== undefined) agent.promptVersion = version;
  if (event.script) agent.scriptVersion = version;
  if (event.budget) agent.budget = event.budget;
}

function leaveHome(agent: AgentMember, version: number): void {
  forgetConversation(agent);
  delete agent.home;
  agent.movedVersion = version;
  agent.turns = 0;
}
