import { expect, test } from "vitest";
import { createMemoryReservations } from "../../../adapters/memory/reservations.js";
import { describeReservations } from "../../contract/reservations.js";

describeReservations({
  name: "memory",
  async open() {
    const reservations = createMemoryReservations();
    return { one: reservations, two: reservations, close: async () => undefined };
  },
});

test("a process that has a share reserves that much, or one call", async () => {
  const reservations = createMemoryReservations({ share: 1 / 8 });
  const reserve = (id: string, usd: number) =>
    reservations.reserve({ id, amount: { usd: 1, tokens: 1 }, accounts: [{ account: "room", usd }] });
  expect(await reserve("a", 0.5)).toBeDefined();
  expect(await reserve("b", 8)).toBeUndefined();
  expect(await reserve("c", 8.1)).toBeDefined();
});
