import { PortError } from "../../src/ports/port-error.js";

/** A queue with one reader. Items pushed before `end` or `fail` are still read; later ones are dropped. */
export interface OutputQueue<T> {
  /** Read once. A reader that leaves (`break`) ends the queue. */
  readonly outputs: AsyncIterable<T>;
  /** Never waits. When `maxWaiting` items wait already the item is dropped and the queue fails with a `PortError` of code `full`. */
  push(item: T): void;
  /** Resolves once fewer than `pauseAt` items of less than `pauseAtSize` wait, or the queue has ended. A writer that can wait awaits this after each push. */
  room(): Promise<void>;
  /** True: `room` would hold a writer back. */
  readonly isFull: boolean;
  end(): void;
  /** Ends the queue too: after the last item the reader's next step throws `error`, once. */
  fail(error: Error): void;
}

export interface OutputQueueOptions<T> {
  /** Items that may wait before `room` holds a writer back. Default 1,000. */
  pauseAt?: number;
  /** Size of all waiting items, as `sizeOf` measures, from which on `room` holds a writer back. Default: none. */
  pauseAtSize?: number;
  /** Size of an item; the same each time it is asked. Default 0. */
  sizeOf?: (item: T) => number;
  /** Items that may wait at most, for writers that cannot be held back. Default 100,000. */
  maxWaiting?: number;
}

/** Read items are released at the latest when there are this many. */
const maxRead = 10_000;

/** Makes an empty queue. Its memory is bounded by `maxWaiting` items, and for writers that await `room` by `pauseAtSize` and one item, however slow the reader is. */
export function createOutputQueue<T>(options: OutputQueueOptions<T> = {}): OutputQueue<T> {
  const { pauseAt = 1_000, maxWaiting = 100_000, pauseAtSize = Number.POSITIVE_INFINITY, sizeOf = () => 0 } = options;
  /** Items from `next` on wait; those before it were read. `shift` would move all of a long array for each item. */
  let items: T[] = [];
  let next = 0;
  let waitingSize = 0;
  let finished: { error?: Error } | undefined;
  let wakeReader = () => {};
  let writers: (() => void)[] = [];

  const waiting = () => items.length - next;
  const isFull = () => !finished && (waiting() >= pauseAt || waitingSize >= pauseAtSize);

  const take = (): T => {
    const item = items[next] as T;
    next += 1;
    waitingSize -= sizeOf(item);
    if (next < items.length && next < maxRead) return item;
    items = items.slice(next);
    next = 0;
    return item;
  };

  const wakeWriters = () => {
    const woken = writers;
    writers = [];
    for (const wake of woken) wake();
  };

  const finish = (how: { error?: Error }) => {
    finished ??= how;
    wakeReader();
    wakeWriters();
  };

  async function* read(): AsyncGenerator<T, void> {
    try {
      while (true) {
        while (waiting() > 0) {
          const item = take();
          if (!isFull()) wakeWriters();
          yield item;
        }
        if (finished) break;
        await new Promise<void>((resolve) => {
          wakeReader = resolve;
        });
      }
    } finally {
      items = [];
      next = 0;
      finish({});
    }
    if (finished.error) throw finished.error;
  }

  return {
    outputs: read(),
    push(item) {
      if (finished) return;
      if (waiting() >= maxWaiting) return finish({ error: overflow(maxWaiting) });
      items.push(item);
      waitingSize += sizeOf(item);
      wakeReader();
    },
    get isFull() {
      return isFull();
    },
    async room() {
      if (!isFull()) return;
      await new Promise<void>((resolve) => writers.push(resolve));
    },
    end: () => finish({}),
    fail: (error) => finish({ error }),
  };
}

function overflow(maxWaiting: number): PortError {
  const message = `More than ${maxWaiting} outputs of the agent wait to be read; the rest was dropped. Open the agent again.`;
  return new PortError(message, { code: "full", retryable: true });
}
