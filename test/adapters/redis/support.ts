import { createRandomIds } from "../../../adapters/memory/ids.js";
import { createMemoryLimits } from "../../../adapters/memory/limits.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createMemoryReservations } from "../../../adapters/memory/reservations.js";
import { createSystemClock } from "../../../adapters/memory/system-clock.js";
import { createMemoryTickets } from "../../../adapters/memory/tickets.js";
import { createMemoryWakeups } from "../../../adapters/memory/wakeups.js";
import { openRedis, type RedisParts } from "../../../adapters/redis/open-redis.js";
import type { Clock } from "../../../src/ports/clock.js";

const ids = createRandomIds();

/** The Redis parts of one process of a fleet, under a prefix of its own unless one is given. */
export function openParts(options: {
  url: string;
  node?: string;
  prefix?: string;
  pid?: number;
  /** Default: the system's. */
  clock?: Clock;
  /** Default: `http://<node>.test:4400`. */
  ownUrl?: () => string | undefined;
  /** Part of a remainder that a process may reserve while Redis is away; default 1. */
  share?: number;
}): Promise<RedisParts> {
  const logger = createMemoryLogger();
  const { url, node = "one", prefix = `test-${ids.next()}`, pid = process.pid, share = 1 } = options;
  const { clock = createSystemClock(), ownUrl = () => `http://${node}.test:4400` } = options;
  return openRedis({
    url,
    prefix,
    info: { name: node, runtimes: ["scripted"], format: 7 },
    ownUrl,
    instance: ids.next(),
    process: { host: "this", pid },
    workers: 8,
    own: {
      wakeups: createMemoryWakeups({ clock, log: logger }),
      limits: createMemoryLimits({ clock }),
      tickets: createMemoryTickets({ clock }),
      reservations: createMemoryReservations({ share }),
    },
    clock,
    logger,
  });
}
