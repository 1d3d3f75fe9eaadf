import type { Commit } from "../../src/core/room/commit.js";
import type { Entry, EventLog, Head } from "../../src/ports/event-log.js";
import { firstValidWins } from "./first-valid-wins.js";

export interface Forgetting {
  /** From 0 up to 1. */
  random: () => number;
  /** How often a batch with a wrong parent is stored all the same. */
  staleRate: number;
  /** How often a batch is stored twice. */
  duplicateRate: number;
  /** How often the answer to an append that was stored is an error. */
  lostAnswerRate: number;
}

/**
 * A log over a server that forgets its guard, as stream servers do in a crash: raw entries come twice and stale batches get in. Readers get
 * everything, in the order it lies there. `append` reads back and says `appended` only to winners.
 */
export function createForgetfulEventLog(options: Forgetting): EventLog {
  const { random, staleRate, duplicateRate, lostAnswerRate } = options;
  const streams = new Map<string, { version: number; text: string }[]>();
  let changed: () => void = () => undefined;
  let change = nextChange();

  function nextChange(): Promise<void> {
    return new Promise((resolve) => {
      changed = resolve;
    });
  }

  const raw = (stream: string) => streams.get(stream) ?? [];
  const entriesOf = (stream: string): Entry[] =>
    raw(stream).map(({ version, text }) => ({ kind: "commit", version, commit: JSON.parse(text) as Commit }));
  const headOf = (stream: string): Head | undefined => {
    const last = firstValidWins(entriesOf(stream)).at(-1);
    return last && { version: last.version, id: last.id };
  };
  const won = (stream: string, commits: readonly Commit[]): boolean => {
    const ids = new Set(firstValidWins(entriesOf(stream)).map(({ id }) => id));
    return commits.every(({ id }) => ids.has(id));
  };

  function store(stream: string, commits: readonly Commit[]): void {
    const stored = commits.map((commit) => ({ version: commit.version, text: JSON.stringify(commit) }));
    streams.set(stream, [...raw(stream), ...stored, ...(random() < duplicateRate ? stored : [])]);
    changed();
    change = nextChange();
  }

  const log: EventLog = {
    async append(stream, commits) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (won(stream, commits)) return { kind: "appended" };
      const isStale = commits[0]?.parent !== (headOf(stream)?.id ?? "");
      if (isStale && random() >= staleRate) return { kind: "conflict", head: headOf(stream) };
      store(stream, commits);
      if (random() < lostAnswerRate) throw new Error("the answer was lost");
      return won(stream, commits) ? { kind: "appended" } : { kind: "conflict", head: headOf(stream) };
    },
    async read(stream, { after = 0, before = Number.MAX_SAFE_INTEGER, limit = 500, reverse = false } = {}) {
      const found = entriesOf(stream).filter(({ version }) => (version ?? 0) > after && (version ?? 0) < before);
      return (reverse ? found.reverse() : found).slice(0, limit);
    },
    head: async (stream) => headOf(stream),
    async *tail(stream, after, signal) {
      const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      // By position: a repeated batch is delivered twice.
      let position = raw(stream).findIndex(({ version }) => version > after);
      if (position === -1) position = raw(stream).length;
      while (!signal.aborted) {
        const next = change;
        const entries = entriesOf(stream).slice(position);
        position += entries.length;
        if (entries.length > 0) yield entries;
        else await Promise.race([next, aborted]);
      }
    },
    streams: async (prefix) =>
      [...streams.keys()]
        .filter((stream) => stream.startsWith(prefix))
        .sort()
        .map((stream) => ({ stream, ...(headOf(stream) ?? { version: 0, id: "" }) })),
    check: async () => ({ ok: true }),
  };
  return log;
}
