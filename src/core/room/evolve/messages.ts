import type { WaitingMessage } from "../delivery.js";
import type { EventOf } from "../event.js";
import { printOfMessage } from "../fingerprint.js";
import { LIMITS } from "../limits.js";
import { guardAfter, membersOf } from "../loop-guard.js";
import type { Posted } from "../open-turn.js";
import { type AgentMember, presentAgent, type Room, receivingAgents } from "../room.js";
import { recordReached } from "./missed.js";

/** Position of an event in the log and the time of its decision. */
export interface TimedPlace {
  version: number;
  index: number;
  at: number;
}

/** Puts the message before its receivers and counts it for the loop guard. */
export function evolveMessagePosted(room: Room, event: EventOf<"message.posted">, place: TimedPlace): void {
  const sender = presentAgent(room, event.from);
  if (sender?.turn && sender.turn.turnId === event.turnId) recordReached(sender.turn, event.to);
  if (sender?.turn)
    recordPostOf(sender, event.turnId, [event.messageId, place.version, printOfMessage(event.to, event.body)]);
  advanceGuard(room, event, sender);
  rememberKey(room, event, place);
  rememberWritten(room, event);
  const recipients = receivingAgents(room, event.from, event.to);
  const seq = room.nextSeq;
  room.nextSeq += 1;
  if (recipients.length === 0) return;
  const message: WaitingMessage = {
    seq,
    messageId: event.messageId,
    version: place.version,
    index: place.index,
    from: event.from,
    class: event.class,
    hop: event.hop,
    wakes: event.class !== "notify",
    holders: recipients.length,
  };
  if (event.expiresAtMs !== undefined) message.expiresAtMs = event.expiresAtMs;
  room.waiting.set(seq, message);
  room.waitingDeliveries += recipients.length;
  for (const agent of recipients) agent.waiting.push(seq);
}

/** Tells the sender; only the first of several wakes it. */
export function evolveMessageBounced(room: Room, event: EventOf<"message.bounced">, place: TimedPlace): void {
  const agent = presentAgent(room, event.to);
  if (!agent) return;
  recordPostOf(agent, event.turnId, [event.messageId, place.version, ""]);
  agent.bounced = true;
  if (event.missed !== undefined) agent.toldMissed = true;
  if (event.reason === "too-many-posts" && agent.turn && agent.turn.turnId === event.turnId) agent.turn.halted = true;
  const seq = room.nextSeq;
  room.nextSeq += 1;
  room.waiting.set(seq, {
    seq,
    messageId: event.messageId,
    version: place.version,
    index: place.index,
    from: "parley",
    class: "deliver",
    hop: agent.turn?.hop ?? 0,
    wakes: event.wakes,
    holders: 1,
  });
  room.waitingDeliveries += 1;
  agent.waiting.push(seq);
}

/** Takes the message away from those it expired for, and remembers that. */
export function evolveMessageExpired(room: Room, event: EventOf<"message.expired">): void {
  for (const message of room.waiting.values()) {
    if (message.messageId !== event.messageId) continue;
    for (const name of event.recipients) expireDelivery(room, message, name);
  }
}

/** Takes the message back from the agents it waits for, and remembers that. */
export function evolveMessageWithdrawn(room: Room, event: EventOf<"message.withdrawn">): void {
  for (const message of room.waiting.values()) {
    if (message.messageId !== event.messageId) continue;
    for (const name of event.agents) expireDelivery(room, message, name, { isWithdrawn: true });
  }
}

function expireDelivery(room: Room, message: WaitingMessage, name: string, how: { isWithdrawn?: true } = {}): void {
  const participant = room.participants.get(name);
  if (participant?.kind !== "agent") return;
  const at = participant.waiting.indexOf(message.seq);
  if (at < 0) return;
  participant.waiting.splice(at, 1);
  dropDeliveries(room, [message.seq]);
  // Nothing is left to be delivered again.
  if (participant.waiting.length === 0 && !participant.turn && !participant.retry?.opening) delete participant.retry;
  room.expired.push({ version: message.version, index: message.index, agent: name, ...how });
  if (room.expired.length > LIMITS.maxExpiredRemembered) room.expired.shift();
}

/** Counts one holder fewer for each of these messages; the last holder removes the message from the room's memory. */
export function dropDeliveries(room: Room, seqs: readonly number[]): void {
  for (const seq of seqs) {
    const message = room.waiting.get(seq);
    if (!message) continue;
    room.waitingDeliveries -= 1;
    message.holders -= 1;
    if (message.holders <= 0) room.waiting.delete(seq);
  }
}

/** A turn's output is remembered while it is open, so that the same output read twice posts nothing twice. */
export function recordPostOf(agent: AgentMember, turnId: string | undefined, posted: Posted): void {
  if (agent.turn && agent.turn.turnId === turnId) agent.turn.posted.push(posted);
}

/** A message of the agent arrived, or waits for a person, so its next bounce wakes it. */
export function wasHeard(agent: AgentMember): void {
  agent.bounced = false;
  delete agent.toldMissed;
}

function advanceGuard(room: Room, event: EventOf<"message.posted">, sender: AgentMember | undefined): void {
  if (sender) {
    wasHeard(sender);
    if (room.policy.loopGuard !== false) room.guard = guardAfter(room.guard, event, membersOf(room));
    return;
  }
  const { gateId } = room.guard;
  room.guard = gateId === undefined ? { sincePerson: 0, recent: [] } : { sincePerson: 0, recent: [], gateId };
}

function rememberWritten(room: Room, { origin, writtenAtMs }: EventOf<"message.posted">): void {
  const mirror = origin === undefined ? undefined : room.mirrors.get(origin);
  if (mirror && writtenAtMs !== undefined) mirror.newestWrittenMs = Math.max(writtenAtMs, mirror.newestWrittenMs ?? 0);
}

function rememberKey(room: Room, event: EventOf<"message.posted">, place: TimedPlace): void {
  if (!event.key) return;
  const { hash, fingerprint } = event.key;
  room.idempotencyKeys.set(hash, { fingerprint, version: place.version, messageId: event.messageId, atMs: place.at });
  for (const [oldest, entry] of room.idempotencyKeys) {
    const full = room.idempotencyKeys.size > LIMITS.maxIdempotencyKeys;
    if (!full && entry.atMs > place.at - LIMITS.idempotencyKeyAgeMs) return;
    room.idempotencyKeys.delete(oldest);
  }
}
