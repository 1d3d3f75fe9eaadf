/** How long a caller's calls may go on being silent: who tries again after a silence does not wait as long once more. */
export interface Patience {
  /** Silence the next call of this caller may have; 0: it has been silent for too long, and what asks next begins anew. */
  leftMs(caller: string): number;
  wasSilent(caller: string, forMs: number): void;
  answered(caller: string): void;
}

/** Of the idle time-out: all the tries of one call together. With 60 s that leaves 6 of 90 for what lies between them. */
const allTries = 1.4;
/** Of the idle time-out: silences so long ago belong to another call. */
const forgotten = 5;
const maxCallers = 1_000;

export function createPatience({ idleTimeoutMs, nowMs }: { idleTimeoutMs: number; nowMs: () => number }): Patience {
  const silences = new Map<string, { ms: number; atMs: number }>();

  return {
    leftMs(caller) {
      const silence = silences.get(caller);
      if (!silence || nowMs() - silence.atMs > forgotten * idleTimeoutMs) return idleTimeoutMs;
      const leftMs = Math.min(idleTimeoutMs, allTries * idleTimeoutMs - silence.ms);
      if (leftMs <= 0) silences.delete(caller);
      return Math.max(0, leftMs);
    },
    wasSilent(caller, forMs) {
      const ms = (silences.get(caller)?.ms ?? 0) + forMs;
      silences.delete(caller);
      silences.set(caller, { ms, atMs: nowMs() });
      const [oldest] = silences.keys();
      if (silences.size > maxCallers && oldest !== undefined) silences.delete(oldest);
    },
    answered: (caller) => void silences.delete(caller),
  };
}
