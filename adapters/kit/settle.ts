import type { Clock } from "../../src/ports/clock.js";

/** The state of a promise when the wait for it ended. */
export type Settled<T> =
  | { kind: "done"; value: T }
  | { kind: "failed"; error: unknown }
  /** Not settled within the timeout; it keeps running and its later outcome is ignored. */
  | { kind: "late" };

/** Waits at most `timeoutMs` milliseconds for a promise. Never rejects, also not when the promise rejects after the timeout. */
export function settle<T>(clock: Clock, promise: Promise<T>, timeoutMs: number): Promise<Settled<T>> {
  return new Promise((resolve) => {
    const cancel = clock.after(timeoutMs, () => resolve({ kind: "late" }));
    const finish = (settled: Settled<T>): void => {
      cancel();
      resolve(settled);
    };
    promise.then(
      (value) => finish({ kind: "done", value }),
      (error: unknown) => finish({ kind: "failed", error }),
    );
  });
}
