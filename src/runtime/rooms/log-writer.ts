import type { Commit } from "../../core/room/commit.js";
import type { Clock } from "../../ports/clock.js";
import type { EventLog, Head } from "../../ports/event-log.js";
import type { Ids } from "../../ports/ids.js";
import { PortError } from "../../ports/port-error.js";

/** The one set of limits for every write to the log. */
export const writeLimits = {
  /** Attempts to append the same commits while the outcome is unknown. A caller waits for them, so they are few. */
  maxAttempts: 3,
  /** Pause after a failed attempt, times the number of attempts so far. */
  retryDelayMs: 100,
  /** Lost races before a write is given up. In a fleet several processes write to a room or an inbox all the time. */
  maxConflicts: 30,
  /** Longest pause after a lost race, times the races lost so far. The first race costs no pause. */
  maxStepAsideMs: 8,
} as const;

/** One write: what to store, decided on the stream as it is now. */
export interface LogWrite<Stored extends Commit> {
  stream: string;
  /** Name of the stream in errors. Default: the stream's name. */
  label?: string;
  /**
   * The commits to append, consecutive and on top of the stream's head; none: nothing is stored. Called first with 0, and again after
   * each lost race with the number of races lost: it must then read what others wrote.
   */
  decide: (conflicts: number) => readonly Stored[] | Promise<readonly Stored[]>;
  /** Default `writeLimits.maxConflicts`. Infinity if `decide` gives up by itself. */
  maxConflicts?: number;
  /** Stops the write between two attempts. */
  signal?: AbortSignal;
}

/** Appends to the log: repeats what has an unknown outcome, and decides again after a lost race. */
export interface LogWriter {
  /**
   * Resolves with the commits that are durable; none when `decide` gave none. Rejects with what `decide` throws, and with a `PortError`:
   * `unavailable` after too many lost races (nothing was stored), `closed` when the signal aborts, or the log's own error when it is
   * permanent or outlasts the attempts; whether the last attempt was stored is then unknown.
   */
  write<Stored extends Commit>(write: LogWrite<Stored>): Promise<readonly Stored[]>;
}

/** `onRetry` hears of every attempt that failed and is repeated. */
export function createLogWriter(options: {
  eventLog: Pick<EventLog, "append">;
  clock: Clock;
  onRetry?: (stream: string, failed: { error: PortError; attempt: number }) => void;
}): LogWriter {
  const { eventLog, clock, onRetry } = options;

  /** The same commits again after an unknown outcome: their ids keep them from counting twice. */
  async function append(stream: string, commits: readonly Commit[], signal?: AbortSignal) {
    for (let attempt = 1; ; attempt++) {
      throwIfAborted(signal);
      try {
        return (await eventLog.append(stream, commits)).kind;
      } catch (error) {
        if (!(error instanceof PortError) || !error.retryable || attempt >= writeLimits.maxAttempts) throw error;
        onRetry?.(stream, { error, attempt });
        await pause(clock, writeLimits.retryDelayMs * attempt, signal);
      }
    }
  }

  return {
    async write({ stream, decide, signal, label = stream, maxConflicts = writeLimits.maxConflicts }) {
      for (let conflicts = 0; ; ) {
        throwIfAborted(signal);
        const commits = await decide(conflicts);
        if (commits.length === 0) return commits;
        if ((await append(stream, commits, signal)) === "appended") return commits;
        conflicts += 1;
        if (conflicts > maxConflicts) throw lostEveryRace(label);
        await pause(clock, stepAsideMs(conflicts, commits[0]?.id ?? ""), signal);
      }
    },
  };
}

/** Others wrote first, more often than a write is repeated. `label`: name of the stream for people. */
export function lostEveryRace(label: string): PortError {
  return new PortError(`others kept writing to ${label} first; nothing was stored, try again`, {
    code: "unavailable",
    retryable: true,
  });
}

/** Commits that follow `head`, one for each group of events. */
export function commitsAfter<Event extends { type: string }>(
  head: Head | undefined,
  groups: readonly Event[][],
  { ids, nowMs, by }: { ids: Ids; nowMs: number; by: string },
): Commit<Event>[] {
  let { version, id: parent } = head ?? { version: 0, id: "" };
  return groups.map((events) => {
    version += 1;
    const commit = { id: ids.next(), version, parent, at: nowMs, by, events };
    parent = commit.id;
    return commit;
  });
}

/** Two writers that lost to each other in step would do so again. The pause is random because the commit's id is. */
function stepAsideMs(conflicts: number, id: string): number {
  return conflicts < 2 ? 0 : shareOf(id) * writeLimits.maxStepAsideMs * conflicts;
}

/** Between 0 and 1, the same for the same text. */
function shareOf(text: string): number {
  let sum = 0;
  for (const character of text) sum = (Math.imul(sum, 31) + character.charCodeAt(0)) | 0;
  return (sum >>> 0) / 2 ** 32;
}

async function pause(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  if (delayMs === 0) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      cancel();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.after(delayMs, done);
    signal?.addEventListener("abort", done);
  });
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new PortError("the write was stopped", { code: "closed", retryable: false });
}
