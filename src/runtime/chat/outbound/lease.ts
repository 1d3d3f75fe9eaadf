import { mirrorPool, mirrorReader } from "../../../core/room/react.js";
import { type AgentMember, presentAgent, type Room } from "../../../core/room/room.js";
import type { Lease, Leases } from "../../../ports/leases.js";
import type { Nodes } from "../../../ports/nodes.js";
import { PortError } from "../../../ports/port-error.js";
import type { Wakeups } from "../../../ports/wakeups.js";
import type { Reachability } from "../../rooms/picture.js";
import type { RegisteredMirror } from "./registry.js";

/** Which process of a fleet shows which mirrors. */
export interface ChatFleet {
  /** Name of this process. */
  node: string;
  leases: Leases;
  nodes?: Nodes;
  /** Why an agent can do nothing now; undefined: it can. */
  whyOffline(agent: AgentMember): string | undefined;
}

/** Who can be reached, as far as a thread can tell: people read it there, so none of them is away. */
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

/** Each mirror is one process' at a time. Who is woken for one that is another's passes it on; what nobody holds, it takes. */
export interface Tenure {
  /** The pools of mirrors this process works on. */
  readonly pools: readonly string[];
  /** The lease, if the mirror is this process' now. Otherwise who has it is woken, or this is tried again. */
  take(mirror: Pick<RegisteredMirror, "mirrorId" | "platform">): Promise<Lease | undefined>;
}

/** Somebody who is not there has the mirror, or nobody can say: it is tried again after this. */
const tryAgainMs = 2_000;

const always: Lease = { isHeld: () => true, release: async () => {} };

export function createTenure(options: {
  fleet?: ChatFleet;
  wakeups: Wakeups;
  /** Those this process is connected to. */
  platforms: readonly string[];
}): Tenure {
  const { fleet, wakeups, platforms } = options;
  const pools = platforms.map(mirrorPool);
  if (!fleet) return { pools, take: async () => always };
  const { node, leases, nodes } = fleet;

  return {
    pools: nodes ? [...pools, poolOn(node)] : pools,
    async take(mirror) {
      const { mirrorId } = mirror;
      const answer = await leases.take(`mirror/${mirrorId}`);
      if (answer.kind === "held") return answer.lease;
      const isThere = (name: string) => nodes?.present()?.some((other) => other.name === name) === true;
      const canPassOn = answer.kind === "elsewhere" && answer.node !== node && isThere(answer.node);
      if (canPassOn) wakeups.wake(`${poolOn(answer.node)}/${mirrorId}`);
      else wakeups.wake(mirrorReader(mirror), { delayMs: tryAgainMs });
      return undefined;
    },
  };
}

function poolOn(node: string): string {
  return `mirror@${node}`;
}

/** Asked right before everything that others can see: who is late ends itself, for somebody else may have begun. */
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

/** Another process has gone on with this mirror: what is in memory is old. */
export function behind(): PortError {
  return new PortError("another process has shown this already; the mirror is read again", {
    code: "unavailable",
    retryable: true,
  });
}
