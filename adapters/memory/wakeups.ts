import type { Clock } from "../../src/ports/clock.js";
import type { Logger } from "../../src/ports/logger.js";
import type { Wakeups } from "../../src/ports/wakeups.js";

interface Reader {
  readonly name: string;
  readonly pool: Pool;
  isQueued: boolean;
  isRunning: boolean;
  /** Runs in a row that threw. */
  failures: number;
  timer: { dueMs: number; cancel: () => void } | undefined;
}

interface Pool {
  readonly readers: Map<string, Reader>;
  handler: ((reader: string) => Promise<void>) | undefined;
  running: number;
  onIdle: (() => void) | undefined;
}

const firstRetryMs = 100;
const maxRetryMs = 30_000;

/** 100 ms, 200 ms, … up to 30 s. */
const retryMs = (failures: number): number => Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(failures - 1, 20));

/** The scheduler of a single process. Any number of readers run side by side; an idle one takes no memory. */
export function createMemoryWakeups(options: { clock: Clock; log: Logger }): Wakeups {
  const { clock, log } = options;
  const pools = new Map<string, Pool>();
  let queue: Reader[] = [];
  let isDrainPlanned = false;

  function poolNamed(name: string): Pool {
    let pool = pools.get(name);
    if (pool === undefined) {
      pool = { readers: new Map(), handler: undefined, running: 0, onIdle: undefined };
      pools.set(name, pool);
    }
    return pool;
  }

  function readerNamed(name: string): Reader {
    const slash = name.indexOf("/");
    const pool = poolNamed(slash === -1 ? name : name.slice(0, slash));
    let reader = pool.readers.get(name);
    if (reader === undefined) {
      reader = { name, pool, isQueued: false, isRunning: false, failures: 0, timer: undefined };
      pool.readers.set(name, reader);
    }
    return reader;
  }

  function enqueue(reader: Reader): void {
    reader.timer?.cancel();
    reader.timer = undefined;
    if (reader.isQueued) return;
    reader.isQueued = true;
    if (!reader.isRunning) plan(reader);
  }

  /** All wakes of a turn of the event loop start together in the next one, so that a chain of wakes never shuts out input. */
  function plan(reader: Reader): void {
    if (reader.pool.handler === undefined) return;
    queue.push(reader);
    if (isDrainPlanned) return;
    isDrainPlanned = true;
    setImmediate(drain);
  }

  function drain(): void {
    isDrainPlanned = false;
    const readers = queue;
    queue = [];
    for (const reader of readers) start(reader);
  }

  function start(reader: Reader): void {
    const { handler } = reader.pool;
    if (handler === undefined || reader.isRunning || !reader.isQueued) return;
    reader.isQueued = false;
    reader.isRunning = true;
    reader.pool.running += 1;
    void run(reader, handler);
  }

  async function run(reader: Reader, handler: (reader: string) => Promise<void>): Promise<void> {
    try {
      await handler(reader.name);
      reader.failures = 0;
    } catch (error) {
      reader.failures += 1;
      log.warn(
        { reader: reader.name, failures: reader.failures, err: error },
        "A reader failed and is run again later.",
      );
      // A wake that came meanwhile waits with it: a reader that wakes itself and fails must not spin.
      reader.isQueued = false;
      wakeAfter(reader, retryMs(reader.failures));
    }
    ended(reader);
  }

  function ended(reader: Reader): void {
    const { pool } = reader;
    reader.isRunning = false;
    pool.running -= 1;
    if (reader.isQueued) plan(reader);
    else if (reader.timer === undefined && reader.failures === 0) pool.readers.delete(reader.name);
    if (pool.running === 0) pool.onIdle?.();
  }

  function wakeAfter(reader: Reader, delayMs: number): void {
    if (reader.isQueued) return;
    const dueMs = clock.monotonicMs() + delayMs;
    if (reader.timer !== undefined && reader.timer.dueMs <= dueMs) return;
    reader.timer?.cancel();
    reader.timer = { dueMs, cancel: clock.after(delayMs, () => enqueue(reader)) };
  }

  function work(name: string, handler: (reader: string) => Promise<void>): () => Promise<void> {
    const pool = poolNamed(name);
    if (pool.handler !== undefined) throw new Error(`pool ${name} has a handler already`);
    pool.handler = handler;
    for (const reader of pool.readers.values()) if (reader.isQueued && !reader.isRunning) plan(reader);
    return () => {
      if (pool.handler === handler) pool.handler = undefined;
      if (pool.running === 0) return Promise.resolve();
      return new Promise((resolve) => {
        const before = pool.onIdle;
        pool.onIdle = () => {
          pool.onIdle = undefined;
          before?.();
          resolve();
        };
      });
    };
  }

  return {
    wake(name, wakeOptions) {
      const reader = readerNamed(name);
      const delayMs = wakeOptions?.delayMs ?? 0;
      if (delayMs > 0) wakeAfter(reader, delayMs);
      else enqueue(reader);
    },
    work,
    check: async () => ({ ok: true }),
  };
}
