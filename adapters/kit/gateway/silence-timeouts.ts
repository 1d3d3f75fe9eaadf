/** Timeout of silent calls per caller. A retry after a silence gets only the rest of the time. */
export interface SilenceTimeouts {
  /** Silence allowed to the caller's next call, in ms. 0: the limit is reached, and the count restarts with the next call. */
  leftMs(caller: string): number;
  wasSilent(caller: string, forMs: number): void;
  answered(caller: string): void;
}

/** Share of the idle timeout for all attempts of one call together. With 60 s this leaves 6 of 90 s for the pauses in between. */
const allTries = 1.4;
/** Multiple of the idle timeout after which a silence belongs to another call. */
const forgotten = 5;
const maxCallers = 1_000;

export function createSilenceTimeouts({
  idleTimeoutMs,
  nowMs,
}: {
  idleTimeoutMs: number;
  nowMs: () => number;
}): SilenceTimeouts {
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
