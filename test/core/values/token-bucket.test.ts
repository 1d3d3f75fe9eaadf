import fc from "fast-check";
import { expect, test } from "vitest";
import { fullBucket, takeFrom } from "../../../src/core/values/token-bucket.js";

const size = { burst: 100, perSecond: 10 };

test("a bucket gives its burst at once, then makes each taker wait until it is paid for", () => {
  const first = takeFrom(fullBucket(size, 0), { amount: 100, nowMs: 0 }, size);
  expect(first.waitMs).toBe(0);
  const second = takeFrom(first.bucket, { amount: 5, nowMs: 0 }, size);
  expect(second.waitMs).toBe(500);
  const third = takeFrom(second.bucket, { amount: 5, nowMs: 500 }, size);
  expect(third.waitMs).toBe(500);
});

test("a bucket never holds more than its burst, and a clock that goes back adds nothing", () => {
  const { bucket } = takeFrom(fullBucket(size, 0), { amount: 60, nowMs: 3_600_000 }, size);
  expect(bucket.level).toBe(40);
  expect(takeFrom(bucket, { amount: 0, nowMs: 0 }, size).bucket.level).toBe(40);
});

test("takers that wait as long as they are told never pass the burst and the rate", () => {
  const amounts = fc.array(fc.record({ amount: fc.integer({ min: 1, max: 50 }), restMs: fc.nat(3_000) }));
  fc.assert(
    fc.property(amounts, (taken) => {
      let bucket = fullBucket(size, 0);
      let nowMs = 0;
      let sum = 0;
      for (const { amount, restMs } of taken) {
        nowMs += restMs;
        const next = takeFrom(bucket, { amount, nowMs }, size);
        bucket = next.bucket;
        nowMs += next.waitMs;
        sum += amount;
        expect(sum).toBeLessThanOrEqual(size.burst + (nowMs * size.perSecond) / 1_000 + 1e-6);
      }
    }),
  );
});
