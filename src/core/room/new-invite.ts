import type { PersonRole } from "./event.js";

/** An invite to create. `hash`: SHA-256 of its code; the code itself is not stored. */
export interface NewInvite {
  inviteId: string;
  hash: string;
  role: PersonRole;
  expiresAtMs: number;
  maxUses: number;
  forName?: string;
}
