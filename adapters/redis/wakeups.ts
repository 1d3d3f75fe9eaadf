import type { Clock } from "../../src/ports/clock.js";
import type { Health } from "../../src/ports/health.js";
import type { Logger } from "../../src/ports/logger.js";
import type { Wakeups } from "../../src/ports/wakeups.js";
import type { Breaker } from "./breaker.js";
import type { Connections } from "./connections.js";
import { createWakeupQueues, poolOf, StoppedError } from "./wakeup-queues.js";

export interface RedisWakeupsOptions {
  connections: Connections;
  breaker: Breaker;
  prefix: string;
  /** Readers of a pool that run side by side in this process. */
  workers: number;
  /** The scheduler of this process: keeps each reader to one run at a time, and continues alone while Redis is down. */
  own: Wakeups;
  /** Pools only this process works on: waking there needs no Redis. */
  isOwnPool: (pool: string) => boolean;
  check: () => Promise<Health>;
  clock: Clock;
  logger: Logger;
}

const closeWithinMs = 1_000;

interface Told {
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * One queue per pool. A reader has two jobs at most: `now`, of which one waits while one runs, and `timer`, which only makes a `now` when it
 * is due; so a delayed wake never holds up an immediate one, and a reader never runs twice at a time.
 */
export function createRedisWakeups(options: RedisWakeupsOptions): Wakeups {
  const { breaker, own, isOwnPool, clock } = options;
  const queues = createWakeupQueues(options);
  const worked = new Set<string>();
  let gathered = new Set<string>();

  /** All wakes of a turn of the event loop go to Redis together. */
  function wakeNow(reader: string): void {
    if (gathered.size === 0) setImmediate(send);
    gathered.add(reader);
  }

  function send(): void {
    const readers = gathered;
    gathered = new Set();
    const byPool = new Map<string, string[]>();
    for (const reader of readers) {
      const pool = poolOf(reader);
      byPool.set(pool, [...(byPool.get(pool) ?? []), reader]);
    }
    for (const [pool, some] of byPool) {
      breaker
        .run(() => queues.addNow(pool, some))
        .catch(() => {
          for (const reader of some) wakeHere(reader);
        });
    }
  }

  /** Redis is down: this process runs its own readers itself; the owners' sweeps find the rest. */
  function wakeHere(reader: string, delayMs?: number): void {
    if (worked.has(poolOf(reader))) own.wake(reader, delayMs === undefined ? {} : { delayMs });
  }

  const work: Wakeups["work"] = (pool, handler) => {
    const waiting = new Map<string, Told[]>();
    worked.add(pool);
    /** Callers that wait for this run learn how it ended; Redis then schedules the next run, not this process. */
    const stopOwn = own.work(pool, async (reader) => {
      const told = waiting.get(reader) ?? [];
      waiting.delete(reader);
      try {
        await handler(reader, { isOwn: told.length === 0 });
        for (const { resolve } of told) resolve();
      } catch (error) {
        if (told.length === 0) throw error;
        for (const { reject } of told) reject(error);
      }
    });
    let isStopping = false;
    const run = (reader: string) =>
      new Promise<void>((resolve, reject) => {
        if (isStopping) return reject(new StoppedError());
        waiting.set(reader, [...(waiting.get(reader) ?? []), { resolve, reject }]);
        own.wake(reader);
      });
    const worker = queues.openWorker(pool, run);
    return async () => {
      isStopping = true;
      worked.delete(pool);
      const closing = closed(worker);
      await stopOwn();
      // Jobs that were taken but not started: Redis gives them to another process.
      for (const { reject } of [...waiting.values()].flat()) reject(new StoppedError());
      await closing;
    };
  };

  /** Waits for runs under way; a hanging Redis does not block the stop. */
  async function closed(worker: { close(): Promise<void> }): Promise<void> {
    const closing = worker.close();
    closing.catch(() => {});
    if (!breaker.isOpen) return closing;
    await Promise.race([closing, new Promise<void>((resolve) => clock.after(closeWithinMs, resolve))]);
  }

  return {
    wake(reader, { delayMs = 0 } = {}) {
      if (isOwnPool(poolOf(reader)) && worked.has(poolOf(reader))) {
        own.wake(reader, { delayMs });
        return;
      }
      if (delayMs <= 0) return wakeNow(reader);
      const dueMs = clock.nowMs() + delayMs;
      breaker.run(() => queues.addTimer(reader, dueMs)).catch(() => wakeHere(reader, delayMs));
    },
    work,
    check: options.check,
  };
}
