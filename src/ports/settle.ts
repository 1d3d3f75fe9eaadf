import type { Clock } from "./clock.js";

export type Settled<T> =
  | { kind: "done"; value: T }
  | { kind: "failed"; error: unknown }
  /** Not settled in time; it goes on. */
  | { kind: "late" };

/** Waits for a promise, at most `patienceMs`. Never rejects. */
export function settle<T>(clock: Clock, promise: Promise<T>, patienceMs: number): Promise<Settled<T>> {
  return new Promise((resolve) => {
    const cancel = clock.after(patienceMs, () => resolve({ kind: "late" }));
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
