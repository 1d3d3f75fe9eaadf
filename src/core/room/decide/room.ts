import type { CommandOf } from "../command.js";
import type { RoomEvent } from "../event.js";
import { LIMITS } from "../limits.js";
import { actorName, rejectionIfForbidden, rejectionIfInvitingForbidden } from "../rights.js";
import { type OpenGate, presentAgents, type Room } from "../room.js";
import { inviteCreated } from "./create-room.js";
import { accept, type DecideContext, type Decision, notOpen, reject } from "./decision.js";
import { cancelledTurn, expiredMailbox, overdueMessages, withdrawnAsks, withdrawnGates } from "./ending.js";

/** Changes the room’s name or policy. Needs the right `configure`. */
export function decideConfigure(room: Room, command: CommandOf<"room.configure">): Decision {
  const refused = rejectionIfForbidden(room, command.by, "configure");
  if (refused) return reject(refused);
  const { name, policy } = command;
  if (name === undefined && policy === undefined) return accept();
  return accept({ type: "room.configured", ...(name !== undefined && { name }), ...(policy && { policy }) });
}

/** Pauses the room: messages wait and no turn starts. Nothing where it is paused. */
export function decidePause(room: Room, command: CommandOf<"room.pause">): Decision {
  const refused = rejectionIfForbidden(room, command.by, "steer");
  if (refused) return reject(refused);
  return room.status === "paused" ? accept() : accept({ type: "room.paused" });
}

/** Resumes a paused room; does nothing if it is active. Needs the right `steer`. */
export function decideResume(room: Room, command: CommandOf<"room.resume">): Decision {
  const refused = rejectionIfForbidden(room, command.by, "steer");
  if (refused) return reject(refused);
  return room.status === "active" ? accept() : accept({ type: "room.resumed" });
}

/** Stops every agent: cancels turns and expires queued messages. The room stays open for new messages. */
export function decideStop(room: Room, command: CommandOf<"room.stop">): Decision {
  const refused = rejectionIfForbidden(room, command.by, "steer");
  if (refused) return reject(refused);
  return accept(...stopEverything(room, actorName(command.by)));
}

/** Cancels every turn, withdraws agents' questions, and expires waiting messages. */
export function stopEverything(room: Room, by: string): RoomEvent[] {
  const agents = presentAgents(room);
  return [
    ...agents.flatMap((agent) => [...withdrawnAsks(room, agent), ...cancelledTurn(agent, by)]),
    ...expiredMailbox(room, agents, { reason: "stopped" }),
  ];
}

/** Closes the room for good, after stopping everything. */
export function decideClose(room: Room, command: CommandOf<"room.close">): Decision {
  const refused = rejectionIfForbidden(room, command.by, "close");
  if (refused) return reject(refused);
  const by = actorName(command.by);
  const agents = presentAgents(room);
  return accept(
    ...agents.flatMap((agent) => cancelledTurn(agent, by)),
    ...expiredMailbox(room, agents, { reason: "closed" }),
    ...withdrawnGates(room, by, () => true),
    { type: "room.closed" },
  );
}

/** An open room still needs its agents' files, so only a closed one can give them up. */
export function decidePurge(room: Room, command: CommandOf<"room.purge">): Decision {
  const refused = room.status === "none" ? notOpen(room) : rejectionIfForbidden(room, command.by, "close");
  if (refused) return reject(refused);
  if (room.status !== "closed") {
    const detail = "this room is not closed: its agents still need their homes and work folders. Close it first";
    return reject({ code: "room_open", detail });
  }
  return room.purged ? accept() : accept({ type: "room.purged" });
}

/** Creates an invite. An inviter cannot grant more rights than their own. */
export function decideCreateInvite(room: Room, command: CommandOf<"invite.create">, context: DecideContext): Decision {
  const refused = rejectionIfInvitingForbidden(room, command.by, command.invite.role);
  if (refused) return reject(refused);
  const usable = [...room.invites.values()].filter((invite) => invite.expiresAtMs > context.nowMs);
  if (usable.length >= LIMITS.maxOpenInvites) {
    return reject({ code: "limit_reached", detail: `this room has ${usable.length} usable invites; revoke one first` });
  }
  const { forName } = command.invite;
  const notOwner = forName === undefined ? undefined : rejectionIfForbidden(room, command.by, "configure");
  if (notOwner) return reject({ ...notOwner, detail: "only an owner may let a person come back under their name" });
  const returning = forName === undefined ? undefined : room.participants.get(forName);
  if (forName !== undefined && returning?.kind !== "human") {
    return reject({
      code: "participant_not_found",
      detail: `nobody called ${forName} was ever in this room as a person`,
    });
  }
  return accept(inviteCreated(command.invite, actorName(command.by)));
}

/** Revokes an invite; nothing where it is gone. */
export function decideRevokeInvite(room: Room, command: CommandOf<"invite.revoke">): Decision {
  const refused = rejectionIfForbidden(room, command.by, "invite");
  if (refused) return reject(refused);
  const { inviteId } = command;
  if (!room.invites.has(inviteId))
    return reject({ code: "invite_not_found", detail: "there is no such invite, or it was used up or revoked" });
  return accept({ type: "invite.revoked", inviteId });
}

/** Handles what is due: drops or reminds of unanswered gates, and expires messages past their time to live. */
export function decideTick(room: Room, context: DecideContext): Decision {
  const ofGates = [...room.gates.values()].flatMap((gate) => dueOf(room, gate, context.nowMs));
  const resolved = new Set(ofGates.flatMap((event) => (event.type === "gate.resolved" ? [event.gateId] : [])));
  const overdue = overdueMessages(room, presentAgents(room), context.nowMs);
  return accept(
    ...ofGates,
    ...overdue.filter((event) => event.type !== "gate.resolved" || !resolved.has(event.gateId)),
  );
}

function dueOf(room: Room, gate: OpenGate, nowMs: number): RoomEvent[] {
  const { gateId, kind, from, expiresAtMs, reminder, openedAtMs } = gate;
  if (expiresAtMs !== undefined && expiresAtMs <= nowMs) {
    const expired: RoomEvent = { type: "gate.resolved", gateId, kind, outcome: "expired", by: "parley" };
    return gate.requestId === undefined && room.agents.includes(from) ? [expired, gateExpiredBounce(gate)] : [expired];
  }
  if (!reminder || reminder.atMs > nowMs) return [];
  return [{ type: "gate.reminded", gateId, kind, from, waitedMs: nowMs - openedAtMs }];
}

function gateExpiredBounce(gate: { gateId: string; from: string; kind: string }): RoomEvent {
  const what = gate.kind === "message" ? "Your held message" : "Your question";
  return {
    type: "message.bounced",
    messageId: `${gate.gateId}.expired`,
    to: gate.from,
    reason: "gate-expired",
    detail: `${what} was not decided in time and was dropped. Nobody received it.`,
    wakes: true,
  };
}
