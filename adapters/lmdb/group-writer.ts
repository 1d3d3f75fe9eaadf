import type { Logger } from "../../src/ports/logger.js";
import { PortError } from "../../src/ports/port-error.js";
import type { Environment } from "./environment.js";
import { writeAsOwner } from "./owner.js";
import type { ReservedSpace, WriteSize } from "./reserved-space.js";
import { toStorageError } from "./storage-error.js";

/** One decision and the puts that follow from it. */
export interface Write<Result> {
  /** At most. */
  size: WriteSize;
  /** Decides synchronously. No other group is under way then; puts of this group cannot be read yet. */
  decide(): Decided<Result>;
}

export interface Decided<Result> {
  /** Puts into the transaction, which holds all puts of the group. MUST NOT throw: earlier puts would stay. */
  put?(): void;
  /** Runs when the group is durable; returns the result for the writer. */
  committed(): Result;
  /** Runs when nothing of the group was written. */
  failed?(): void;
}

interface Queued {
  size: WriteSize;
  decide(): Decided<void>;
  reject(error: PortError): void;
}

const maxGroupWrites = 512;
const maxGroupBytes = 4 * 1024 * 1024;

export interface GroupWriter {
  submit<Result>(write: Write<Result>): Promise<Result>;
  /** Takes no more writes and resolves when those taken are settled. */
  close(): Promise<void>;
}

/**
 * Group commit: one transaction at a time; writes submitted meanwhile are decided together in the next, so that any number of writers share a sync.
 * As nothing else is under way when a group decides, decisions need no transaction callback of lmdb-js (which costs two changes of thread): memory
 * matches the disk.
 */
export function createGroupWriter(options: {
  environment: Environment;
  space: ReservedSpace;
  epoch: number;
  log: Logger;
}): GroupWriter {
  const { environment, space, epoch, log } = options;
  const { dir } = environment;
  let queue: Queued[] = [];
  let draining: Promise<void> | undefined;
  let refusal: PortError | undefined;
  /** A full disk is logged once, not with every write it refuses. */
  let isFullTold = false;

  function takeGroup(): Queued[] {
    let bytes = 0;
    const end = queue.findIndex((write, index) => {
      bytes += write.size.bytes;
      return index > 0 && (index >= maxGroupWrites || bytes > maxGroupBytes);
    });
    const group = end === -1 ? queue : queue.slice(0, end);
    queue = end === -1 ? [] : queue.slice(end);
    return group;
  }

  async function write(group: readonly Queued[]): Promise<void> {
    let decided: Decided<void>[] = [];
    try {
      await space.reserve(sum(group));
      decided = group.map((queued) => queued.decide());
      const isOwner = await writeAsOwner(environment, epoch, () => {
        for (const { put } of decided) put?.();
      });
      if (!isOwner) {
        refusal = tookOver(dir);
        throw refusal;
      }
    } catch (thrown) {
      const error = await toStorageError(thrown, dir);
      if (error.code !== "full" || !isFullTold)
        log.error({ code: error.code, writes: group.length, err: error.cause }, error.message);
      isFullTold = error.code === "full";
      for (const { failed } of decided) failed?.();
      for (const { reject } of group) reject(error);
      return;
    }
    isFullTold = false;
    for (const { committed } of decided) committed();
  }

  async function drain(): Promise<void> {
    // Writes of one turn of the event loop's microtasks go together.
    await undefined;
    while (queue.length > 0) {
      const group = takeGroup();
      await write(group);
      // Callers whose writes just finished may write again at once: wait a turn, so that they share the next sync too.
      if (group.length > 1) await new Promise<void>((turn) => setImmediate(turn));
    }
    draining = undefined;
  }

  return {
    submit(write) {
      if (refusal !== undefined) return Promise.reject(refusal);
      return new Promise((resolve, reject) => {
        queue.push(toQueued(write, resolve, reject));
        draining ??= drain();
      });
    },
    async close() {
      refusal ??= new PortError(`The log in ${dir} is closed.`, { code: "closed", retryable: false });
      await draining;
    },
  };
}

function toQueued<Result>(
  write: Write<Result>,
  resolve: (result: Result) => void,
  reject: (error: unknown) => void,
): Queued {
  return {
    size: write.size,
    reject,
    decide() {
      try {
        const decided = write.decide();
        return { ...decided, committed: () => resolve(decided.committed()) };
      } catch (error) {
        reject(error);
        return { committed: () => undefined };
      }
    },
  };
}

function sum(group: readonly Queued[]): WriteSize {
  const total = { puts: 1, bytes: 0 };
  for (const { size } of group) {
    total.puts += size.puts;
    total.bytes += size.bytes;
  }
  return total;
}

function tookOver(dir: string): PortError {
  return new PortError(
    `Another process took over the data folder ${dir}. What was acknowledged is kept; nothing more is written from here. Stop one of the two and start again.`,
    { code: "in-use", retryable: false },
  );
}
