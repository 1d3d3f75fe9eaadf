import type { Clock } from "../../src/ports/clock.js";

/** A clock that moves on request only. */
export interface StubClock extends Clock {
  /** Advances and runs due timers, including those set within the span. Microtasks do not run in between. */
  advance(ms: number): void;
  /** Timers that wait. */
  pending(): number;
}

export function createStubClock(startMs = 1_000_000): StubClock {
  let nowMs = startMs;
  const timers = new Set<{ dueMs: number; run: () => void }>();
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs - startMs,
    after(delayMs, run) {
      const timer = { dueMs: nowMs + delayMs, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(ms) {
      const untilMs = nowMs + ms;
      while (true) {
        const [next] = [...timers].filter(({ dueMs }) => dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs);
        if (next === undefined) break;
        timers.delete(next);
        nowMs = next.dueMs;
        next.run();
      }
      nowMs = untilMs;
    },
    pending: () => timers.size,
  };
}

/** The machine's time, for what needs no steering. */
export const realClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
