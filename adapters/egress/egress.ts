import type { Clock } from "../../src/ports/clock.js";
import type { Egress, EgressEnd } from "../../src/ports/egress.js";
import type { Logger } from "../../src/ports/logger.js";
import { isForbidden } from "../kit/public-addresses.js";
import { createResolve, type Resolve } from "../kit/resolve.js";
import { forward } from "./forward.js";
import { tunnel } from "./tunnel.js";
import { createVisits } from "./visits.js";

export interface EgressOptions {
  clock: Clock;
  logger: Logger;
  /** Told of everything that was asked for, when it is over. */
  onEnd?: (end: EgressEnd) => void;
  /** Default: the machine's name servers. */
  resolve?: Resolve;
  /** Addresses that are never dialled. Default: all but the public internet. */
  isForbidden?: (address: string) => boolean;
  /** Of one agent, at once; default 32, half of what its socket takes. */
  maxConnections?: number;
  /** Default 5 s. */
  resolveTimeoutMs?: number;
  /** Default 10 s. */
  connectTimeoutMs?: number;
  /** A connection on which nothing moves, either way, is cut after this; default 5 min. */
  idleTimeoutMs?: number;
  /** How often the list is looked at again while a connection is open; default 1 s. */
  recheckMs?: number;
}

/** A proxy for agents: CONNECT, and plain HTTP if the list names its port. The socket identifies the caller, so no credentials are needed. */
export function createEgress(options: EgressOptions): Egress {
  const settings = {
    resolve: createResolve(),
    isForbidden,
    maxConnections: 32,
    resolveTimeoutMs: 5_000,
    connectTimeoutMs: 10_000,
    idleTimeoutMs: 300_000,
    recheckMs: 1_000,
    onEnd: () => {},
    ...options,
  };
  return {
    open(caller) {
      const visits = createVisits(caller, settings);
      return {
        connect: (request, client, head) => void tunnel({ request, client, head }, { visits, clock: settings.clock }),
        forward: (incoming, outgoing) => void forward({ incoming, outgoing }, visits),
        close: visits.cutAll,
      };
    },
  };
}
