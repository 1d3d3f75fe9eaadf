import { z } from "zod";
import { LIMITS } from "../core/room/limits.js";

/** Seconds of a day, for limits that are given in days. */
export const secondsPerDay = 24 * 3_600;

/** Text of a request on one line, trimmed, with 1 to `maxChars` characters. */
export const oneLine = (maxChars: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(maxChars)
    .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, { error: "one line without control characters" });

/** A participant's name as a request gives it; the room lower-cases it and decides whether it is one. */
export const participantName = z.string().min(1).max(40);

/** A name for people to read, in any script. */
export const displayName = oneLine(LIMITS.maxDisplayNameChars);

/** A whole number in a query, from `min` to `max`. */
export const wholeNumberText = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, { error: "a whole number" })
    .transform(Number)
    .pipe(z.number().min(min).max(max));

/** Query of a GET: the answer waits, at most 2 s, until the room has come to this version. */
export const atLeast = wholeNumberText(0, Number.MAX_SAFE_INTEGER).optional();

/** A position in a log: after commit `version`, or after event `index` of that commit. */
export const position = z.string().regex(/^\d{1,15}(\.\d{1,6})?$/, { error: "a position: version or version.index" });

/** Query of every operation that has none of its own. */
export const plainQuery = z.strictObject({ atLeast });

/** The body of an operation that takes none: absent, empty or `{}`. */
export const noBody = z.strictObject({});

/** Header `Idempotency-Key`: the same request under the same key is carried out once. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/, { error: "1 to 200 printable characters without spaces" });

/** Unix time in milliseconds. */
export const unixMs = z.number().int();

/** Version of a room's log: its count of commits. */
export const version = z.number().int().min(0);

/** Answer of an operation that changes a room: the version after the change, or the present one where nothing had to be done. */
export const versionAnswer = z.object({ version });
/** The room's version after a change, as a client reads it. */
export type VersionAnswer = z.input<typeof versionAnswer>;
