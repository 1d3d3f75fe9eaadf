import type { Clock } from "../../src/ports/clock.js";

/** Time that moves only on request. */
export interface ManualClock extends Clock {
  /** Moves on by `ms` and runs due timers in order, including those that are set meanwhile. Promises do not settle in between. */
  advance(ms: number): void;
  /** Moves on by `ms` while nothing runs, as for a frozen process; timers that came due meanwhile run late, once, in order. */
  freeze(ms: number): void;
  /** Milliseconds until the next timer is due; undefined when none waits. */
  untilNext(): number | undefined;
  /** Sets Unix time forward or back, as an operator or NTP would. Timers and `monotonicMs` do not notice. */
  shiftWallClock(ms: number): void;
}

interface Timer {
  dueMs: number;
  run: () => void;
  isCancelled: boolean;
}

/** Timers of the same time run in the order they were set up. `startMs` is Unix time; `monotonicMs` begins at 0. */
export function createManualClock(startMs: number): ManualClock {
  let elapsedMs = 0;
  let wallOffsetMs = startMs;
  /** By time, the next one last. */
  const timers: Timer[] = [];

  function insert(timer: Timer): void {
    let [low, high] = [0, timers.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((timers[middle]?.dueMs ?? 0) > timer.dueMs) low = middle + 1;
      else high = middle;
    }
    timers.splice(low, 0, timer);
  }

  function next(): Timer | undefined {
    while (timers.at(-1)?.isCancelled) timers.pop();
    return timers.at(-1);
  }

  return {
    nowMs: () => wallOffsetMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    after(delayMs, run) {
      const timer = { dueMs: elapsedMs + Math.max(0, delayMs), run, isCancelled: false };
      insert(timer);
      return () => {
        timer.isCancelled = true;
      };
    },
    advance(ms) {
      const untilMs = elapsedMs + ms;
      for (let timer = next(); timer !== undefined && timer.dueMs <= untilMs; timer = next()) {
        timers.pop();
        elapsedMs = timer.dueMs;
        timer.run();
      }
      elapsedMs = untilMs;
    },
    freeze(ms) {
      elapsedMs += ms;
      const due = timers.filter(({ dueMs }) => dueMs <= elapsedMs).reverse();
      for (const timer of due) timers.splice(timers.indexOf(timer), 1);
      for (const timer of due) if (!timer.isCancelled) timer.run();
    },
    untilNext() {
      const timer = next();
      return timer && timer.dueMs - elapsedMs;
    },
    shiftWallClock(ms) {
      wallOffsetMs += ms;
    },
  };
}
