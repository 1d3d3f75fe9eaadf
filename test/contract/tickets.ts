import { afterEach, describe, expect, test } from "vitest";
import type { Tickets } from "../../src/ports/tickets.js";

export interface TicketsContract {
  name: string;
  /** The tickets of two processes that share a store; the same twice where only one process has them. */
  open(): Promise<{ one: Tickets; two: Tickets; pass(ms: number): Promise<void>; close(): Promise<void> }>;
}

const long = { lifetimeMs: 60_000 };
const short = { lifetimeMs: 100 };

/** The contract of `Tickets`. */
export function describeTickets({ name, open }: TicketsContract): void {
  describe(`tickets: ${name}`, () => {
    const closes: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const close of closes.splice(0)) await close();
    });
    const opened = async () => {
      const parts = await open();
      closes.push(parts.close);
      return parts;
    };

    test("the first who asks gets the value, everybody later nothing", async () => {
      const { one, two } = await opened();
      await one.put("code", { roomId: "r1", nested: { list: [1, null, "ü"] } }, long);
      expect(await two.take("code")).toEqual({ roomId: "r1", nested: { list: [1, null, "ü"] } });
      expect([await two.take("code"), await one.take("code")]).toEqual([undefined, undefined]);
    });

    test("of many who ask at once exactly one gets the value", async () => {
      const { one, two } = await opened();
      await one.put("code", { n: 1 }, long);
      const answers = await Promise.all([two, one, two, one].map((tickets) => tickets.take("code")));
      expect(answers.filter((answer) => answer !== undefined)).toEqual([{ n: 1 }]);
    });

    test("a value is gone once its lifetime is over, and not before", async () => {
      const { one, two, pass } = await opened();
      await one.put("short", { n: 1 }, short);
      await one.put("long", { n: 2 }, long);
      await pass(short.lifetimeMs + 50);
      expect([await two.take("short"), await two.take("long")]).toEqual([undefined, { n: 2 }]);
    });

    test("a key that is put again has the new value and the new lifetime", async () => {
      const { one, two, pass } = await opened();
      await one.put("code", { n: 1 }, short);
      await one.put("code", { n: 2 }, long);
      await pass(short.lifetimeMs + 50);
      expect([await two.take("code"), await two.take("code")]).toEqual([{ n: 2 }, undefined]);
    });

    test("keys do not touch each other, and an unknown one has no value", async () => {
      const { one, two } = await opened();
      await one.put("a", { n: 1 }, long);
      await one.put("a:b", { n: 2 }, long);
      expect([await two.take("c"), await two.take("a:b"), await two.take("a")]).toEqual([
        undefined,
        { n: 2 },
        { n: 1 },
      ]);
    });

    test("what changes in the caller's object afterwards does not change the value", async () => {
      const { one, two } = await opened();
      const value = { n: 1 };
      await one.put("code", value, long);
      value.n = 2;
      expect(await two.take("code")).toEqual({ n: 1 });
    });
  });
}
