import { z } from "zod";
import { SETUP_LIMITS } from "../core/room/setup.js";
import { unixMs, version } from "./fields.js";

const item = {
  /** `instructions`, `skill`, `mcp` or `hooks`; the last two run commands in the agents' sandboxes. */
  kind: z.string(),
  /** In the repository, from its root. */
  path: z.string(),
  /** UTF-8 bytes of the text. */
  bytes: z.number().int(),
  /** SHA-256 hex of the text. */
  sha256: z.string(),
};

/** One file of a set-up, with the text that agents would use, which is never cut. */
export const setupFileView = z.object({
  ...item,
  /** Absent where the stored text is not there any more; the file can then not be used. */
  text: z.string().exactOptional(),
  /** Agents use it now, with exactly this text. */
  used: z.boolean(),
});
/** One file of a set-up as a client reads it. */
export type SetupFileView = z.input<typeof setupFileView>;

/** Answer of `GET /api/rooms/:id/setups`. Without `offered` no set-up was found. */
export const setupView = z.object({
  /** The set-up that was found last. `hash` binds a decision to what is shown here. */
  offered: z
    .object({
      hash: z.string(),
      /** The commit it was read from. */
      commit: z.string(),
      at: unixMs,
      files: z.array(setupFileView),
      /** Files that cannot be used, and why. */
      refused: z.array(z.object({ path: z.string(), why: z.string() })),
      /** True until an owner decides on it. */
      isOpen: z.boolean(),
    })
    .exactOptional(),
  /** What agents use now, after the last decision; it may be of an earlier set-up. */
  used: z.object({ by: z.string(), at: unixMs, files: z.array(z.object(item)) }).exactOptional(),
});
/** The offered and the used set-up of a room, as a client reads them. */
export type SetupView = z.input<typeof setupView>;

/** `POST /api/rooms/:id/setups`: which files of the shown set-up agents use; none: nothing of it. */
export const setupBody = z.strictObject({
  /** Of the set-up that was shown. */
  hash: z.string().regex(/^[0-9a-f]{64}$/, { error: "the hash of a set-up: 64 hex digits" }),
  use: z.array(z.string().max(SETUP_LIMITS.maxPathChars)).max(SETUP_LIMITS.maxFiles),
});
/** A decision on a set-up as a client sends it. */
export type SetupBody = z.input<typeof setupBody>;

/** Answer of `POST /api/rooms/:id/setups`. A running agent has the decision from its next turn. */
export const decidedSetup = z.object({ version, holds: z.literal("next turn") });
