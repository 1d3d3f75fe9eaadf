import type { Clock } from "../../src/ports/clock.js";

/** Longest delay of a Node timer; more would fire at once. */
const maxDelayMs = 2 ** 31 - 1;

/** The machine's time. Delays beyond 24 days are cut to 24 days. */
export function createSystemClock(): Clock {
  return {
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    after(delayMs, run) {
      const timer = setTimeout(run, Math.min(delayMs, maxDelayMs));
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}
