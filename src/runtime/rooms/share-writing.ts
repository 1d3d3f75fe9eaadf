import type { Clock } from "../../ports/clock.js";
import type { FleetCalls } from "../../ports/fleet-calls.js";
import type { Ids } from "../../ports/ids.js";
import type { Leases } from "../../ports/leases.js";
import { createGuestAnswers } from "./answer-guests.js";
import type { RoomCache } from "./cache.js";
import type { RoomCatchUp } from "./catch-up.js";
import { createHandToHolder, type HandedOutcome, type HandToHolder } from "./hand-to-holder.js";
import type { DecideHere } from "./holder-call.js";
import { createRoomHolders } from "./room-holders.js";

/** One writer per room in a fleet, as long as its processes answer each other. */
export interface SharedWriting {
  share(given: { catchUp: RoomCatchUp; decideHere: DecideHere }): HandToHolder;
  /** Takes no more commands from other processes, and releases the leases of the rooms this process writes. */
  stop(): Promise<void>;
}

/** Shares writing once a room service has called `share`. */
export function createSharedWriting(options: {
  calls: FleetCalls;
  leases: Leases;
  cache: Pick<RoomCache, "get">;
  clock: Clock;
  ids: Ids;
  /** Parley's version. */
  parley: string;
  onHanded?: ((outcome: HandedOutcome) => void) | undefined;
}): SharedWriting {
  const { calls, leases, cache, clock, ids, parley, onHanded } = options;
  const holders = createRoomHolders({ leases, clock, canHold: calls.isReachable });
  let endServing = () => {};
  return {
    share({ catchUp, decideHere }) {
      endServing = calls.serve(createGuestAnswers({ decideHere, holders, cache, parley }));
      return createHandToHolder({ calls, holders, catchUp, clock, ids, parley, onHanded });
    },
    async stop() {
      endServing();
      await holders.stop();
    },
  };
}
