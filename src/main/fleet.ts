import { hostname } from "node:os";
import { createMemoryLeases } from "../../adapters/memory/leases.js";
import { createMemoryLimits } from "../../adapters/memory/limits.js";
import { createMemoryPlaces } from "../../adapters/memory/places.js";
import { createMemoryReservations } from "../../adapters/memory/reservations.js";
import { createMemoryTickets } from "../../adapters/memory/tickets.js";
import { createMemoryWakeups } from "../../adapters/memory/wakeups.js";
import { type Config, isFleet } from "../config.js";
import { knownFormat } from "../core/room/format.js";
import type { AgentMember } from "../core/room/room.js";
import { externalRuntime } from "../core/values/external-runtime.js";
import type { Broadcast } from "../ports/broadcast.js";
import type { Clock } from "../ports/clock.js";
import type { FleetCalls } from "../ports/fleet-calls.js";
import type { Health } from "../ports/health.js";
import type { HttpMount } from "../ports/http-mount.js";
import type { Leases } from "../ports/leases.js";
import type { Limits } from "../ports/limits.js";
import type { Logger } from "../ports/logger.js";
import type { Nodes } from "../ports/nodes.js";
import type { Reservations } from "../ports/reservations.js";
import type { SharedPlaces } from "../ports/shared-places.js";
import type { Tickets } from "../ports/tickets.js";
import type { Wakeups } from "../ports/wakeups.js";
import { deriveKey } from "../runtime/access/secrets.js";
import { sha256 } from "../runtime/node/runtime.js";

export interface FleetOptions {
  config: Config;
  /** Name of this process, and its life. */
  node: string;
  instance: string;
  secret: string;
  /** Names of the agent runtimes of this process. */
  runtimes: readonly string[];
  /** Origin at which the others reach this process, once it listens; undefined: they do not. */
  address: () => string | undefined;
  clock: Clock;
  logger: Logger;
}

/** What processes share beside the log, and where there is one process, what it has for itself. */
export interface Fleet {
  /** False: other processes may write to the same log. */
  onlyNode: boolean;
  wakeups: Wakeups;
  limits: Limits;
  places: SharedPlaces;
  tickets: Tickets;
  reservations: Reservations;
  leases: Leases;
  broadcast?: Broadcast;
  nodes?: Nodes;
  /** How processes reach each other, and the endpoint where this one is reached. */
  calls?: FleetCalls;
  mounts?: readonly HttpMount[];
  checks: Record<string, () => Promise<Health>>;
  /** Why the process that is to run this agent is not there; undefined: it is, or nobody can say. */
  whyOffline(agent: AgentMember): string | undefined;
  close(): Promise<void>;
}

/** Share of a budget that a process of a fleet may reserve while it does not see what others reserve. */
const fleetShare = 1 / 8;

/**
 * DATABASE_URL (or DURABLE_STREAMS_URL) and REDIS_URL: many processes. The first alone: too, but they wake each other's agents by looking every
 * few seconds. REDIS_URL alone: one process, which needs no Redis.
 */
export async function openFleet(options: FleetOptions): Promise<Fleet> {
  const { config, node, clock, logger } = options;
  const own = {
    wakeups: createMemoryWakeups({ clock, log: logger }),
    limits: createMemoryLimits({ clock }),
    tickets: createMemoryTickets({ clock }),
    reservations: createMemoryReservations({ share: isFleet(config) ? fleetShare : 1 }),
  };
  const alone: Fleet = {
    ...own,
    onlyNode: !isFleet(config),
    places: createMemoryPlaces(),
    leases: createMemoryLeases({ clock, node }),
    checks: { wakeups: () => own.wakeups.check() },
    whyOffline: () => undefined,
    close: async () => {},
  };
  if (isFleet(config) && config.redisUrl !== undefined) return withRedis(options, { url: config.redisUrl, own });
  if (config.redisUrl !== undefined)
    logger.warn(
      {},
      "REDIS_URL is not used: rooms are in the data folder, so there is one process. Set DATABASE_URL for more",
    );
  if (!alone.onlyNode)
    logger.warn(
      {},
      "without REDIS_URL processes wake each other's agents within 5 s, and each chat may be given to one process only",
    );
  return alone;
}

async function withRedis(
  { config, node, instance, secret, runtimes, address, clock, logger }: FleetOptions,
  {
    url,
    own,
  }: { url: string; own: { wakeups: Wakeups; limits: Limits; tickets: Tickets; reservations: Reservations } },
): Promise<Fleet> {
  const { openRedis } = await import("../../adapters/redis/open-redis.js");
  const redis = await openRedis({
    url,
    prefix: `parley-${sha256(`redis/${secret}`).slice(0, 12)}`,
    info: { name: node, runtimes, format: knownFormat },
    ownUrl: address,
    instance,
    process: { host: hostname(), pid: process.pid },
    workers: config.workers,
    own,
    clock,
    logger,
  });
  const { nodes } = redis;
  const { createHttpFleetCalls } = await import("../../adapters/fleet-http/fleet-calls.js");
  const calls = createHttpFleetCalls({
    node,
    key: deriveKey(secret, "fleet-call"),
    ownUrl: address,
    urlOf: (name) => nodes.present()?.find((one) => one.name === name)?.url,
    clock,
  });
  return {
    ...redis,
    calls,
    mounts: [calls.mount],
    onlyNode: false,
    checks: { wakeups: () => redis.wakeups.check(), nodes: () => nodes.check() },
    whyOffline: (agent) => whyOffline(agent, nodes),
    close: async () => {
      await calls.close();
      await redis.close();
    },
  };
}

function whyOffline({ name, home, runtime }: AgentMember, nodes: Nodes): string | undefined {
  const present = nodes.present();
  if (!present || runtime === externalRuntime) return undefined;
  if (home === undefined) {
    const isRun = present.some(({ runtimes }) => runtimes.includes(runtime));
    return isRun ? undefined : `no process that is there runs ${runtime} agents; start one that does`;
  }
  if (present.some((node) => node.name === home)) return undefined;
  return `its process ${home} is not there: start it again, or, if it is gone for good, move ${name} to another (parley agent move)`;
}
