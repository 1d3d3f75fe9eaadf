import { isExternal } from "../values/external-runtime.js";
import type { EventOf, RoomEvent } from "./event.js";
import { nextDueAtMs, presentAgent, type Room } from "./room.js";

/** Names of the readers; the part before the first `/` is the pool they run in. `pool`: where the agent's home is, in a fleet. */
export function agentReader(roomId: string, name: string, pool = "agent"): string {
  return `${pool}/${roomId}/${name}`;
}
/** Name of the reader that posts a room to a thread. */
export function outboundReader({ mirrorId, platform }: { mirrorId: string; platform: string }): string {
  return `${outboundPool(platform)}/${mirrorId}`;
}
/** By platform: only who is connected to it can show anything there. */
export function outboundPool(platform: string): string {
  return `mirror+${platform}`;
}
/** Name of the reader that lets things of a room expire. */
export function timerReader(roomId: string): string {
  return `timer/${roomId}`;
}

/**
 * Agents whose mailbox has something to do after these events; external ones look for themselves. `room` is the state with them applied.
 * Waking one too many costs a look; one too few waits for the sweep.
 */
export function agentsToWake(room: Room, events: Iterable<RoomEvent | undefined>): Set<string> {
  const names = new Set<string>();
  for (const event of events) if (event) addWoken(room, event, names);
  for (const name of names) {
    const participant = room.participants.get(name);
    if (participant?.kind === "agent" && isExternal(participant)) names.delete(name);
  }
  return names;
}

function addWoken(room: Room, event: RoomEvent, names: Set<string>): void {
  switch (event.type) {
    case "message.posted":
      addAddressed(room, event, names);
      return;
    case "message.bounced":
      if (event.wakes) addAgent(room, event.to, names);
      return;
    case "message.expired":
      for (const name of event.recipients) addAgent(room, name, names);
      return;
    case "turn.started":
      if (hasInterrupts(room, event.agent)) addAgent(room, event.agent, names);
      return;
    // It may be answered already.
    case "gate.reasked":
    case "turn.ended":
      addAgent(room, event.agent, names);
      return;
    case "participant.joined":
    case "participant.left":
      addAgent(room, event.name, names);
      return;
    case "message.retried":
      for (const name of event.agents) addAgent(room, name, names);
      return;
    case "participant.configured":
      if (event.leavesHome !== undefined) addAgent(room, event.name, names);
      return;
    case "gate.resolved":
      addAnswered(room, event.kind, names);
      return;
    case "room.resumed":
    case "room.closed":
      for (const name of room.agents) names.add(name);
      return;
    default:
      return;
  }
}

function addAddressed(room: Room, { class: how, from, to }: EventOf<"message.posted">, names: Set<string>): void {
  if (how === "notify") return;
  for (const name of to === "room" ? room.agents : to) if (name !== from) addAgent(room, name, names);
}

/** A turn that took only a part left something behind that is to reach it while it runs. */
function hasInterrupts(room: Room, name: string): boolean {
  const waiting = presentAgent(room, name)?.waiting ?? [];
  return waiting.some((seq) => room.waiting.get(seq)?.class === "interrupt");
}

function addAgent(room: Room, name: string, names: Set<string>): void {
  if (room.participants.get(name)?.kind === "agent") names.add(name);
}

/** A turn may wait for the decision; after `continue` every mailbox may resume. */
function addAnswered(room: Room, kind: string, names: Set<string>): void {
  for (const name of room.agents) {
    const agent = room.participants.get(name);
    if (agent?.kind !== "agent") continue;
    if (kind === "continue" || agent.turn?.asks.some((ask) => ask.resolved !== undefined)) names.add(name);
  }
}

/** When the room's timer has to run next, Unix ms; undefined if nothing expires, or if the room is closed. */
export function timerDueAtMs(room: Room): number | undefined {
  return room.status === "closed" ? undefined : nextDueAtMs(room);
}
