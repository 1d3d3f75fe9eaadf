import type { EventOf, PersonRole } from "../event.js";
import type { AgentMember, Person, Room } from "../room.js";
import type { EventPlace } from "./messages.js";

export function evolveJoined(room: Room, event: EventOf<"participant.joined">, place: EventPlace): void {
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
  };
  if (event.gate !== undefined) agent.gate = event.gate;
  if (event.model !== undefined) agent.model = event.model;
  return agent;
}

/** What waited for it and its turn have been ended by events of the same commit. */
export function evolveLeft(room: Room, event: EventOf<"participant.left">, place: EventPlace): void {
  const participant = room.participants.get(event.name);
  if (!participant) return;
  participant.leftVersion = place.version;
  room.agents = room.agents.filter((name) => name !== event.name);
  if (participant.kind === "agent") {
    participant.opening = false;
    delete participant.retry;
  }
}

export function evolveParticipantConfigured(room: Room, event: EventOf<"participant.configured">): void {
  const participant = room.participants.get(event.name);
  if (!participant) return;
  participant.displayName = event.displayName ?? participant.displayName;
  participant.role = (event.role ?? participant.role) as PersonRole;
  if (participant.kind === "human") return;
  if (event.gate !== undefined) participant.gate = event.gate;
  if (event.model !== undefined) participant.model = event.model;
}
