import type { RefusedSetupFile, SetupItem, SetupKind } from "../core/room/setup.js";

/**
 * The set-up for agents that was found at the head of a room's branch. `text` is what an agent would use, which may be less than what the
 * file holds; `refused` names what cannot be offered. MUST be read from the commit itself, never from a folder an agent could write to,
 * and MUST keep to `SETUP_LIMITS`.
 */
export interface FoundSetup {
  /** Object id of the commit. */
  commit: string;
  files: readonly { kind: SetupKind; path: string; text: string }[];
  refused: readonly RefusedSetupFile[];
}

/** Takes a set-up that was found, stores it and offers it in the room where it is news. Rejects with a `PortError` when it cannot be stored. */
export type OfferFoundSetup = (roomId: string, found: FoundSetup) => Promise<void>;

/** The text of a file that an owner accepted: exactly the bytes of its hash. Undefined: it is not there any more, and MUST NOT be used. */
export type AcceptedText = (item: SetupItem) => Promise<string | undefined>;
