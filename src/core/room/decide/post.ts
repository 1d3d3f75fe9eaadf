import { resolveRecipients } from "../../grammar/address.js";
import { parseAddressed } from "../../grammar/directive.js";
import { type RoomNames, roomNames } from "../../grammar/known.js";
import type { PostMessage } from "../command.js";
import type { Attachment, EventOf, Recipients, RoomEvent } from "../event.js";
import { LIMITS } from "../limits.js";
import { guardAfter, membersOf, tripReason } from "../loop-guard.js";
import type { Rejection } from "../rejection.js";
import { actorName, rejectionIfClassForbidden, rejectionIfForbidden } from "../rights.js";
import { type AgentMember, type LoopGuard, type Room, receivingAgents } from "../room.js";
import { continueGate } from "./continue-gate.js";
import { accept, type DecideContext, type Decision, reject } from "./decision.js";
import { cancelledTurn, withdrawnAsks } from "./ending.js";

/** All addressable participants, in the form the address rules expect. */
export function addressees(room: Room): { name: string; kind: "agent" | "human" }[] {
  const present: { name: string; kind: "agent" | "human" }[] = [];
  for (const { name, kind, leftVersion } of room.participants.values())
    if (leftVersion === undefined) present.push({ name, kind });
  return present;
}

/** The names a text of this room may use, and those of participants who left. */
export function namesOfRoom(room: Room): RoomNames {
  const gone: string[] = [];
  for (const { name, leftVersion } of room.participants.values()) if (leftVersion !== undefined) gone.push(name);
  return roomNames(addressees(room), gone);
}

/** A person's message. */
export function decidePost(room: Room, command: PostMessage, context: DecideContext): Decision {
  const refused =
    rejectionIfForbidden(room, command.by, "speak") ??
    rejectionIfClassForbidden(room, command.by, command.class ?? "deliver");
  if (refused) return reject(refused);
  const key = keyOf(command, context);
  const earlier = key && room.idempotencyKeys.get(key.hash);
  if (earlier) return againUnder(earlier, key.fingerprint);
  const addressed =
    command.to === undefined
      ? parseAddressed(command.body, namesOfRoom(room))
      : { names: namesOf(command.to), body: command.body };
  const from = actorName(command.by);
  const body = bodyBeside(command.attachments, addressed.body);
  const resolved = resolveRecipients({ names: addressed.names, body, sender: from, participants: addressees(room) });
  if (resolved.kind === "bounce") return reject(unaddressed(command, resolved.detail, resolved.reason));
  const full = mailboxFull(room, { from, to: resolved.to });
  if (full) return reject({ code: "limit_reached", detail: full });
  const posted: EventOf<"message.posted"> = {
    type: "message.posted",
    messageId: command.messageId,
    from,
    to: resolved.to,
    body: hasNewer(room, command) ? `${body}${command.written?.lateNote}` : body,
    class: command.class ?? "deliver",
    hop: 0,
    ...(command.ttlSeconds !== undefined && { expiresAtMs: context.nowMs + command.ttlSeconds * 1_000 }),
    ...(key && { key }),
    ...(command.origin !== undefined && { origin: command.origin }),
    ...(command.written && { writtenAtMs: command.written.atMs }),
    ...(command.attachments?.length && { attachments: [...command.attachments] }),
  };
  return accept(posted, ...preempted(room, posted));
}

/** Files without a text are called by their names, so that every reader of the text alone knows of them. */
function bodyBeside(attachments: readonly Attachment[] | undefined, body: string): string {
  if (body.trim() !== "" || !attachments?.length) return body;
  return attachments.map(({ name }) => name).join(", ");
}

/**
 * Whether the room has a message already that was written later in the same place. The room's log alone puts the messages of all
 * processes in one order, so only it can tell.
 */
