import type { BindMirror, CommandOf } from "../command.js";
import { LIMITS } from "../limits.js";
import type { Rejection } from "../rejection.js";
import { outranks, rejectionIfForbidden } from "../rights.js";
import type { Mirror, Room } from "../room.js";
import { accept, type DecideContext, type Decision, reject } from "./decision.js";
import { findUsableInvite, inviteInvalid } from "./invites.js";

/** A room in a thread: everybody in that channel reads it and may come in, so it takes the right to invite, or an invite. */
export function decideBindMirror(room: Room, command: BindMirror, context: DecideContext): Decision {
  const { mirrorId, platform, channel, thread } = command;
  const known = room.mirrors.get(mirrorId);
  // A thread moves to another channel only where the platform itself moved it.
  const isMoved = known !== undefined && known.channel !== channel && command.by.kind === "system";
  if (known && !isMoved && (thread === undefined || known.thread === thread)) return accept();
  const refused = known
    ? undefined
    : (rejectionIfMayNotBind(room, command, context) ?? rejectionIfMirrored(room, command));
  if (refused) return reject(refused);
  return accept({ type: "mirror.bound", mirrorId, platform, channel, ...(thread !== undefined && { thread }) });
}

function rejectionIfMayNotBind(room: Room, command: BindMirror, { nowMs }: DecideContext): Rejection | undefined {
  if (command.inviteHash === undefined) return rejectionIfForbidden(room, command.by, "invite");
  const invite = findUsableInvite(room, command.inviteHash, nowMs);
  if (!invite) return inviteInvalid;
  if (outranks(invite.role, "viewer")) return undefined;
  return {
    code: "forbidden",
    detail: "this code lets people read only; attaching a room to a channel needs a code for a member or an approver",
  };
}

function rejectionIfMirrored(room: Room, { platform, channel, thread }: BindMirror): Rejection | undefined {
  if (room.mirrors.size >= LIMITS.maxMirrors) {
    return {
      code: "limit_reached",
      detail: `a room is shown in at most ${LIMITS.maxMirrors} threads; detach one first`,
    };
  }
  const isThere = (mirror: Mirror) =>
    mirror.platform === platform && mirror.channel === channel && (thread === undefined || mirror.thread === thread);
  if (![...room.mirrors.values()].some(isThere)) return undefined;
  return { code: "limit_reached", detail: "this room has a thread in this channel already" };
}

/** Unbinds a room from a thread; nothing where it is not bound. */
export function decideUnbindMirror(room: Room, command: CommandOf<"mirror.unbind">): Decision {
  const refused = rejectionIfForbidden(room, command.by, "invite");
  if (refused) return reject(refused);
  const { mirrorId, reason } = command;
  if (!room.mirrors.has(mirrorId)) return accept();
  return accept({ type: "mirror.unbound", mirrorId, ...(reason !== undefined && { reason }) });
}
