import type { Clock } from "../../src/ports/clock.js";
import type { Logger } from "../../src/ports/logger.js";
import type { Wakeups } from "../../src/ports/wakeups.js";
import {
  atRest,
  isAtRest,
  isStartable,
  type ReaderState,
  runFailed,
  runStarted,
  runSucceeded,
  wokenAt,
  wokenNow,
} from "./reader-state.js";

interface Reader {
  readonly name: string;
  readonly pool: Pool;
  state: ReaderState;
  cancelTimer: () => void;
}

interface Pool {
  readonly readers: Map<string, Reader>;
  handler: ((reader: string) => Promise<void>) | undefined;
  running: number;
  onIdle: (() => void) | undefined;
}

/** The scheduler of a single process. Any number of readers run side by side; an idle one takes no memory. */
export function createMemoryWakeups(options: { clock: Clock; log: Logger }): Wakeups {
  const { clock, log } = options;
  const pools = new Map<string, Pool>();
  const planned = createTurns(start);

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
    return pool.readers.get(name) ?? { name, pool, state: atRest, cancelTimer: () => {} };
  }

  /** What follows from a reader's next state: its timer, its place among those that start next, whether it is kept. */
  function change(reader: Reader, next: ReaderState): void {
    const { state: before, pool } = reader;
    reader.state = next;
    if (next.dueMs !== before.dueMs) {
      reader.cancelTimer();
      const wake = () => change(reader, wokenNow(reader.state));
      reader.cancelTimer = next.dueMs === undefined ? () => {} : clock.after(next.dueMs - clock.monotonicMs(), wake);
    }
    if (isStartable(next) && !isStartable(before) && pool.handler) planned.add(reader);
    if (isAtRest(next)) pool.readers.delete(reader.name);
    else pool.readers.set(reader.name, reader);
  }

  function start(reader: Reader): void {
    const { handler } = reader.pool;
    if (handler === undefined || !isStartable(reader.state)) return;
    change(reader, runStarted(reader.state));
    reader.pool.running += 1;
    void run(reader, handler);
  }

  async function run(reader: Reader, handler: (reader: string) => Promise<void>): Promise<void> {
    try {
      await handler(reader.name);
      change(reader, runSucceeded(reader.state));
    } catch (error) {
      change(reader, runFailed(reader.state, clock.monotonicMs()));
      const { failures } = reader.state;
      log.warn({ reader: reader.name, failures, err: error }, "A reader failed and is run again later.");
    }
    reader.pool.running -= 1;
    if (reader.pool.running === 0) reader.pool.onIdle?.();
  }

  function work(name: string, handler: (reader: string) => Promise<void>): () => Promise<void> {
    const pool = poolNamed(name);
    if (pool.handler !== undefined) throw new Error(`pool ${name} has a handler already`);
    pool.handler = handler;
    for (const reader of pool.readers.values()) if (isStartable(reader.state)) planned.add(reader);
    return () => {
      if (pool.handler === handler) pool.handler = undefined;
      return untilIdle(pool);
    };
  }

  return {
    wake(name, { delayMs = 0 } = {}) {
      const reader = readerNamed(name);
      const { state } = reader;
      change(reader, delayMs > 0 ? wokenAt(state, clock.monotonicMs() + delayMs) : wokenNow(state));
    },
    work,
    check: async () => ({ ok: true }),
  };
}

/** All wakes of a turn of the event loop start together in the next one, so that a chain of wakes never shuts out input. */
function createTurns(start: (reader: Reader) => void): { add(reader: Reader): void } {
  let next: Reader[] = [];
  function drain(): void {
    const readers = next;
    next = [];
    for (const reader of readers) start(reader);
  }
  return {
    add(reader) {
      if (next.length === 0) setImmediate(drain);
      next.push(reader);
    },
  };
}

function untilIdle(pool: Pool): Promise<void> {
  if (pool.running === 0) return Promise.resolve();
  return new Promise((resolve) => {
    const before = pool.onIdle;
    pool.onIdle = () => {
      pool.onIdle = undefined;
      before?.();
      resolve();
    };
  });
}