export function hasNewer(room: Room, { origin, written }: Pick<PostMessage, "origin" | "written">): boolean {
  const { newestWrittenMs } = (origin === undefined ? undefined : room.mirrors.get(origin)) ?? {};
  return written !== undefined && newestWrittenMs !== undefined && written.atMs < newestWrittenMs;
}

function namesOf(to: Recipients): string[] {
  return to === "room" ? ["room"] : to.map((name) => name.toLowerCase());
}

function keyOf(command: PostMessage, { sha256 }: DecideContext): { hash: string; fingerprint: string } | undefined {
  if (command.idempotencyKey === undefined) return undefined;
  const { body, to, class: deliveryClass, ttlSeconds, attachments } = command;
  const files = attachments?.length ? [attachments.map(({ sha256 }) => sha256)] : [];
  return {
    hash: sha256(JSON.stringify([actorName(command.by), command.idempotencyKey])).slice(0, 24),
    fingerprint: sha256(JSON.stringify([body, to, deliveryClass, ttlSeconds, ...files])).slice(0, 16),
  };
}

function againUnder(
  earlier: { fingerprint: string; version: number; messageId: string },
  fingerprint: string,
): Decision {
  if (earlier.fingerprint === fingerprint)
    return { kind: "duplicate", version: earlier.version, messageId: earlier.messageId };
  return reject({
    code: "idempotency_key_reused",
    detail: "this Idempotency-Key was used for another message; use a new key for a new message",
  });
}

function unaddressed(command: PostMessage, detail: string, reason: string): Rejection {
  const field =
    reason === "empty-body" || reason === "body-too-long" ? "body" : command.to === undefined ? "body" : "to";
  return { code: "invalid", detail, issues: [{ path: [field], message: detail }] };
}

/** Why the mailboxes cannot take one more message, if they cannot. `earlier` are events of the same commit. */
export function mailboxFull(
  room: Room,
  { from, to, earlier = [] }: { from: string; to: Recipients; earlier?: readonly RoomEvent[] },
): string | undefined {
  const deliveries = receivingAgents(room, from, to).length;
  if (deliveries === 0) return undefined;
  const posted = earlier.filter((event) => event.type === "message.posted");
  const more = posted.reduce((sum, event) => sum + receivingAgents(room, event.from, event.to).length, 0);
  const tooMany =
    room.waiting.size + earlier.length >= LIMITS.maxWaitingMessages ||
    room.waitingDeliveries + more + deliveries > LIMITS.maxWaitingDeliveries;
  if (!tooMany) return undefined;
  return `${room.waiting.size} messages wait for agents of this room already, which is the most it keeps. This message was not sent; wait until the agents caught up, or stop them.`;
}

/** `preempt` stops the turn its recipients are in; the turn it starts comes after. */
function preempted(room: Room, posted: EventOf<"message.posted">): RoomEvent[] {
  if (posted.class !== "preempt") return [];
  return receivingAgents(room, posted.from, posted.to).flatMap((agent) => [
    ...withdrawnAsks(room, agent),
    ...cancelledTurn(agent, posted.from),
  ]);
}

/**
 * An agent's message that goes out now, and the `continue` gate it opens if it trips the loop guard.
 * `guard` is how the guard stood before it; the caller hands the returned one to the next message of the same block.
 */
export function postFromAgent(
  room: Room,
  agent: AgentMember,
  { message, guard, context }: { message: EventOf<"message.posted">; guard: LoopGuard; context: DecideContext },
): { events: RoomEvent[]; guard: LoopGuard } {
  if (room.policy.loopGuard === false) return { events: [message], guard };
  const after = guardAfter(guard, message, membersOf(room));
  const reason = after.gateId === undefined ? tripReason(room.policy, after, message, room.agents.length) : undefined;
  if (reason === undefined) return { events: [message], guard: after };
  const gate = continueGate(agent.name, message.messageId, { reason, policy: room.policy, context });
  return { events: [message, gate], guard: { ...after, gateId: gate.gateId } };
}
