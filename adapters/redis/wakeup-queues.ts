import { type Job, Queue, Worker } from "bullmq";
import type { Clock } from "../../src/ports/clock.js";
import type { Logger } from "../../src/ports/logger.js";
import { createSerialWork } from "../kit/serial-work.js";
import type { Connections } from "./connections.js";

/** A job names a reader. Its work is in the log. */
interface Wake {
  reader: string;
}

/** A reader was not run, because this process stops. */
export class StoppedError extends Error {}

/** A dead worker's run is taken up by another within the lock and two checks: 8 s. */
const lockMs = 4_000;
const stalledCheckMs = 2_000;
const firstRetryMs = 100;
const maxRetryMs = 30_000;
/** BullMQ wants a number; a wake is tried until it succeeds. */
const forEver = 1_000_000;

/** The queues in Redis, one per pool. A reader has two jobs at most: `now`, of which one waits while one runs, and `timer`, which only makes a `now` when it is due. */
export interface WakeupQueues {
  /** Wakes readers of one pool. Rejects where Redis does not answer. */
  addNow(pool: string, readers: readonly string[]): Promise<void>;
  /** Wakes a reader at `dueMs` (Unix time). The earliest counts: a timer that is due before is left as it is, a later one is brought forward. */
  addTimer(reader: string, dueMs: number): Promise<void>;
  /** Takes jobs of a pool, at most `workers` at a time. A `run` that rejects is tried again, here or elsewhere. */
  openWorker(pool: string, run: (reader: string) => Promise<void>): { close(): Promise<void> };
}

export function createWakeupQueues(options: {
  connections: Connections;
  prefix: string;
  workers: number;
  clock: Clock;
  logger: Logger;
}): WakeupQueues {
  const { connections, prefix, workers, clock, logger } = options;
  const queues = new Map<string, Queue<Wake>>();
  /** Two timers of a reader at the same moment would each find none, and the last one would stand. */
  const timers = createSerialWork();

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

  async function setTimer(reader: string, dueMs: number): Promise<void> {
    const queue = queueOf(poolOf(reader));
    const id = timerId(reader);
    const jobId = await queue.getDeduplicationJobId(id);
    const score = jobId ? await connections.commands.zscore(queue.toKey("delayed"), jobId) : null;
    if (score !== null && Number(score) / delayedScoreUnit <= dueMs) return;
    const delay = Math.max(1, dueMs - clock.nowMs());
    const deduplication = { id, keepLastIfActive: true, reschedule: true };
    await queue.add("timer", { reader }, { delay, deduplication });
  }

  const addNow: WakeupQueues["addNow"] = async (pool, readers) => {
    await queueOf(pool).addBulk(readers.map(nowJob));
  };

  function openWorker(pool: string, run: (reader: string) => Promise<void>): Worker<Wake> {
    const process = async ({ name, data }: Job<Wake>) =>
      name === "timer" ? addNow(pool, [data.reader]) : run(data.reader);
    const worker = new Worker<Wake>(pool, process, {
      connection: connections.workers,
      prefix,
      concurrency: workers,
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

  return { addNow, addTimer: (reader, dueMs) => timers.inTurn(reader, () => setTimer(reader, dueMs)), openWorker };
}

/** The pool a reader belongs to: what stands before the first slash of its name. */
export function poolOf(reader: string): string {
  const slash = reader.indexOf("/");
  return slash === -1 ? reader : reader.slice(0, slash);
}

/** BullMQ keeps the due time of a delayed job in the upper bits of its score. */
const delayedScoreUnit = 0x1000;

const timerId = (reader: string): string => `${reader}/timer`;

function nowJob(reader: string) {
  return { name: "now", data: { reader }, opts: { deduplication: { id: `${reader}/now`, keepLastIfActive: true } } };
}

/** 100 ms, 200 ms, … up to 30 s. */
function retryMs(attempts: number): number {
  return Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(attempts - 1, 20));
}
