import type { Attachment } from "../core/room/event.js";

/**
 * Puts files that people attached where one agent can read them. Returns their paths as that agent sees them, in the order given.
 * MUST be idempotent: the same attachment twice is one file. Throws a PortError where a file cannot be stored.
 */
export type PlaceFiles = (
  agent: { roomId: string; name: string },
  attachments: readonly Attachment[],
) => Promise<readonly string[]>;
