import { afterEach, describe, expect, test } from "vitest";
import type { Limits } from "../../src/ports/limits.js";

export interface LimitsContract {
  name: string;
  open(): Promise<{ limits: Limits; pass(ms: number): Promise<void>; close(): Promise<void> }>;
  /** A window long against one call, milliseconds. */
  windowMs: number;
}

/** The contract of `Limits`. */
export function describeLimits({ name, open, windowMs }: LimitsContract): void {
  describe(`limits: ${name}`, () => {
    const closes: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const close of closes.splice(0)) await close();
    });
    const opened = async () => {
      const one = await open();
      closes.push(one.close);
      return one;
    };

    test("gives as many as there are, then says when to come back, and gives again then", async () => {
      const { limits, pass } = await opened();
      for (let taken = 0; taken < 3; taken += 1)
        expect(await limits.take("k", { limit: 3, windowMs })).toEqual({ ok: true });
      const refused = await limits.take("k", { limit: 3, windowMs });
      if (refused.ok) throw new Error("a fourth was given");
      expect(refused.retryAfterMs).toBeGreaterThan(0);
      expect(refused.retryAfterMs).toBeLessThanOrEqual(windowMs);
      await pass(refused.retryAfterMs + 1);
      expect(await limits.take("k", { limit: 3, windowMs })).toEqual({ ok: true });
    });

    test("a refusal takes nothing, nor does a peek", async () => {
      const { limits, pass } = await opened();
      for (let peeks = 0; peeks < 3; peeks += 1)
        expect(await limits.take("k", { limit: 1, windowMs, peek: true })).toEqual({ ok: true });
      expect((await limits.take("k", { limit: 1, windowMs })).ok).toBe(true);
      await pass(windowMs / 2);
      expect((await limits.take("k", { limit: 1, windowMs })).ok).toBe(false);
      expect((await limits.take("k", { limit: 1, windowMs, peek: true })).ok).toBe(false);
      await pass(windowMs / 2 + 1);
      expect((await limits.take("k", { limit: 1, windowMs })).ok).toBe(true);
    });

    test("keys have nothing to do with each other", async () => {
      const { limits } = await opened();
      expect((await limits.take("a", { limit: 1, windowMs })).ok).toBe(true);
      expect((await limits.take("b", { limit: 1, windowMs })).ok).toBe(true);
    });

    test("many at once get exactly as many as there are", async () => {
      const { limits } = await opened();
      const answers = await Promise.all(Array.from({ length: 40 }, () => limits.take("k", { limit: 7, windowMs })));
      expect(answers.filter(({ ok }) => ok)).toHaveLength(7);
    });
  });
}
