import type { EventOf } from "./event.js";
import type { Actor } from "./rights.js";

/** A decision on the set-up of the room's repository. `hash` is of the set-up that was shown; another hash is refused. */
export interface DecideSetup {
  type: "setup.decide";
  by: Actor;
  hash: string;
  /** Paths of the files that agents use; none: nothing of it is used. */
  use: readonly string[];
  /** The offer as the log has it; `decide` checks it against the hash. */
  offered: EventOf<"setup.offered"> | undefined;
}
