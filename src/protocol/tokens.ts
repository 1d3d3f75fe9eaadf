import { z } from "zod";
import { credentialScopes } from "../core/values/credential-scope.js";
import { oneLine, participantName, secondsPerDay, unixMs } from "./fields.js";

/** The id of a room as a request names it outside the address. */
const roomId = z.string().min(1).max(40);

/** `POST /api/tokens`. `roomId` and `name` are needed from the admin alone: a room token says both. */
export const tokenBody = z.strictObject({
  scopes: z.array(z.enum(credentialScopes)).min(1).max(credentialScopes.length),
  roomId: roomId.optional(),
  /** Whom the token acts as; default: who asks, for the admin the room's owner. */
  name: participantName.optional(),
  /** A person's label for it. */
  label: oneLine(80)
    .regex(/^[^\p{C}]*$/u, { error: "one line without control characters" })
    .optional(),
  /** Default: 90 days. */
  expiresInSeconds: z
    .number()
    .int()
    .min(1)
    .max(366 * secondsPerDay)
    .optional(),
});
/** A request for a program's token, as a client sends it. */
export type TokenBody = z.input<typeof tokenBody>;

/** Query of `GET /api/tokens`: only tokens of this room. */
export const tokensQuery = z.strictObject({ roomId: roomId.optional() });

/** A token for a program, without its secret. */
export const tokenView = z.object({
  id: z.string(),
  /** `room-agent`: of an agent that runs outside Parley; it has no scopes. */
  kind: z.enum(["api", "room-agent"]),
  roomId: z.string(),
  /** The participant it acts as. */
  name: z.string(),
  scopes: z.array(z.enum(credentialScopes)),
  label: z.string().exactOptional(),
  issuedAt: unixMs,
  /** Absent: it does not expire. */
  expiresAt: unixMs.exactOptional(),
  /** To the hour; absent: it was never used. */
  lastUsedAt: unixMs.exactOptional(),
});
/** A program's token as lists show it, without its secret. */
export type TokenView = z.input<typeof tokenView>;

/** Answer of `POST /api/tokens`. `token` is shown this once. */
export const createdToken = tokenView.extend({ token: z.string() });
/** A new token as its maker reads it. It holds a secret, shown this once. */
export type CreatedToken = z.input<typeof createdToken>;

/** Answer of `GET /api/tokens`. */
export const tokenList = z.object({ tokens: z.array(tokenView) });

/** Answer of `DELETE /api/tokens/:id`. */
export const revokedToken = z.object({ id: z.string() });

/** Query of `GET /api/names`: a display name in any script. */
export const namesQuery = z.strictObject({ from: z.string().min(1).max(256) });

/** Answer of `GET /api/names`: the name for `@` that a display name asks for. */
export const nameAnswer = z.object({ name: z.string() });
