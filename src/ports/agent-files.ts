import type { Attachment } from "../core/room/event.js";
import type { ReadFile } from "../core/room/read-file.js";

/**
 * Puts files that people attached where one agent can read them. Returns their paths as that agent sees them, in the order given.
 * MUST be idempotent: the same attachment twice is one file. Throws a PortError where a file cannot be stored.
 */
export type PlaceFiles = (
  agent: { roomId: string; name: string },
  attachments: readonly Attachment[],
) => Promise<readonly string[]>;

/**
 * Reads files of one agent's work folder as they are at this moment, and stores them. Paths are as the agent wrote them; every result has the path it is for. What
 * cannot be read, leaves the folder or is too large is said as a problem: it never throws.
 */
export type ReadWorkFiles = (
  agent: { roomId: string; name: string },
  paths: readonly string[],
) => Promise<readonly ReadFile[]>;
