import { z } from "zod";
import { personRoles } from "../core/room/event.js";
import { displayName, participantName, secondsPerDay, unixMs } from "./fields.js";

/** `POST /api/join`. `name` may be left out with a code that belongs to somebody already, and with a `displayName`, from which it is derived. */
export const joinBody = z.strictObject({
  code: z.string().min(1).max(200),
  name: participantName.optional(),
  displayName: displayName.optional(),
});
/** A request to join a room by code, as a client sends it. */
export type JoinBody = z.input<typeof joinBody>;

/** Answer of `POST /api/join`. `token` is good for this room and this stay. */
export const joined = z.object({ roomId: z.string(), name: z.string(), role: z.enum(personRoles), token: z.string() });
/** What a person gets by joining, as a client reads it. It holds a secret: the token. */
export type Joined = z.input<typeof joined>;

/** `POST /api/rooms/:id/invites`. Default: 7 days, 100 uses; one use with `forName`. */
export const inviteBody = z.strictObject({
  role: z.enum(personRoles),
  expiresInSeconds: z
    .number()
    .int()
    .min(1)
    .max(90 * secondsPerDay)
    .optional(),
  maxUses: z.number().int().min(1).max(1_000).optional(),
  /** A re-entry code: lets this person back in under their name. */
  forName: participantName.optional(),
});
/** A request for an invite as a client sends it; absent members take the defaults of `inviteBody`. */
export type InviteBody = z.input<typeof inviteBody>;

/** Answer of `POST /api/rooms/:id/invites`. The code is shown this once. */
export const createdInvite = z.object({ inviteId: z.string(), code: z.string() });
/** A new invite as a client reads it. It holds a secret: the code. */
export type CreatedInvite = z.input<typeof createdInvite>;

/** An invite that still works. */
export const inviteView = z.object({
  inviteId: z.string(),
  role: z.enum(personRoles),
  expiresAt: unixMs,
  usesLeft: z.number().int(),
  forName: z.string().exactOptional(),
  /** Name of the creator, or `admin`; absent if the log does not say. */
  by: z.string().exactOptional(),
});
/** An open invite as a client reads it. */
export type InviteView = z.input<typeof inviteView>;

/** Answer of `GET /api/rooms/:id/invites`. */
export const inviteList = z.object({ invites: z.array(inviteView) });

/** Answer of `DELETE /api/rooms/:id/participants/:name`. */
export const removedPerson = z.object({
  version: z.number().int(),
  /** How many of the person's invites and tokens ended with them. */
  ended: z.object({ invites: z.number().int(), tokens: z.number().int() }),
  /** Invites that let people in all the same; the removed person may know them. Absent for a caller who may not invite, or who left. */
  openInvites: z.array(inviteView).exactOptional(),
});
/** The result of removing a person, as a client reads it. */
export type RemovedPerson = z.input<typeof removedPerson>;

/** Answer of `POST /api/rooms/:id/link`: the address works once within 15 minutes and lets its holder in as `name`. */
export const personalLink = z.object({ name: z.string(), url: z.string() });

/** `PATCH /api/rooms/:id/participants/:name`: the role that a person has from now on. */
export const personRoleBody = z.strictObject({ role: z.enum(personRoles) });

/** Answer of `PATCH /api/rooms/:id/participants/:name`. `endedInvites`: invites of theirs that they could not make any more. */
export const changedPerson = z.object({ version: z.number().int(), endedInvites: z.number().int().min(0) });
/** The result of changing a person's role, as a client reads it. */
export type ChangedPerson = z.input<typeof changedPerson>;
