/** Buckets per route and place, as Discord tells them in headers. Times are the wall's, as the SDK's are. */
export interface RateLimits {
  /** Takes one; `retryAfterMs` if the bucket is empty, `isEarly` if the caller already knew that. */
  take(bucket: string, limit: BucketLimit | undefined): Taken;
  /** Closes a bucket for a while. */
  close(bucket: string, forMs: number): void;
}

export interface BucketLimit {
  count: number;
  windowMs: number;
}

export interface Taken {
  headers: Record<string, string>;
  retryAfterMs?: number;
  isEarly: boolean;
}

/** Calls that follow a refusal so closely were under way. */
const inFlightMs = 50;

/** Counts what happens in a window that moves. */
export function createWindow({ count, windowMs }: BucketLimit, nowMs: () => number = Date.now) {
  const takenAtMs: number[] = [];
  const forget = (): void => {
    while ((takenAtMs[0] ?? nowMs()) <= nowMs() - windowMs) takenAtMs.shift();
  };
  return {
    /** False where there were as many already. */
    take(): boolean {
      forget();
      if (takenAtMs.length >= count) return false;
      takenAtMs.push(nowMs());
      return true;
    },
    isFull(): boolean {
      forget();
      return takenAtMs.length >= count;
    },
  };
}

/** All of an app's calls together; answers to interactions do not count. */
export function createGlobalLimit({ count, windowMs }: BucketLimit = { count: 50, windowMs: 1_000 }) {
  const takenAtMs: number[] = [];
  return {
    /** How long to wait; 0 where the call is taken. */
    take(): number {
      const nowMs = Date.now();
      while ((takenAtMs[0] ?? nowMs) <= nowMs - windowMs) takenAtMs.shift();
      if (takenAtMs.length >= count) return (takenAtMs[0] ?? nowMs) + windowMs - nowMs;
      takenAtMs.push(nowMs);
      return 0;
    },
  };
}

export function createRateLimits(): RateLimits {
  const buckets = new Map<string, { left: number; resetAtMs: number }>();
  const closed = new Map<string, { untilMs: number; sinceMs: number }>();
  return {
    take(bucket, limit) {
      const nowMs = Date.now();
      const { untilMs, sinceMs } = closed.get(bucket) ?? { untilMs: 0, sinceMs: 0 };
      if (untilMs > nowMs + 20) {
        const headers = headersOf(bucket, limit ?? { count: 5, windowMs: 0 }, 0, untilMs - nowMs);
        // A call may have left before the first refusal came.
        return { headers, retryAfterMs: untilMs - nowMs, isEarly: nowMs - sinceMs > inFlightMs };
      }
      closed.delete(bucket);
      if (limit === undefined) return { headers: {}, isEarly: false };
      let state = buckets.get(bucket);
      if (state === undefined || state.resetAtMs <= nowMs) {
        state = { left: limit.count, resetAtMs: nowMs + limit.windowMs };
        buckets.set(bucket, state);
      }
      const resetAfterMs = state.resetAtMs - nowMs;
      if (state.left === 0) {
        closed.set(bucket, { untilMs: state.resetAtMs, sinceMs: nowMs });
        return { headers: headersOf(bucket, limit, 0, resetAfterMs), retryAfterMs: resetAfterMs, isEarly: false };
      }
      state.left -= 1;
      return { headers: headersOf(bucket, limit, state.left, resetAfterMs), isEarly: false };
    },
    close(bucket, forMs) {
      closed.set(bucket, { untilMs: Date.now() + forMs, sinceMs: Date.now() });
    },
  };
}

const headersOf = (bucket: string, limit: BucketLimit, left: number, resetAfterMs: number) => ({
  "x-ratelimit-bucket": Buffer.from(bucket.split("/")[0] ?? "").toString("hex"),
  "x-ratelimit-limit": String(limit.count),
  "x-ratelimit-remaining": String(left),
  "x-ratelimit-reset": ((Date.now() + resetAfterMs) / 1_000).toFixed(3),
  "x-ratelimit-reset-after": (resetAfterMs / 1_000).toFixed(3),
});
