import type { Commit } from "../../core/room/commit.js";
import { applyUnreadable } from "../../core/room/fold.js";
import type { Clock } from "../../ports/clock.js";
import type { EventLog } from "../../ports/event-log.js";
import type { Ids } from "../../ports/ids.js";
import { PortError } from "../../ports/port-error.js";
import { type AccessEvent, type AccessState, applyAccessCommit, dropExpired, emptyAccess } from "./credential-state.js";

/** The stream `access`, folded in memory. */
export interface AccessLog {
  readonly state: AccessState;
  /** Reads what was written, here and at other processes, unless a read that began at most `maxAgeMs` ago is there already. */
  refresh(maxAgeMs: number): Promise<void>;
  /**
   * Stores what `decide` gives, durable when it resolves; nothing given, nothing stored. `decide` sees everything written before it, and is
   * asked again when another process wrote first. Rejects with a `PortError` when the log cannot be written.
   */
  append(decide: (state: AccessState) => readonly AccessEvent[]): Promise<void>;
}

const stream = "access";
const pageSize = 500;
const maxPageChars = 4 * 1_024 * 1_024;
/** Lost races after which a write is given up. */
const maxConflicts = 30;
/** Tries to append a commit whose outcome is unknown. */
const maxTries = 5;
const retryDelayMs = 100;

/** Where the stream of credentials is, and how it is written. */
export interface AccessLogOptions {
  eventLog: EventLog;
  clock: Clock;
  ids: Ids;
}

/** The stream `access`, folded in memory and brought up to date before each read that must be fresh. */
export function createAccessLog({ eventLog, clock, ids }: AccessLogOptions): AccessLog {
  const state = emptyAccess();
  /** Monotonic ms at which the last read that ended well began. */
  let readAtMs: number | undefined;
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  let writing: Promise<unknown> = Promise.resolve();

  async function read(): Promise<void> {
    const startMs = clock.monotonicMs();
    // Asking for the head makes a log that keeps a copy read what other processes wrote.
    const head = await eventLog.head(stream);
    let after = state.version;
    while (head && head.version > after) {
      const entries = await eventLog.read(stream, { after, limit: pageSize, maxChars: maxPageChars });
      const before = after;
      for (const entry of entries) {
        if (entry.kind === "commit") applyAccessCommit(state, entry.commit);
        else applyUnreadable(state, entry.version);
        after = Math.max(after, entry.version ?? 0);
      }
      dropExpired(state, clock.nowMs());
      if (after === before) break;
    }
    readAtMs = startMs;
  }

  /** Callers that ask while a read runs share the one after it. */
  function refresh(maxAgeMs: number): Promise<void> {
    if (readAtMs !== undefined && clock.monotonicMs() - readAtMs < maxAgeMs) return Promise.resolve();
    if (!running) {
      running = read().finally(() => {
        running = undefined;
      });
      return running;
    }
    const again = () => {
      next = undefined;
      return refresh(0);
    };
    next ??= running.then(again, again);
    return next;
  }

  async function write(decide: (state: AccessState) => readonly AccessEvent[]): Promise<void> {
    for (let conflicts = 0; conflicts < maxConflicts; conflicts++) {
      await refresh(0);
      const events = decide(state);
      if (events.length === 0) return;
      const at = clock.nowMs();
      const commit: Commit = {
        id: ids.next(),
        version: state.version + 1,
        parent: state.commitId,
        at,
        by: "parley",
        events: [...events],
      };
      if (await isStored(commit)) return applyAccessCommit(state, commit);
      if (conflicts > 0) await new Promise<void>((resolve) => clock.after(conflicts, resolve));
    }
    throw new PortError(`others kept writing to ${stream} first; nothing was stored`, {
      code: "unavailable",
      retryable: true,
    });
  }

  /** Retries the same commit after an unknown outcome. Its id keeps it from counting twice. */
  async function isStored(commit: Commit): Promise<boolean> {
    for (let tries = 1; ; tries++) {
      try {
        return (await eventLog.append(stream, [commit])).kind === "appended";
      } catch (error) {
        if (!(error instanceof PortError) || !error.retryable || tries >= maxTries) throw error;
        await new Promise<void>((resolve) => clock.after(retryDelayMs * tries, resolve));
      }
    }
  }

  return {
    state,
    refresh,
    append(decide) {
      const written = writing.then(() => write(decide));
      writing = written.catch(() => {});
      return written;
    },
  };
}
