import { afterEach, describe, expect, test } from "vitest";
import type { Reservations } from "../../src/ports/reservations.js";

export interface ReservationsContract {
  name: string;
  /** The reservations of two processes that share a store; the same twice where only one process has them. */
  open(): Promise<{ one: Reservations; two: Reservations; close(): Promise<void> }>;
}

const amount = { usd: 0.75, tokens: 1_000 };
const nothing = { usd: 0, tokens: 0 };

/** The contract of `Reservations`. */
export function describeReservations({ name, open }: ReservationsContract): void {
  describe(`reservations: ${name}`, () => {
    const closes: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const close of closes.splice(0)) await close();
    });
    const opened = async () => {
      const parts = await open();
      closes.push(parts.close);
      return parts;
    };

    test("returns the reservations of others, in any process", async () => {
      const { one, two } = await opened();
      const accounts = [{ account: "room", usd: 1 }];
      expect(await one.reserve({ id: "a", amount, accounts })).toEqual([nothing]);
      expect(await two.reserve({ id: "b", amount, accounts })).toEqual([amount]);
      expect(await one.reserve({ id: "c", amount, accounts })).toBeUndefined();
    });

    test("gives again once a reservation has ended, and an end that is said twice ends nothing else", async () => {
      const { one, two } = await opened();
      const accounts = [{ account: "room", usd: 0.5 }];
      await one.reserve({ id: "a", amount, accounts });
      expect(await two.reserve({ id: "b", amount, accounts })).toBeUndefined();
      await one.release("a");
      expect(await two.reserve({ id: "b", amount, accounts })).toEqual([nothing]);
      await one.release("a");
      await two.release("nobody");
      expect(await one.reserve({ id: "c", amount, accounts })).toBeUndefined();
    });

    test("reserves on every account or on none", async () => {
      const { one, two } = await opened();
      await one.reserve({ id: "a", amount, accounts: [{ account: "agent", tokens: 10 }] });
      const both = [
        { account: "room", usd: 1 },
        { account: "agent", tokens: 10 },
      ];
      expect(await two.reserve({ id: "b", amount, accounts: both })).toBeUndefined();
      expect(await two.reserve({ id: "c", amount, accounts: [{ account: "room", usd: 0.1 }] })).toEqual([nothing]);
    });

    test("an account that is spent takes nothing, and one without a limit everything", async () => {
      const { one } = await opened();
      expect(await one.reserve({ id: "a", amount, accounts: [{ account: "room", usd: 0 }] })).toBeUndefined();
      expect(await one.reserve({ id: "b", amount, accounts: [{ account: "room", usd: -1 }] })).toBeUndefined();
      expect(await one.reserve({ id: "c", amount, accounts: [{ account: "room" }] })).toEqual([nothing]);
      expect(await one.reserve({ id: "d", amount, accounts: [] })).toEqual([]);
    });

    test("of many that ask at once for the rest of an account exactly one gets it", async () => {
      const { one, two } = await opened();
      const asked = Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? one : two).reserve({ id: `n${index}`, amount, accounts: [{ account: "room", usd: 0.5 }] }),
      );
      const given = (await Promise.all(asked)).filter((before) => before !== undefined);
      expect(given).toEqual([[nothing]]);
    });
  });
}
