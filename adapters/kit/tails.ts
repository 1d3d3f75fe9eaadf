import type { Entry } from "../../src/ports/event-log.js";

/** Entries that were just committed: parsed once, when the first tail wants them. */
export interface Batch {
  first: number;
  last: number;
  /** Characters of their stored text. */
  chars: number;
  entries(): Entry[];
}

interface Follower {
  batches: Batch[];
  buffered: number;
  bufferedChars: number;
  /** Highest version that was handed over or is kept for it. */
  reached: number;
  /** The tail has to catch up from the log: it needs older commits, or its buffer overflowed. */
  isBehind: boolean;
  wake: () => void;
}

/** One look of a follower: what it has seen, and what ends it. */
interface Turn {
  follower: Follower;
  after: number;
  signal: AbortSignal;
}

/** Maximum entries kept for a consumer that does not read. */
const maxBuffered = 256;
/** Maximum characters of stored text kept for such a consumer, and read for it at once. */
export const maxBufferedChars = 1_024 * 1_024;

/** Followers of streams as they grow, in one process. */
export interface Tails {
  /** Hands a committed batch to everyone who follows the stream. */
  publish(stream: string, batch: Batch): void;
  /** The stream grew elsewhere up to this version: everyone who follows it and has less reads the log. */
  moved(stream: string, version: number): void;
  /** Names of the streams that somebody follows. */
  followed(): string[];
  follow(stream: string, after: number, signal: AbortSignal): AsyncGenerator<Entry[], void>;
  /** Ends all. */
  close(): void;
  isClosed(): boolean;
}

/** `read` gives a page of what follows `after`, at most `maxBuffered` entries; it may give up, with an empty page, when `signal` aborts. */
export function createTails(read: (stream: string, after: number, signal: AbortSignal) => Promise<Entry[]>): Tails {
  const followers = new Map<string, Set<Follower>>();
  let isClosed = false;

  function add(stream: string, reached: number): Follower {
    const wake = () => undefined;
    const follower: Follower = { batches: [], buffered: 0, bufferedChars: 0, reached, isBehind: true, wake };
    const ofStream = followers.get(stream) ?? new Set();
    followers.set(stream, ofStream.add(follower));
    return follower;
  }

  function remove(stream: string, follower: Follower): void {
    const ofStream = followers.get(stream);
    ofStream?.delete(follower);
    if (ofStream?.size === 0) followers.delete(stream);
  }

  async function next(stream: string, { follower, after, signal }: Turn): Promise<Entry[]> {
    if (!follower.isBehind) return takeBatches(follower, after);
    follower.isBehind = false;
    const page = await read(stream, after, signal);
    follower.isBehind ||= page.length > 0 && follower.batches.length === 0;
    return page;
  }

  return {
    publish(stream, batch) {
      for (const follower of followers.get(stream) ?? []) {
        keep(follower, batch);
        follower.wake();
      }
    },
    moved(stream, version) {
      for (const follower of followers.get(stream) ?? []) {
        if (version <= follower.reached) continue;
        follower.isBehind = true;
        empty(follower);
        follower.wake();
      }
    },
    followed: () => [...followers.keys()],
    async *follow(stream, after, signal) {
      const follower = add(stream, after);
      const wake = () => follower.wake();
      signal.addEventListener("abort", wake);
      let last = after;
      try {
        while (!signal.aborted && !isClosed) {
          const entries = await next(stream, { follower, after: last, signal });
          last = entries.at(-1)?.version ?? last;
          follower.reached = Math.max(follower.reached, last);
          if (signal.aborted || isClosed) return;
          if (entries.length > 0) yield entries;
          else if (!follower.isBehind && follower.batches.length === 0) await sleep(follower, signal);
        }
      } finally {
        signal.removeEventListener("abort", wake);
        remove(stream, follower);
      }
    },
    isClosed: () => isClosed,
    close() {
      isClosed = true;
      for (const ofStream of followers.values()) for (const { wake } of ofStream) wake();
    },
  };
}

function keep(follower: Follower, batch: Batch): void {
  if (follower.isBehind) return;
  follower.buffered += batch.last - batch.first + 1;
  follower.bufferedChars += batch.chars;
  follower.reached = batch.last;
  follower.batches.push(batch);
  if (follower.buffered <= maxBuffered && follower.bufferedChars <= maxBufferedChars) return;
  follower.isBehind = true;
  empty(follower);
}

function empty(follower: Follower): void {
  follower.batches = [];
  follower.buffered = 0;
  follower.bufferedChars = 0;
}

/** The commits after `after` without a gap. If the next batch does not join on, the log is read. */
function takeBatches(follower: Follower, after: number): Entry[] {
  const { batches } = follower;
  empty(follower);
  const taken: Entry[] = [];
  let last = after;
  for (const batch of batches) {
    if (batch.last <= last) continue;
    if (batch.first > last + 1) {
      follower.isBehind = true;
      break;
    }
    taken.push(...batch.entries().filter((entry) => (entry.version ?? 0) > last));
    last = batch.last;
  }
  return taken;
}

function sleep(follower: Follower, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    follower.wake = resolve;
  });
}
