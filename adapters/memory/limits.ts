import type { Clock } from "../../src/ports/clock.js";
import type { Limits } from "../../src/ports/limits.js";

interface Window {
  /** When each one was taken, oldest first, by the monotonic clock. */
  takenMs: number[];
  windowMs: number;
}

/**
 * Sliding windows of this process: at no moment more than `limit` in the last `windowMs`. Unused keys are forgotten; beyond `maxKeys` (default
 * 100,000) the least recently used ones.
 */
export function createMemoryLimits(options: { clock: Clock; maxKeys?: number }): Limits {
  const { clock, maxKeys = 100_000 } = options;
  /** The one used longest ago first. */
  const windows = new Map<string, Window>();

  function forget(nowMs: number): void {
    for (const [key, { takenMs, windowMs }] of windows) {
      const isOver = (takenMs.at(-1) ?? 0) + windowMs <= nowMs;
      if (!isOver && windows.size <= maxKeys) return;
      windows.delete(key);
    }
  }

  function current(key: string, windowMs: number): number[] {
    const startMs = clock.monotonicMs() - windowMs;
    const takenMs = windows.get(key)?.takenMs ?? [];
    const expired = takenMs.findIndex((ms) => ms > startMs);
    takenMs.splice(0, expired === -1 ? takenMs.length : expired);
    return takenMs;
  }

  return {
    async take(key, { limit, windowMs, peek = false }) {
      const nowMs = clock.monotonicMs();
      const takenMs = current(key, windowMs);
      if (takenMs.length >= limit) {
        const freeMs = takenMs[takenMs.length - limit] ?? nowMs;
        return { ok: false, retryAfterMs: Math.max(1, Math.ceil(freeMs + windowMs - nowMs)) };
      }
      if (peek) return { ok: true };
      takenMs.push(nowMs);
      windows.delete(key);
      windows.set(key, { takenMs, windowMs });
      forget(nowMs);
      return { ok: true };
    },
  };
}
