import type { Clock } from "../../src/ports/clock.js";
import { PortError } from "../../src/ports/port-error.js";

/** Keeps callers from waiting for a store that is gone or hangs. */
export interface Breaker {
  /** Runs `work`, at most 1 s. While the store is known to be away it rejects at once; every second one caller may try again. */
  run<T>(work: () => Promise<T>): Promise<T>;
  readonly isOpen: boolean;
}

const timeoutMs = 1_000;
const tryAgainMs = 1_000;

export function createBreaker({ clock, onChange }: { clock: Clock; onChange: (isOpen: boolean) => void }): Breaker {
  let openSinceMs: number | undefined;

  function note(isAway: boolean): void {
    const wasOpen = openSinceMs !== undefined;
    openSinceMs = isAway ? clock.monotonicMs() : undefined;
    if (wasOpen !== isAway) onChange(isAway);
  }

  async function run<T>(work: () => Promise<T>): Promise<T> {
    if (openSinceMs !== undefined) {
      if (clock.monotonicMs() - openSinceMs < tryAgainMs) throw away();
      openSinceMs = clock.monotonicMs();
    }
    try {
      const result = await inTime(work);
      note(false);
      return result;
    } catch (error) {
      // An answer of Redis that says no is an answer.
      note(!(error instanceof Error && error.name === "ReplyError"));
      throw error;
    }
  }

  async function inTime<T>(work: () => Promise<T>): Promise<T> {
    let cancel = () => {};
    const late = new Promise<never>((_, reject) => {
      cancel = clock.after(timeoutMs, () => reject(away()));
    });
    try {
      return await Promise.race([work(), late]);
    } finally {
      cancel();
    }
  }

  return {
    run,
    get isOpen() {
      return openSinceMs !== undefined;
    },
  };
}

function away(): PortError {
  return new PortError("Redis does not answer; it is tried again every second", {
    code: "unavailable",
    retryable: true,
  });
}
