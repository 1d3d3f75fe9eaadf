import type { Clock } from "../../src/ports/clock.js";
import type { Lease, Leases } from "../../src/ports/leases.js";

interface Held {
  node: string;
  lease: Lease;
  untilMs: number;
}

export type LeaseTable = Map<string, Held>;

const lifetimeMs = 10_000;
/** The holder stops this long before others may begin. */
const marginMs = 2_000;

/** Leases of processes that share a `table`. Without one this process is alone: it holds a lease until it releases it. */
export function createMemoryLeases({ clock, node, table }: { clock: Clock; node: string; table?: LeaseTable }): Leases {
  const held: LeaseTable = table ?? new Map();
  const lasts = table ? lifetimeMs : Number.POSITIVE_INFINITY;

  function newLease(name: string): Lease {
    const mine = () => (held.get(name)?.lease === lease ? held.get(name) : undefined);
    const lease: Lease = {
      isHeld: () => (mine()?.untilMs ?? Number.NEGATIVE_INFINITY) - marginMs > clock.monotonicMs(),
      release: async () => void (mine() && held.delete(name)),
    };
    return lease;
  }

  return {
    async take(name) {
      const known = held.get(name);
      const isTaken = known !== undefined && known.untilMs > clock.monotonicMs();
      if (isTaken && known.node !== node) return { kind: "elsewhere", node: known.node };
      const lease = isTaken ? known.lease : newLease(name);
      held.set(name, { node, lease, untilMs: clock.monotonicMs() + lasts });
      return { kind: "held", lease };
    },
    async holder(name) {
      const known = held.get(name);
      return known !== undefined && known.untilMs > clock.monotonicMs() ? known.node : undefined;
    },
  };
}
