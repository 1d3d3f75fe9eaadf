/** Time. `nowMs` is Unix time and may jump; `monotonicMs` only moves forward, from an arbitrary zero. */
export interface Clock {
  nowMs(): number;
  monotonicMs(): number;
  /** Calls `run` once after `delayMs`; the returned function takes it back. Timers MUST NOT keep the process alive. */
  after(delayMs: number, run: () => void): () => void;
}
