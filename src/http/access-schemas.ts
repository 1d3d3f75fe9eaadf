import { z } from "zod";
import { credentialScopes } from "../runtime/access/credential-state.js";

/** What the addresses of credentials and names take. Unknown fields are refused. */

/** `GET /api/names`: a display name of at most 256 characters. */
export const namesQuery = z.strictObject({ from: z.string().min(1).max(256) });

const secondsPerDay = 24 * 3_600;
const roomId = z.string().min(1).max(40);

/** `POST /api/tokens`. `roomId` and `name` are needed from the admin alone: a room token says both. */
export const tokenBody = z.strictObject({
  scopes: z.array(z.enum(credentialScopes)).min(1).max(credentialScopes.length),
  roomId: roomId.optional(),
  /** Whom the token acts as; default: who asks, for the admin the room's owner. */
  name: z.string().min(1).max(40).optional(),
  label: z
    .string()
    .trim()
    .min(1)
    .max(80)
    .regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u, { error: "one line without control characters" })
    .optional(),
  expiresInSeconds: z
    .number()
    .int()
    .min(1)
    .max(366 * secondsPerDay)
    .optional(),
});

/** `GET /api/tokens`. */
export const tokensQuery = z.strictObject({ roomId: roomId.optional() });

/** Seconds a token lives where nothing else is asked for. */
export const tokenSeconds = 90 * secondsPerDay;
