import type { Redis } from "ioredis";
import type { Broadcast } from "../../src/ports/broadcast.js";
import type { Clock } from "../../src/ports/clock.js";
import type { Health } from "../../src/ports/health.js";
import type { Leases } from "../../src/ports/leases.js";
import type { Limits } from "../../src/ports/limits.js";
import type { Logger } from "../../src/ports/logger.js";
import type { NodeInfo, Nodes } from "../../src/ports/nodes.js";
import type { Reservations } from "../../src/ports/reservations.js";
import type { SharedPlaces } from "../../src/ports/shared-places.js";
import type { Tickets } from "../../src/ports/tickets.js";
import type { Wakeups } from "../../src/ports/wakeups.js";
import { type Breaker, createBreaker } from "./breaker.js";
import { createRedisBroadcast } from "./broadcast.js";
import { openConnections, untilReady } from "./connections.js";
import { createRedisLeases } from "./leases.js";
import { createRedisLimits } from "./limits.js";
import { createRedisNodes } from "./nodes.js";
import { createRedisPlaces } from "./places.js";
import { createRedisReservations } from "./reservations.js";
import { createRedisTickets } from "./tickets.js";
import { createRedisWakeups } from "./wakeups.js";

export interface OpenRedisOptions {
  url: string;
  /** Before every key; another for each installation that shares this Redis. No `:`. */
  prefix: string;
  /** Name of this process and its runtimes, and its life. */
  info: NodeInfo;
  /** Origin at which other processes reach this one, once it is known. */
  ownUrl?: () => string | undefined;
  instance: string;
  process: { host: string; pid: number };
  /** Readers of a pool side by side. */
  workers: number;
  /** The fallbacks of this process while Redis is down. */
  own: { wakeups: Wakeups; limits: Limits; tickets: Tickets; reservations: Reservations };
  clock: Clock;
  logger: Logger;
}

/** Everything Redis does. None of it holds a truth: emptied, it costs a pause. */
export interface RedisParts {
  wakeups: Wakeups;
  limits: Limits;
  places: SharedPlaces;
  leases: Leases;
  nodes: Nodes;
  broadcast: Broadcast;
  tickets: Tickets;
  reservations: Reservations;
  check(): Promise<Health>;
  close(): Promise<void>;
}

const readyWithinMs = 1_000;

/** Opens Redis; an unreachable Redis does not block the start. */
export async function openRedis(options: OpenRedisOptions): Promise<RedisParts> {
  const { prefix, info, instance, own, clock, logger } = options;
  const connections = openConnections({ url: options.url, logger });
  const { commands, listener } = connections;
  await untilReady(commands, readyWithinMs);
  const breaker = createBreaker({
    clock,
    onChange: (isOpen) => {
      if (isOpen)
        logger.warn({}, "Redis does not answer: rooms go on, readers of other processes are woken by the sweep");
      else logger.info({}, "Redis answers again");
    },
  });
  const check = () => checkRedis(commands, breaker);
  const found = await check();
  if (!found.ok) logger.warn({ detail: found.detail }, "Redis is not as it should be");
  const shared = { commands, breaker, prefix, instance, clock };
  const broadcast = createRedisBroadcast({ ...shared, listener });
  return {
    wakeups: createRedisWakeups({
      connections,
      breaker,
      prefix,
      workers: options.workers,
      own: own.wakeups,
      isOwnPool: (pool) => pool.endsWith(`@${info.name}`),
      check,
      clock,
      logger,
    }),
    limits: createRedisLimits({ ...shared, own: own.limits }),
    places: createRedisPlaces(shared),
    leases: createRedisLeases({ ...shared, node: info.name }),
    nodes: createRedisNodes({ ...shared, info, broadcast, url: options.ownUrl, process: options.process, logger }),
    broadcast,
    tickets: createRedisTickets({ ...shared, own: own.tickets }),
    reservations: createRedisReservations({ ...shared, own: own.reservations }),
    check,
    close: () => connections.close(),
  };
}

/** Whether Redis answers, keeps its data over a restart, and evicts nothing. */
async function checkRedis(commands: Redis, breaker: Breaker): Promise<Health> {
  let report: string;
  try {
    report = await breaker.run(() => commands.info());
  } catch {
    return {
      ok: false,
      detail:
        "Redis does not answer: rooms go on, agents of other processes are woken within seconds instead of at once",
    };
  }
  const details = [];
  if (!report.includes("aof_enabled:1")) details.push("it forgets wake-ups in a restart: set appendonly to yes");
  const policy = /maxmemory_policy:(\S+)/.exec(report)?.[1] ?? "noeviction";
  if (policy !== "noeviction")
    details.push(`it throws wake-ups away when full: set maxmemory-policy to noeviction, not ${policy}`);
  return details.length === 0 ? { ok: true } : { ok: false, detail: `Redis works, but ${details.join("; ")}` };
}
