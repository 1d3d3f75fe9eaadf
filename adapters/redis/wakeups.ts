import { type Job, Queue, Worker } from "bullmq";
import type { Clock } from "../../src/ports/clock.js";
import type { Health } from "../../src/ports/health.js";
import type { Logger } from "../../src/ports/logger.js";
import type { Wakeups } from "../../src/ports/wakeups.js";
import type { Breaker } from "./breaker.js";
import type { Connections } from "./connections.js";

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

/** A dead worker's run is taken up by another within the lock and two checks: 8 s. */
const lockMs = 4_000;
const stalledCheckMs = 2_000;
const firstRetryMs = 100;
const maxRetryMs = 30_000;
/** BullMQ wants a number; a wake is tried until it succeeds. */
const forEver = 1_000_000;
const closeWithinMs = 1_000;

/** A job names a reader. Its work is in the log. */
interface Wake {
  reader: string;
}

interface Told {
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** A reader was not run, because this process stops. */
class StoppedError extends Error {}

/**
 * One queue a pool. A reader has two jobs at most: `now`, of which one waits while one runs, and `timer`, which only makes a `now` when it
 * is due; so a delayed wake never holds up an immediate one, and a reader never runs twice at a time.
 */
export function createRedisWakeups(options: RedisWakeupsOptions): Wakeups {
  const { connections, breaker, prefix, own, isOwnPool, clock, logger } = options;
  const queues = new Map<string, Queue<Wake>>();
  const worked = new Set<string>();
  let gathered = new Set<string>();

  function queueOf(pool: string): Queue<Wake> {
    const known = queues.get(pool);
    if (known) return known;
    const queue = new Queue<Wake>(pool, {
      connection: connections.commands,
      prefix,
      skipVersionCheck: true,
      skipWaitingForReady: true,
      skipMetasUpdate: true,
      defaultJobOptions: {
        removeOnComplete: true,
        removeOnFail: true,
        attempts: forEver,
        backoff: { type: "custom" },
      },
      streams: { events: { maxLen: 100 } },
    });
    queue.on("error", (error) => logger.debug({ pool, error }, "a queue lost Redis; it comes back by itself"));
    queues.set(pool, queue);
    return queue;
  }

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
        .run(() => queueOf(pool).addBulk(some.map(nowJob)))
        .catch(() => {
          for (const reader of some) wakeHere(reader);
        });
    }
  }

  /** Redis is down: this process runs its own readers itself; the owners' sweeps find the rest. */
  function wakeHere(reader: string, delayMs?: number): void {
    if (worked.has(poolOf(reader))) own.wake(reader, delayMs === undefined ? {} : { delayMs });
  }

  /** The earliest counts: a timer that is due before is left as it is, a later one is brought forward. */
  async function arm(reader: string, dueMs: number): Promise<void> {
    const queue = queueOf(poolOf(reader));
    const id = timerId(reader);
    const jobId = await queue.getDeduplicationJobId(id);
    const score = jobId ? await connections.commands.zscore(queue.toKey("delayed"), jobId) : null;
    if (score !== null && Number(score) / delayedScoreUnit <= dueMs) return;
    const delay = Math.max(1, dueMs - clock.nowMs());
    const deduplication = { id, keepLastIfActive: true, reschedule: true };
    await queue.add("timer", { reader }, { delay, deduplication });
  }

  function work(pool: string, handler: (reader: string) => Promise<void>): () => Promise<void> {
    const waiting = new Map<string, Told[]>();
    worked.add(pool);
    /** Callers that wait for this run learn how it ended; Redis then schedules the next run, not this process. */
    const stopOwn = own.work(pool, async (reader) => {
      const told = waiting.get(reader) ?? [];
      waiting.delete(reader);
      try {
        await handler(reader);
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
    const worker = openWorker(pool, run);
    return async () => {
      isStopping = true;
      worked.delete(pool);
      const closing = closed(worker);
      await stopOwn();
      // Jobs that were taken but not started: Redis gives them to another process.
      for (const { reject } of [...waiting.values()].flat()) reject(new StoppedError());
      await closing;
    };
  }

  function openWorker(pool: string, run: (reader: string) => Promise<void>): Worker<Wake> {
    const process = async ({ name, data }: Job<Wake>) => {
      if (name !== "timer") return run(data.reader);
      await queueOf(pool).addBulk([nowJob(data.reader)]);
    };
    const worker = new Worker<Wake>(pool, process, {
      connection: connections.workers,
      prefix,
      concurrency: options.workers,
      lockDuration: lockMs,
      stalledInterval: stalledCheckMs,
      maxStalledCount: forEver,
      runRetryDelay: 500,
      drainDelay: 2,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
      settings: { backoffStrategy: retryMs },
    });
    worker.on("error", (error) => logger.debug({ pool, error }, "a worker lost Redis; it comes back by itself"));
    worker.on("failed", (job, error) => {
      if (job?.name === "timer" || error instanceof StoppedError) return;
      const fields = { reader: job?.data.reader, failures: job?.attemptsMade, error };
      logger.warn(fields, "A reader failed and is run again later.");
    });
    return worker;
  }

  /** Waits for runs under way; a hanging Redis does not block the stop. */
  async function closed(worker: Worker<Wake>): Promise<void> {
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
      breaker.run(() => arm(reader, dueMs)).catch(() => wakeHere(reader, delayMs));
    },
    work,
    check: options.check,
  };
}

/** BullMQ keeps the due time of a delayed job in the upper bits of its score. */
const delayedScoreUnit = 0x1000;

const timerId = (reader: string): string => `${reader}/timer`;

function nowJob(reader: string) {
  return { name: "now", data: { reader }, opts: { deduplication: { id: `${reader}/now`, keepLastIfActive: true } } };
}

function poolOf(reader: string): string {
  const slash = reader.indexOf("/");
  return slash === -1 ? reader : reader.slice(0, slash);
}

/** 100 ms, 200 ms, … up to 30 s. */
function retryMs(attempts: number): number {
  return Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(attempts - 1, 20));
}
