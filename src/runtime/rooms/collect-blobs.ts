import type { Blobs } from "../../ports/blobs.js";
import type { Clock } from "../../ports/clock.js";
import type { Entry, EventLog } from "../../ports/event-log.js";
import type { Logger } from "../../ports/logger.js";
import type { TurnTaking } from "./turn-taking.js";

/**
 * Age of a blob before it can be collected, in milliseconds since it was last put: a day. A log has to name a blob within this time, and a name may reach
 * another process's copy of a log this late.
 */
export const blobGraceMs = 24 * 3_600_000;

/** Pause before the first collection of a process, and between two. */
const firstAfterMs = 10 * 60_000;
const everyMs = 24 * 3_600_000;
const pageSize = 200;

/** Result of one collection. `unreadable`: streams with entries that could not be read, for which nothing was removed at all. */
export interface Collected {
  kept: number;
  removed: number;
  removedBytes: number;
  unreadable: number;
}

/** Removes files that no log names, by mark and sweep. */
export interface BlobCollection {
  /** Collects once. Rejects with a `PortError` when the log or the blobs cannot be read; nothing that a log names is removed then either. */
  run(): Promise<Collected>;
  /** Collects ten minutes from now and then daily. The returned function ends that, and waits for a collection under way. */
  start(): () => Promise<void>;
}

/** The hashes that a stream is known to name, up to `version`. */
interface Marks {
  version: number;
  names: ReadonlySet<string>;
  isReadable: boolean;
}

const noMarks: Marks = { version: 0, names: new Set(), isReadable: true };

export interface BlobCollectionOptions {
  blobs: Pick<Blobs, "list" | "remove">;
  eventLog: Pick<EventLog, "read" | "streams">;
  clock: Clock;
  logger: Logger;
  turns: TurnTaking;
}

/**
 * Every log is read, not only those of rooms: agents' journals name long results of tools, and what a later version names is kept too, because any SHA-256 in
 * an event counts as a name. A stream is read once; later collections read what was appended since.
 */
export function createBlobCollection({ blobs, eventLog, clock, logger, turns }: BlobCollectionOptions): BlobCollection {
  const known = new Map<string, Marks>();

  async function marksOf(stream: string, head: number): Promise<Marks> {
    const before = known.get(stream) ?? noMarks;
    // A stream that is shorter than it was is another one.
    let marks = before.version > head ? noMarks : before;
    while (marks.version < head) {
      await turns.next();
      const entries = await eventLog.read(stream, { after: marks.version, limit: pageSize });
      const next = withEntries(marks, entries);
      const isEnd = entries.length < pageSize || next.version === marks.version;
      marks = isEnd ? { ...next, version: Math.max(next.version, head) } : next;
    }
    // An entry that cannot be read may be mended meanwhile.
    if (marks.isReadable) known.set(stream, marks);
    return marks;
  }

  async function markAll(): Promise<{ named: (sha256: string) => boolean; unreadable: number }> {
    const all: Marks[] = [];
    for (const { stream, version } of await eventLog.streams("")) all.push(await marksOf(stream, version));
    const unreadable = all.filter(({ isReadable }) => !isReadable).length;
    return { named: (sha256) => all.some(({ names }) => names.has(sha256)), unreadable };
  }

  /** Blobs that are old enough, listed before any log is read: later puts are not among them. */
  async function listOld(putBeforeMs: number): Promise<Map<string, number>> {
    const old = new Map<string, number>();
    let after = "";
    for (;;) {
      const page = await blobs.list({ after, limit: pageSize });
      for (const { sha256, bytes, atMs } of page) if (atMs < putBeforeMs) old.set(sha256, bytes);
      if (page.length < pageSize) return old;
      after = page.at(-1)?.sha256 ?? after;
    }
  }

  async function run(): Promise<Collected> {
    const putBeforeMs = clock.nowMs() - blobGraceMs;
    const result: Collected = { kept: 0, removed: 0, removedBytes: 0, unreadable: 0 };
    const old = await listOld(putBeforeMs);
    if (old.size === 0) return result;
    const { named, unreadable } = await markAll();
    if (unreadable > 0) return { ...result, kept: old.size, unreadable };
    for (const [sha256, bytes] of old) {
      const isRemoved = !named(sha256) && (await blobs.remove(sha256, { putBeforeMs }));
      result.kept += isRemoved ? 0 : 1;
      result.removed += isRemoved ? 1 : 0;
      result.removedBytes += isRemoved ? bytes : 0;
    }
    return result;
  }

  async function runQuietly(): Promise<void> {
    try {
      const { unreadable, ...counts } = await run();
      if (unreadable > 0)
        logger.warn({ streams: unreadable }, "no file is collected: entries that cannot be read may name it");
      else if (counts.removed > 0) logger.info(counts, "files that no log names were removed");
    } catch (error) {
      logger.warn({ error }, "files could not be collected; it is tried again in a day");
    }
  }

  return { run, start: () => runDaily(clock, runQuietly) };
}

function runDaily(clock: Clock, run: () => Promise<void>): () => Promise<void> {
  let isStopped = false;
  let running = Promise.resolve();
  const next = () => {
    running = run().then(() => {
      if (!isStopped) cancel = clock.after(everyMs, next);
    });
  };
  let cancel = clock.after(firstAfterMs, next);
  return async () => {
    isStopped = true;
    cancel();
    await running;
  };
}

const sha256Within = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g;

function withEntries(marks: Marks, entries: readonly Entry[]): Marks {
  const names = new Set(marks.names);
  let { version, isReadable } = marks;
  for (const entry of entries) {
    version = Math.max(version, entry.version ?? 0);
    if (entry.kind === "unreadable") isReadable = false;
    else for (const [sha256] of JSON.stringify(entry.commit.events).matchAll(sha256Within)) names.add(sha256);
  }
  return { version, names, isReadable };
}
