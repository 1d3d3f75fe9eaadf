import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createMemoryBlobs } from "../../../adapters/memory/blobs.js";
import { createManualClock } from "../../../adapters/memory/clock.js";
import { createRandomIds, createSeededIds } from "../../../adapters/memory/ids.js";
import { createMemoryLimits } from "../../../adapters/memory/limits.js";
import { createSystemClock } from "../../../adapters/memory/system-clock.js";
import { readBlob } from "../../support/read-blob.js";

describe("a manual clock", () => {
  test("runs timers in the order of their time, then of their making, at their time", () => {
    const delays = fc.array(fc.record({ delayMs: fc.nat(50), isCancelled: fc.boolean() }), { maxLength: 40 });
    fc.assert(
      fc.property(delays, fc.array(fc.nat(30), { maxLength: 5 }), (timers, steps) => {
        const clock = createManualClock(1_000_000);
        const ran: { index: number; atMs: number }[] = [];
        timers.forEach(({ delayMs, isCancelled }, index) => {
          const cancel = clock.after(delayMs, () => ran.push({ index, atMs: clock.monotonicMs() }));
          if (isCancelled) cancel();
        });
        for (const step of steps) clock.advance(step);
        const passedMs = steps.reduce((sum, step) => sum + step, 0);
        const due = timers.map((timer, index) => ({ ...timer, index })).filter(({ isCancelled }) => !isCancelled);
        const expected = due.filter(({ delayMs }) => steps.length > 0 && delayMs <= passedMs);
        expected.sort((a, b) => a.delayMs - b.delayMs || a.index - b.index);
        expect(ran).toEqual(expected.map(({ index, delayMs }) => ({ index, atMs: delayMs })));
        expect(clock.nowMs()).toBe(1_000_000 + passedMs);
      }),
    );
  });

  test("runs timers set within the span, and knows when the next is due", () => {
    const clock = createManualClock(0);
    const ran: number[] = [];
    const every = () => {
      ran.push(clock.monotonicMs());
      clock.after(10, every);
    };
    clock.after(10, every);
    clock.advance(35);
    expect(ran).toEqual([10, 20, 30]);
    expect(clock.untilNext()).toBe(5);
  });

  test("may be set back, which no timer notices", () => {
    const clock = createManualClock(5_000);
    let ran = 0;
    clock.after(10, () => (ran += 1));
    clock.shiftWallClock(-3_000);
    expect([clock.nowMs(), clock.monotonicMs(), clock.untilNext()]).toEqual([2_000, 0, 10]);
    clock.advance(10);
    expect(ran).toBe(1);
  });
});

test("the system clock calls back, and a call can be cancelled", async () => {
  const clock = createSystemClock();
  const startMs = clock.monotonicMs();
  let cancelled = 0;
  clock.after(1, () => (cancelled += 1))();
  const keepAlive = setInterval(() => undefined, 1_000);
  await new Promise<void>((resolve) => clock.after(5, resolve));
  clearInterval(keepAlive);
  expect(clock.monotonicMs() - startMs).toBeGreaterThanOrEqual(4);
  expect(Math.abs(clock.nowMs() - Date.now())).toBeLessThan(1_000);
  expect(cancelled).toBe(0);
});

describe.each([
  ["random", () => createRandomIds()],
  ["seeded", () => createSeededIds(42)],
])("%s ids", (_, create) => {
  test("are short, plain and never the same", () => {
    const ids = create();
    const made = Array.from({ length: 20_000 }, () => ids.next());
    expect(new Set(made).size).toBe(20_000);
    expect(made.filter((id) => !/^[a-z0-9]{10,24}$/.test(id))).toEqual([]);
    const uuids = Array.from({ length: 1_000 }, () => ids.uuid());
    expect(new Set(uuids).size).toBe(1_000);
    const uuid4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    expect(uuids.filter((uuid) => !uuid4.test(uuid))).toEqual([]);
    expect(ids.bytes(32)).toHaveLength(32);
    expect(ids.bytes(32)).not.toEqual(ids.bytes(32));
  });
});

test("seeded ids are the same for the same seed only", () => {
  const take = (seed: number) => {
    const ids = createSeededIds(seed);
    return [ids.next(), ids.uuid(), ...ids.bytes(8), ids.next()];
  };
  expect(take(1)).toEqual(take(1));
  expect(take(1)).not.toEqual(take(2));
});

describe("limits in memory", () => {
  test("let no more than the limit through in any window, and say when to come back", async () => {
    const gaps = fc.array(fc.nat(400), { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(gaps, fc.integer({ min: 1, max: 5 }), async (steps, limit) => {
        const clock = createManualClock(0);
        const limits = createMemoryLimits({ clock });
        const taken: number[] = [];
        for (const step of steps) {
          clock.advance(step);
          const nowMs = clock.monotonicMs();
          const inWindow = taken.filter((ms) => ms > nowMs - 1_000);
          const peeked = await limits.take("join/1.2.3.4", { limit, windowMs: 1_000, peek: true });
          const result = await limits.take("join/1.2.3.4", { limit, windowMs: 1_000 });
          expect(peeked).toEqual(result);
          expect(result.ok).toBe(inWindow.length < limit);
          if (result.ok) taken.push(nowMs);
          else expect(result.retryAfterMs).toBe((inWindow.at(-limit) ?? 0) + 1_000 - nowMs);
        }
      }),
    );
  });

  test("count each key apart", async () => {
    const limits = createMemoryLimits({ clock: createManualClock(0), maxKeys: 3 });
    const take = (key: string) => limits.take(key, { limit: 1, windowMs: 1_000 });
    expect(await take("a")).toEqual({ ok: true });
    expect(await take("b")).toEqual({ ok: true });
    expect(await take("a")).toEqual({ ok: false, retryAfterMs: 1_000 });
    for (const key of ["c", "d", "e"]) await take(key);
    // Only three keys are remembered.
    expect(await take("a")).toEqual({ ok: true });
    expect(await take("e")).toEqual({ ok: false, retryAfterMs: 1_000 });
  });
});

describe("blobs in memory", () => {
  test("are found by their hash, stored once, and immutable", async () => {
    const blobs = createMemoryBlobs({ maxBytes: 10 });
    const bytes = new TextEncoder().encode("hello");
    const hash = await blobs.put(bytes);
    expect(hash).toBe("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    bytes[0] = 0;
    expect(String(await readBlob(blobs, hash))).toBe("hello");
    expect(await blobs.put(new TextEncoder().encode("hello"))).toBe(hash);
    expect(await blobs.open("00")).toBeUndefined();
    expect(await blobs.put(new Uint8Array(5))).toMatch(/^[0-9a-f]{64}$/);
    await expect(blobs.put(new Uint8Array(1))).rejects.toMatchObject({ code: "full", retryable: false });
  });
});
