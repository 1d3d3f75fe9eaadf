import type { PersonRole } from "../../core/room/event.js";
import type { NewInvite } from "../../core/room/new-invite.js";
import { inviteCode, inviteSecretBytes, parseInviteCode } from "../../core/values/invite-code.js";
import type { Clock } from "../../ports/clock.js";
import type { Ids } from "../../ports/ids.js";
import { deriveKey, hmac } from "./secrets.js";

/** Default lifetime and number of uses of a code. */
export const inviteDefaults = { seconds: 7 * 24 * 3_600, maxUses: 100 } as const;

/** Roles that get an invite when a room is made. */
export const initialRoles = ["member", "viewer", "approver"] as const satisfies readonly PersonRole[];
/** The codes of those invites, by role. */
export type InitialCodes = Record<(typeof initialRoles)[number], string>;

/** An invite as it is asked for. */
export interface MintRequest {
  role: PersonRole;
  /** Default 7 days. */
  expiresInSeconds?: number | undefined;
  /** Default 100, or 1 for a re-entry code. */
  maxUses?: number | undefined;
  forName?: string | undefined;
}

/** Creates invite codes. The code itself is only returned; the log stores its hash. */
export interface Invites {
  mint(roomId: string, request: MintRequest): { code: string; invite: NewInvite };
  /** The three codes of a new room, derived from the room's id so that a repeated request returns the same codes. */
  initial(roomId: string): { codes: InitialCodes; invites: NewInvite[] };
  /** Parses typed text into room and hash; undefined if it cannot be a code. */
  read(typed: string): { roomId: string; hash: string } | undefined;
}

/** Makes invite codes and reads them; only hashes reach the log. */
export function createInvites(options: {
  secret: string;
  ids: Ids;
  clock: Clock;
  sha256: (text: string) => string;
}): Invites {
  const { ids, clock, sha256 } = options;
  const key = deriveKey(options.secret, "invite/initial");

  function inviteOf(code: string, { role, expiresInSeconds, maxUses, forName }: MintRequest): NewInvite {
    return {
      inviteId: ids.next(),
      hash: sha256(parseInviteCode(code)?.canonical ?? code),
      role,
      expiresAtMs: clock.nowMs() + (expiresInSeconds ?? inviteDefaults.seconds) * 1_000,
      maxUses: maxUses ?? (forName === undefined ? inviteDefaults.maxUses : 1),
      ...(forName !== undefined && { forName }),
    };
  }

  return {
    mint(roomId, request) {
      const code = inviteCode(roomId, ids.bytes(inviteSecretBytes));
      return { code, invite: inviteOf(code, request) };
    },
    initial(roomId) {
      const code = (role: PersonRole) => inviteCode(roomId, hmac(key, `${roomId}/${role}`));
      const codes = { member: code("member"), viewer: code("viewer"), approver: code("approver") };
      return { codes, invites: initialRoles.map((role) => inviteOf(codes[role], { role })) };
    },
    read(typed) {
      const parsed = parseInviteCode(typed);
      return parsed && { roomId: parsed.roomId, hash: sha256(parsed.canonical) };
    },
  };
}
