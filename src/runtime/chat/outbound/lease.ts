import { outboundPool, outboundReader } from "../../../core/room/react.js";
import { type AgentMember, presentAgent, type Room } from "../../../core/room/room.js";
import type { Lease, Leases } from "../../../ports/leases.js";
import type { Nodes } from "../../../ports/nodes.js";
import { PortError } from "../../../ports/port-error.js";
import type { Wakeups } from "../../../ports/wakeups.js";
import type { Reachability } from "../../rooms/picture.js";
import type { RegisteredOutbound } from "./registry.js";

/** The fleet as the outbound side needs it: which process posts to which thread. */
export interface ChatFleet {
  /** Name of this process. */
  node: string;
  leases: Leases;
  nodes?: Nodes;
  /** Reason why an agent is unavailable; undefined if it is available. */
  whyOffline(agent: AgentMember): string | undefined;
}

/** Reachability as far as a thread can tell: people read it there, so none of them is away. */
export function reachabilityIn(fleet: ChatFleet | undefined): Reachability {
  return { isPersonOnline: () => true, whyOffline: (agent) => fleet?.whyOffline(agent) };
}

/** Whether the process of an agent is there, as far as anybody knows. */
export function isOnlineIn(room: Room, fleet: ChatFleet | undefined): (name: string) => boolean {
  return (name) => {
    const agent = fleet && presentAgent(room, name);
    return !agent || fleet.whyOffline(agent) === undefined;
  };
}

/** Leases on outbound threads: one process posts to a thread at a time. A wake-up for a foreign thread is forwarded to its holder. */
export interface OutboundLeases {
  /** Pools of outbound readers that this process serves. */
  readonly pools: readonly string[];
  /** Returns the lease if this process holds it. Otherwise wakes the holder, or schedules a retry. */
  take(outbound: Pick<RegisteredOutbound, "mirrorId" | "platform">): Promise<Lease | undefined>;
}

/** Retry delay if the holder is offline or unknown. */
const tryAgainMs = 2_000;

const always: Lease = { isHeld: () => true, release: async () => {} };

/** Leases of outbound threads; without a fleet this process holds all of them. */
export function createOutboundLeases(options: {
  fleet?: ChatFleet;
  wakeups: Wakeups;
  /** Platforms that this process serves. */
  platforms: readonly string[];
}): OutboundLeases {
  const { fleet, wakeups, platforms } = options;
  const pools = platforms.map(outboundPool);
  if (!fleet) return { pools, take: async () => always };
  const { node, leases, nodes } = fleet;

  return {
    pools: nodes ? [...pools, poolOn(node)] : pools,
    async take(outbound) {
      const { mirrorId } = outbound;
      const answer = await leases.take(`mirror/${mirrorId}`);
      if (answer.kind === "held") return answer.lease;
      const isThere = (name: string) => nodes?.present()?.some((other) => other.name === name) === true;
      const canPassOn = answer.kind === "elsewhere" && answer.node !== node && isThere(answer.node);
      if (canPassOn) wakeups.wake(`${poolOn(answer.node)}/${mirrorId}`);
      else wakeups.wake(outboundReader(outbound), { delayMs: tryAgainMs });
      return undefined;
    },
  };
}

function poolOn(node: string): string {
  return `mirror@${node}`;
}

/** Throws if the lease has expired. Call right before every visible effect, as another process may have taken over. */
export function assertHeld({ lease }: { lease: Lease }): void {
  if (lease.isHeld()) return;
  throw new PortError(
    "this mirror's lease ran out before it could be extended; nothing was posted, its holder goes on",
    {
      code: "closed",
      retryable: true,
    },
  );
}

/** Error for stale memory: another process has continued this thread. */
export function behind(): PortError {
  return new PortError("another process has shown this already; the mirror is read again", {
    code: "unavailable",
    retryable: true,
  });
}
