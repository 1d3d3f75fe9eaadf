import type { RoomEvent } from "../event.js";
import type { OpenInvite } from "../open-invite.js";
import type { Rejection } from "../rejection.js";
import { outranks, roleMay } from "../rights.js";
import { presentParticipant, type Room } from "../room.js";

/** One answer for a code that is wrong, expired, used up or revoked. */
export const inviteInvalid: Rejection = {
  code: "invite_invalid",
  detail: "this code does not open a room: it may be mistyped, expired, used up or revoked",
};

/**
 * The invite with this hash (SHA-256 hex of the code) if it opens the room at `nowMs`. Every invite is compared, whole: how long it takes
 * says nothing of how close a guess came.
 */
export function findUsableInvite(room: Room, hash: string, nowMs: number): OpenInvite | undefined {
  let found: OpenInvite | undefined;
  for (const invite of room.invites.values()) if (sameText(invite.hash, hash)) found = invite;
  return found && found.expiresAtMs > nowMs && isBacked(room, found) ? found : undefined;
}

/**
 * Whether the maker of an invite could still make it. An invite is worth what its maker may do now, so that neither a removed nor a demoted
 * person lets anybody in. An invite whose maker the log does not name counts: it ends by time, use or revocation alone.
 */
export function isBacked(room: Room, { by, role, forName }: OpenInvite): boolean {
  if (by === undefined || by === "admin" || by === "parley") return true;
  const maker = presentParticipant(room, by);
  if (maker?.kind !== "human") return false;
  return roleMay(maker.role, forName === undefined ? "invite" : "configure") && !outranks(role, maker.role);
}

/** Ends the invites that a person made, and those that would let this person back in under their own name. */
export function invitesEndedWith(room: Room, name: string): RoomEvent[] {
  const ended = [...room.invites.values()].filter(({ by, forName }) => by === name || forName === name);
  return ended.map(({ inviteId }) => ({ type: "invite.revoked", inviteId }));
}

function sameText(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let at = 0; at < a.length; at++) difference |= a.charCodeAt(at) ^ b.charCodeAt(at % Math.max(1, b.length));
  return difference === 0;
}
