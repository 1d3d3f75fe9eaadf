import type { Clock } from "../../ports/clock.js";
import type { FleetCalls } from "../../ports/fleet-calls.js";
import type { Ids } from "../../ports/ids.js";
import type { Leases } from "../../ports/leases.js";
import type { Wakeups } from "../../ports/wakeups.js";
import { createGuestAnswers } from "./answer-guests.js";
import type { RoomCache } from "./cache.js";
import type { RoomCatchUp } from "./catch-up.js";
import { createHandToHolder, type HandedOutcome, type HandToHolder } from "./hand-to-holder.js";
import { createNewsHearing } from "./hear-news.js";
import type { DecideHere } from "./holder-call.js";
import { createRoomHolders } from "./room-holders.js";
import { isRoomNews } from "./room-news.js";
import { createToldVersions } from "./told-versions.js";
import type { WakeAgents } from "./wake.js";
import { createWakeHomes } from "./wake-homes.js";

/** One writer per room in a fleet, as long as its processes answer each other. */
export interface SharedWriting {
  share(given: { catchUp: RoomCatchUp; decideHere: DecideHere }): HandToHolder;
  /** Wakes agents at the processes where they are at home. */
  wakeAgents: WakeAgents;
  /** Takes no more commands from other processes, and releases the leases of the rooms this process writes. */
  stop(): Promise<void>;
}

/** Shares writing once a room service has called `share`. */
export function createSharedWriting(options: {
  calls: FleetCalls;
  leases: Leases;
  wakeups: Wakeups;
  cache: Pick<RoomCache, "get" | "load">;
  /** Name of this process. */
  node: string;
  clock: Clock;
  ids: Ids;
  /** Parley's version. */
  parley: string;
  onHanded?: ((outcome: HandedOutcome) => void) | undefined;
}): SharedWriting {
  const { calls, leases, wakeups, cache, clock, ids, parley, onHanded } = options;
  const holders = createRoomHolders({ leases, clock, canHold: calls.isReachable });
  const told = createToldVersions();
  let endServing = () => {};
  return {
    share({ catchUp, decideHere }) {
      const answerGuest = createGuestAnswers({ decideHere, holders, cache, told, parley });
      const hear = createNewsHearing({ cache, catchUp, wakeups });
      endServing = calls.serve((from, request) =>
        isRoomNews(request, parley) ? hear(request.news) : answerGuest(from, request),
      );
      return createHandToHolder({ calls, holders, catchUp, clock, ids, parley, onHanded });
    },
    wakeAgents: createWakeHomes({ ...options, told }),
    async stop() {
      endServing();
      await holders.stop();
    },
  };
}
