import { isBacked } from "./decide/invites.js";
import type { PersonRole } from "./event.js";
import type { Room } from "./room.js";

/** An invite that opens the room now, as it may be shown: without the hash of its code. */
export interface OpenInviteView {
  inviteId: string;
  role: PersonRole;
  /** Unix ms. */
  expiresAt: number;
  usesLeft: number;
  /** A re-entry code: the one person it is for. */
  forName?: string;
  /** Name of the creator, or `admin`. Absent: the log is older than this and does not say, so it ends with nobody's leaving. */
  by?: string;
}

/** Every usable invite at `nowMs`, oldest first. */
export function openInvites(room: Room, nowMs: number): OpenInviteView[] {
  const open = [...room.invites.values()].filter((invite) => invite.expiresAtMs > nowMs && isBacked(room, invite));
  return open.map(({ inviteId, role, expiresAtMs, usesLeft, forName, by }) => ({
    inviteId,
    role,
    expiresAt: expiresAtMs,
    usesLeft,
    ...(forName !== undefined && { forName }),
    ...(by !== undefined && { by }),
  }));
}
