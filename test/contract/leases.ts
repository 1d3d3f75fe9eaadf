import { afterEach, describe, expect, test } from "vitest";
import type { LeaseAnswer, Leases } from "../../src/ports/leases.js";

export interface LeasesContract {
  name: string;
  /** Two processes, named `one` and `two`. */
  open(): Promise<{ one: Leases; two: Leases; pass(ms: number): Promise<void>; close(): Promise<void> }>;
}

/** A lease that is not extended goes to another within this. */
const takeOverMs = 12_000;

function heldOf(answer: LeaseAnswer) {
  if (answer.kind !== "held") throw new Error(`not held: ${JSON.stringify(answer)}`);
  return answer.lease;
}

/** The contract of `Leases`. */
export function describeLeases({ name, open }: LeasesContract): void {
  describe(`leases: ${name}`, () => {
    const closes: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const close of closes.splice(0)) await close();
    });
    const opened = async () => {
      const one = await open();
      closes.push(one.close);
      return one;
    };

    test("one process holds it; another learns who does", async () => {
      const { one, two } = await opened();
      expect(heldOf(await one.take("mirror/m1")).isHeld()).toBe(true);
      expect(await two.take("mirror/m1")).toEqual({ kind: "elsewhere", node: "one" });
      expect(heldOf(await two.take("mirror/m2")).isHeld()).toBe(true);
    });

    test("who holds it can be asked without taking it", async () => {
      const { one, two } = await opened();
      expect(await two.holder("mirror/m1")).toBeUndefined();
      const lease = heldOf(await one.take("mirror/m1"));
      expect([await one.holder("mirror/m1"), await two.holder("mirror/m1")]).toEqual(["one", "one"]);
      await lease.release();
      expect(await two.holder("mirror/m1")).toBeUndefined();
      expect(heldOf(await two.take("mirror/m1")).isHeld()).toBe(true);
    });

    test("one of many that ask at once gets it", async () => {
      const { one, two } = await opened();
      const answers = await Promise.all([one, two, one, two].map((leases) => leases.take("mirror/m1")));
      const winners = answers.map((answer, index) => answer.kind === "held" && index % 2);
      expect(new Set(winners.filter((winner) => winner !== false)).size).toBe(1);
    });

    test("a released one can be taken at once, and is not held any more", async () => {
      const { one, two } = await opened();
      const lease = heldOf(await one.take("mirror/m1"));
      await lease.release();
      await lease.release();
      expect(lease.isHeld()).toBe(false);
      expect(heldOf(await two.take("mirror/m1")).isHeld()).toBe(true);
      await lease.release();
      expect((await one.take("mirror/m1")).kind).toBe("elsewhere");
    });

    test("extended it stays the same; not extended it ends for its holder before another gets it, within 12 s", async () => {
      const { one, two, pass } = await opened();
      const lease = heldOf(await one.take("mirror/m1"));
      await pass(5_000);
      expect(heldOf(await one.take("mirror/m1"))).toBe(lease);
      await pass(5_000);
      expect(lease.isHeld()).toBe(true);
      for (let passedMs = 5_000; passedMs <= takeOverMs; passedMs += 500) {
        const wasHeld = lease.isHeld();
        const answer = await two.take("mirror/m1");
        if (answer.kind === "held") {
          expect([wasHeld, lease.isHeld()]).toEqual([false, false]);
          expect((await one.take("mirror/m1")).kind).toBe("elsewhere");
          return;
        }
        await pass(500);
      }
      throw new Error(`nobody else got it within ${takeOverMs} ms`);
    }, 180_000);

    test("lost, and had again after another process had it, it is another lease", async () => {
      const { one, two, pass } = await opened();
      const first = heldOf(await one.take("mirror/m1"));
      for (let passedMs = 0; (await two.take("mirror/m1")).kind !== "held"; passedMs += 500) {
        if (passedMs > takeOverMs) throw new Error(`nobody else got it within ${takeOverMs} ms`);
        await pass(500);
      }
      await heldOf(await two.take("mirror/m1")).release();
      const second = heldOf(await one.take("mirror/m1"));
      expect(second).not.toBe(first);
      expect([first.isHeld(), second.isHeld()]).toEqual([false, true]);
    }, 180_000);

    test("given back, and had again after another process had it, it is another lease", async () => {
      const { one, two } = await opened();
      const first = heldOf(await one.take("mirror/m1"));
      await first.release();
      await heldOf(await two.take("mirror/m1")).release();
      const second = heldOf(await one.take("mirror/m1"));
      expect(second).not.toBe(first);
      expect([first.isHeld(), second.isHeld()]).toEqual([false, true]);
    });

    test("given back while it is being extended, it is not held, and another process can have it at once", async () => {
      const { one, two } = await opened();
      const first = heldOf(await one.take("mirror/m1"));
      const [extended] = await Promise.all([one.take("mirror/m1"), first.release()]);
      expect(heldOf(await two.take("mirror/m1")).isHeld()).toBe(true);
      expect([first.isHeld(), extended.kind === "held" && extended.lease.isHeld()]).toEqual([false, false]);
    });
  });
}
