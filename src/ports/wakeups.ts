import type { Health } from "./health.js";

/**
 * Hints that a reader may have something to do. Losing one loses nothing: the sweep finds the work again.
 * A reader is named `<pool>/<rest>`, for instance `agent/<roomId>/<name>` in pool `agent`.
 */
export interface Wakeups {
  /**
   * Asks for a run of `reader`, now or after `delayMs`. The earliest pending wake wins: a later one MUST NOT delay it.
   * A wake while the reader runs MUST cause one more run. MUST NOT throw when the scheduler is away.
   */
  wake(reader: string, options?: { delayMs?: number }): void;
  /**
   * Runs `handler` for readers of `pool`: one run per reader at a time, different readers side by side, pools independent of each other.
   * A handler that throws is run again with a growing delay. `isOwn`: every wake of the run was asked for in this process; absent: unknown. The returned function stops taking work and resolves when runs under way ended.
   */
  work(pool: string, handler: (reader: string, how?: { isOwn: boolean }) => Promise<void>): () => Promise<void>;
  check(): Promise<Health>;
}
