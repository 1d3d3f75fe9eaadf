import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRateLimits } from "./rate-limits.js";
import { defaultSettings } from "./settings.js";

const post = (channel: string, nowMs: number) => ({
  method: "chat.postMessage",
  tier: "post" as const,
  channel,
  nowMs,
});

describe("a channel", () => {
  test("takes a burst, then one message a second", () => {
    const limits = createRateLimits(defaultSettings);
    const burst = Array.from({ length: 6 }, () => limits.take(post("C1", 0)).allowed);
    expect(burst).toEqual([true, true, true, true, true, false]);
    expect(limits.take(post("C1", 1_000))).toEqual({ allowed: true });
  });

  test("does not slow another channel", () => {
    const limits = createRateLimits({ ...defaultSettings, postBurst: 1 });
    limits.take(post("C1", 0));
    expect(limits.take(post("C1", 1)).allowed).toBe(false);
    expect(limits.take(post("C2", 1)).allowed).toBe(true);
  });

  test("calls a call early that comes before Retry-After is over, but not one already under way", () => {
    const limits = createRateLimits({ ...defaultSettings, postBurst: 1 });
    limits.take(post("C1", 0));
    expect(limits.take(post("C1", 10))).toEqual({ allowed: false, retryAfterS: 1, early: false });
    expect(limits.take(post("C1", 40))).toMatchObject({ allowed: false, early: false });
    expect(limits.take(post("C1", 500))).toMatchObject({ allowed: false, early: true });
    expect(limits.take(post("C1", 1_010))).toEqual({ allowed: true });
  });

  test("never exceeds one message a second plus its burst, in any order of calls", () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 2_000 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(gaps, (waits) => {
        const limits = createRateLimits(defaultSettings);
        let nowMs = 0;
        let taken = 0;
        for (const wait of waits) {
          nowMs += wait;
          if (limits.take(post("C1", nowMs)).allowed) taken += 1;
        }
        expect(taken).toBeLessThanOrEqual(defaultSettings.postBurst + nowMs / defaultSettings.postIntervalMs + 1e-6);
      }),
    );
  });
});

describe("a method", () => {
  test("takes its tier's calls a minute", () => {
    const limits = createRateLimits(defaultSettings);
    const call = (nowMs: number) => limits.take({ method: "chat.update", tier: 3, nowMs });
    for (let nowMs = 0; nowMs < 50; nowMs += 1) expect(call(nowMs).allowed).toBe(true);
    expect(call(50)).toEqual({ allowed: false, retryAfterS: 60, early: false });
    expect(call(60_050).allowed).toBe(true);
  });

  test("waits in scaled time", () => {
    const limits = createRateLimits({ ...defaultSettings, timeScale: 60, tierCalls: { 1: 1, 2: 1, 3: 1, 4: 1 } });
    const call = (nowMs: number) => limits.take({ method: "users.list", tier: 2, nowMs });
    call(0);
    expect(call(0)).toEqual({ allowed: false, retryAfterS: 60, early: false });
    expect(call(1_001).allowed).toBe(true);
  });
});
