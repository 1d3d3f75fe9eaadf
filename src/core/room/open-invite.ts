import type { PersonRole } from "./event.js";

/** An invite that can still be used. */
export interface OpenInvite {
  inviteId: string;
  hash: string;
  role: PersonRole;
  expiresAtMs: number;
  usesLeft: number;
  forName?: string;
  /** Creator: a person of this room, or `admin`. Absent: the log does not say. */
  by?: string;
}
