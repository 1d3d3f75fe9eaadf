import { utf8Bytes } from "../grammar/directive.js";
import type { EventOf, RoomEvent } from "./event.js";
import type { OpenTurn } from "./open-turn.js";
import { type AgentMember, type Participant, type Room, receivingAgents } from "./room.js";

/**
 * How much a room's open state takes in its snapshot, in bytes, never less than it really is; `LIMITS.maxOpenBytes` is the most.
 * What a room merely remembers (keys, expired deliveries, resolved gates) is bounded by number and not counted here.
 */
export function openBytes(room: Room): number {
  let bytes = 2_048 + jsonBytes([room.name, room.policy, room.repo, room.branch, room.fingerprint]);
  for (const participant of room.participants.values()) bytes += participantBytes(participant);
  for (const mirror of room.mirrors.values()) bytes += jsonBytes(mirror);
  if (room.setup) bytes += setupBytes;
  if (room.outages) bytes += jsonBytes(room.outages) + namedBytes;
  return bytes + room.waiting.size * waitingBytes + room.gates.size * gateBytes + room.invites.size * inviteBytes;
}

const waitingBytes = 160;
const gateBytes = 556;
const inviteBytes = 320;
/** The offer and the decision, which have three hashes. */
const setupBytes = 480;
/** One `seq` in a mailbox or a turn. */
const deliveryBytes = 8;
const postedBytes = 86;
const askBytes = 230;
/** The names of two fields beside their values. */
const namedBytes = 24;
const personBytes = 115;
const agentBytesAtLeast = 250;
/** Every agent's next turn, and what it may be told in it when the room is full: ending work never needs room that is not there. */
const turnReserveBytes = 320 + 2 * waitingBytes;

function participantBytes(participant: Participant): number {
  const { name, displayName, role } = participant;
  // Twice over what JSON may put a backslash before.
  const bytes = name.length + utf8Bytes(displayName) + displayName.length + role.length;
  if (participant.kind === "agent") return bytes + agentBytes(participant);
  return personBytes + bytes + (participant.platform ? jsonBytes(participant.platform) : 0);
}

function agentBytes(agent: AgentMember): number {
  const { gate, model, effort, mode, leftVersion, waiting, turn, retry, trustedBy } = agent;
  const trust = trustedBy ? jsonBytes(trustedBy) + 40 : 0;
  const words = [model, effort, mode].reduce((sum, word) => sum + (word === undefined ? 0 : utf8Bytes(word) + 12), 0);
  const marks = [agent.promptVersion, agent.scriptVersion, agent.freshVersion, agent.isNewTo, agent.hasConversed];
  const marked = marks.filter((mark) => mark !== undefined).length * namedBytes;
  const refused = agent.refused ? jsonBytes(agent.refused) + namedBytes : 0;
  const own = trust + (typeof gate === "object" ? jsonBytes(gate) : 0) + words + marked + refused;
  const again =
    (retry?.posted.length ?? 0) * postedBytes +
    (retry?.asks.length ?? 0) * askBytes +
    (retry?.reached ? jsonBytes(retry.reached) + namedBytes : 0) +
    (retry?.lostTurns ? jsonBytes(retry.lostTurns) + namedBytes : 0);
  const reserve = leftVersion === undefined ? turnReserveBytes : 0;
  return agentBytesAtLeast + own + reserve + again + waiting.length * deliveryBytes + (turn ? turnBytes(turn) : 0);
}

function turnBytes({ taken, posted, asks, askedBefore, reached, missed, lostTurns }: OpenTurn): number {
  const named =
    (reached || missed ? jsonBytes([reached, missed]) + namedBytes : 0) +
    (lostTurns ? jsonBytes(lostTurns) + namedBytes : 0);
  return (
    named + taken.length * deliveryBytes + posted.length * postedBytes + (asks.length + askedBefore.length) * askBytes
  );
}

/** How much more (or less) the room will take after these events. What an agent's reserve is for counts as nothing. */
export function addedBytes(room: Room, events: readonly RoomEvent[]): number {
  return events.reduce((sum, event) => sum + addedBy(room, event), 0);
}

function addedBy(room: Room, event: RoomEvent): number {
  switch (event.type) {
    case "participant.joined":
      return joinedBytes(event);
    case "participant.configured":
      return jsonBytes({ ...event, prompt: undefined, script: undefined });
    case "message.retried":
      return waitingBytes + event.agents.length * deliveryBytes;
    case "room.configured":
    case "mirror.bound":
      return jsonBytes(event);
    case "message.posted":
      return postBytes(room, event);
    case "message.bounced":
      return waitingBytes + deliveryBytes + (event.turnId === undefined ? 0 : postedBytes);
    case "message.missed":
      return namedBytes + jsonBytes([event.name, event.line]);
    case "gate.opened":
      return reachedBytes(event) + gateBytes + Math.max(postedBytes, askBytes);
    case "gate.resolved":
      return room.gates.has(event.gateId) ? -gateBytes : 0;
    case "invite.created":
      return inviteBytes;
    case "setup.offered":
      return room.setup ? 0 : setupBytes;
    default:
      return 0;
  }
}

function joinedBytes(event: EventOf<"participant.joined">): number {
  const { script: _script, prompt: _prompt, ...kept } = event;
  const isAgent = event.kind === "agent";
  return jsonBytes(kept) + (isAgent ? agentBytesAtLeast + turnReserveBytes : personBytes);
}

function postBytes(room: Room, event: EventOf<"message.posted">): number {
  const deliveries = receivingAgents(room, event.from, event.to).length;
  const waits = deliveries === 0 ? 0 : waitingBytes + deliveries * deliveryBytes;
  return waits + reachedBytes(event) + (event.turnId === undefined ? 0 : postedBytes);
}

/** A turn's record of its recipients. */
function reachedBytes({
  turnId,
  to,
}: {
  turnId?: string | undefined;
  to?: EventOf<"message.posted">["to"] | undefined;
}): number {
  if (turnId === undefined) return 0;
  return namedBytes + (to === undefined || to === "room" ? 8 : jsonBytes(to));
}

function jsonBytes(value: unknown): number {
  return utf8Bytes(JSON.stringify(value));
}
