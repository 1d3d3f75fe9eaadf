import type { Commit } from "../../core/room/commit.js";
import { applyUnreadable } from "../../core/room/fold.js";
import {
  applySpendingCommit,
  emptySpending,
  type SpendingEvent,
  type SpendingState,
  spendingFromJson,
  spendingToJson,
} from "../../core/values/installation-spending.js";
import type { Clock } from "../../ports/clock.js";
import type { EventLog } from "../../ports/event-log.js";
import type { Ids } from "../../ports/ids.js";
import type { Snapshots } from "../../ports/snapshots.js";
import { commitsAfter, createLogWriter } from "./log-writer.js";

/** The stream `spending`: what model calls of all rooms used, and the switch that stops them. */
export interface SpendingLedger {
  /**
   * The state as it is in the log, or, where other processes write to it, as a read that began at most `maxAgeMs` ago (default 0) saw it. MUST NOT be
   * changed. Rejects with a `PortError` when the log cannot be read.
   */
  state(options?: { maxAgeMs?: number }): Promise<SpendingState>;
  /** Stores what one call used. Durable when it resolves; rejects with a `PortError` when the log cannot be written. */
  record(spent: Omit<Extract<SpendingEvent, { type: "spending.recorded" }>, "type">): Promise<void>;
  /** Stops all spending. Durable when it resolves, and from then on holds in every process. False: it was stopped already. */
  stop(stop: { by: string; reason: string }): Promise<boolean>;
  /** Ends the stop. False: spending was not stopped. */
  resume(by: string): Promise<boolean>;
}

/** Parts that the ledger needs. */
export interface SpendingLedgerOptions {
  eventLog: EventLog;
  snapshots: Snapshots;
  clock: Clock;
  ids: Ids;
  /** True where other processes write to the same log. */
  isShared: boolean;
}

/** Name of the stream. */
export const spendingStream = "spending";
const snapshotSchema = "spending-1";
const snapshotEvery = 500;
const pageSize = 500;
const maxPageChars = 4 * 1_024 * 1_024;

interface Pending {
  /** Undefined: there is nothing to store. */
  decide: (state: SpendingState) => SpendingEvent | undefined;
  resolve: (isStored: boolean) => void;
  reject: (error: unknown) => void;
}

/** The stream folded in memory. What comes in while an append runs goes into the next one together. */
export function createSpendingLedger(options: SpendingLedgerOptions): SpendingLedger {
  const { eventLog, snapshots, clock, ids, isShared } = options;
  const writer = createLogWriter({ eventLog, clock });
  let state: SpendingState | undefined;
  let snapshotVersion = 0;
  let readAtMs = Number.NEGATIVE_INFINITY;
  let reading: Promise<unknown> = Promise.resolve();
  let queue: Pending[] = [];
  let isWriting = false;

  async function load(): Promise<SpendingState> {
    const stored = await snapshots.get(spendingStream, snapshotSchema);
    snapshotVersion = stored?.version ?? 0;
    return stored ? spendingFromJson(stored.state) : emptySpending();
  }

  async function read(): Promise<SpendingState> {
    const startMs = clock.monotonicMs();
    const known = state ?? (await load());
    // Asking for the head makes a log that keeps a copy read what other processes wrote.
    const head = await eventLog.head(spendingStream);
    let after = known.version;
    while (head && head.version > after) {
      const entries = await eventLog.read(spendingStream, { after, limit: pageSize, maxChars: maxPageChars });
      const before = after;
      for (const entry of entries) {
        if (entry.kind === "commit") applySpendingCommit(known, entry.commit);
        else applyUnreadable(known, entry.version);
        after = Math.max(after, entry.version ?? 0);
      }
      if (after === before) break;
    }
    state = known;
    readAtMs = startMs;
    keepSnapshot(known);
    return known;
  }

  /** A cache: one that could not be kept costs time at the next start. */
  function keepSnapshot(known: SpendingState): void {
    if (known.version - snapshotVersion < snapshotEvery) return;
    snapshotVersion = known.version;
    const { version, commitId } = known;
    const snapshot = { schema: snapshotSchema, version, commitId, open: false, state: spendingToJson(known) };
    snapshots.put(spendingStream, snapshot).catch(() => {});
  }

  /** One read at a time; a caller never gets the outcome of a read that began before it asked. */
  function refreshed(maxAgeMs: number): Promise<SpendingState> {
    const askedMs = clock.monotonicMs();
    const isGood = () => state && (!isShared || askedMs - readAtMs < maxAgeMs || readAtMs > askedMs);
    if (state && isGood()) return Promise.resolve(state);
    const next = reading.then(() => (state && isGood() ? state : read()));
    reading = next.catch(() => {});
    return next;
  }

  async function writeAll(): Promise<void> {
    isWriting = true;
    while (queue.length > 0) {
      const batch = queue;
      queue = [];
      await writeBatch(batch);
    }
    isWriting = false;
  }

  async function writeBatch(batch: readonly Pending[]): Promise<void> {
    let stored = new Set<Pending>();
    try {
      const commits = await writer.write({
        stream: spendingStream,
        decide: async () => {
          const known = await refreshed(0);
          const decided = batch.map((pending) => ({ pending, event: pending.decide(known) }));
          const meant = decided.flatMap(({ pending, event }) => (event ? [{ pending, event }] : []));
          stored = new Set(meant.map(({ pending }) => pending));
          if (meant.length === 0) return [];
          const head = { version: known.version, id: known.commitId };
          const events = meant.map(({ event }) => event);
          return commitsAfter<SpendingEvent>(head, [events], { ids, nowMs: clock.nowMs(), by: "parley" });
        },
      });
      if (state) for (const commit of commits) applySpendingCommit(state, commit satisfies Commit);
      for (const pending of batch) pending.resolve(stored.has(pending));
    } catch (error) {
      // The log may hold a commit whose outcome is unknown here.
      state = undefined;
      for (const pending of batch) pending.reject(error);
    }
  }

  function append(decide: Pending["decide"]): Promise<boolean> {
    return new Promise((resolve, reject) => {
      queue.push({ decide, resolve, reject });
      if (!isWriting) void writeAll();
    });
  }

  return {
    state: ({ maxAgeMs = 0 } = {}) => refreshed(maxAgeMs),
    record: async (spent) => {
      await append(() => ({ type: "spending.recorded", ...spent }));
    },
    stop: (given) => append((known) => (known.stop ? undefined : { type: "spending.stopped", ...given })),
    resume: (by) => append((known) => (known.stop ? { type: "spending.resumed", by } : undefined)),
  };
}
