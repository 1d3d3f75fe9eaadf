import type { Clock } from "../../src/ports/clock.js";

/** Notices when nothing has come or gone for too long. */
export interface SilenceWatch {
  /** Something came or went. */
  touch(): void;
  /** Nothing can come before the next `touch`. */
  pause(): void;
  stop(): void;
}

export function createSilenceWatch(options: {
  clock: Clock;
  idleTimeoutMs: number;
  onSilence: () => void;
}): SilenceWatch {
  const { clock, idleTimeoutMs, onSilence } = options;
  let lastMs = clock.monotonicMs();
  let isPaused = false;
  let cancel = clock.after(idleTimeoutMs, look);

  function look(): void {
    const leftMs = lastMs + idleTimeoutMs - clock.monotonicMs();
    if (leftMs <= 0 && !isPaused) onSilence();
    else cancel = clock.after(Math.max(leftMs, isPaused ? idleTimeoutMs : 1), look);
  }

  return {
    touch() {
      lastMs = clock.monotonicMs();
      isPaused = false;
    },
    pause() {
      isPaused = true;
    },
    stop: () => cancel(),
  };
}
