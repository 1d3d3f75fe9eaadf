/** The size of a token bucket. The unit is the user's, such as bytes. */
export interface BucketSize {
  /** The amount that may pass at once after a pause. */
  burst: number;
  /** The amount it gains in a second, up to `burst`. */
  perSecond: number;
}

/** A value: each transition returns a new one. A `level` below zero is owed. */
export interface TokenBucket {
  level: number;
  /** When the level was that, ms of a clock that only moves forward. */
  atMs: number;
}

/** A bucket from which nothing was taken. */
export function fullBucket({ burst }: BucketSize, nowMs: number): TokenBucket {
  return { level: burst, atMs: nowMs };
}

/** Takes an amount whatever the level, and says how long to wait until it is paid for, ms; 0 where it was there. */
export function takeFrom(
  bucket: TokenBucket,
  { amount, nowMs }: { amount: number; nowMs: number },
  { burst, perSecond }: BucketSize,
): { bucket: TokenBucket; waitMs: number } {
  const earned = (Math.max(0, nowMs - bucket.atMs) * perSecond) / 1_000;
  const level = Math.min(burst, bucket.level + earned) - amount;
  return { bucket: { level, atMs: nowMs }, waitMs: level >= 0 ? 0 : Math.ceil((-level * 1_000) / perSecond) };
}
