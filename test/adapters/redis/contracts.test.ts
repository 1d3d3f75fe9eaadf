import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll } from "vitest";
import { describeBroadcast } from "../../contract/broadcast.js";
import { describeNodes } from "../../contract/nodes.js";
import { describePlaces } from "../../contract/places.js";
import { describeReservations } from "../../contract/reservations.js";
import { describeTickets } from "../../contract/tickets.js";
import { type RedisServer, startRedis } from "../../support/redis-server.js";
import { needsRedis } from "../../support/require.js";
import { openParts } from "./support.js";

needsRedis()("on a real Redis", () => {
  let redis: RedisServer;
  let fleets = 0;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  /** Two processes of one fleet. */
  const openTwo = async () => {
    fleets += 1;
    const options = { url: redis.url, prefix: `fleet-${fleets}` };
    const one = await openParts({ ...options, node: "one" });
    const two = await openParts({ ...options, node: "two" });
    const close = async () => {
      await one.close();
      await two.close();
    };
    return { one, two, close };
  };

  describeTickets({
    name: "redis",
    async open() {
      const { one, two, close } = await openTwo();
      return { one: one.tickets, two: two.tickets, pass: async (ms) => void (await pause(ms)), close };
    },
  });

  describeReservations({
    name: "redis",
    async open() {
      const { one, two, close } = await openTwo();
      return { one: one.reservations, two: two.reservations, close };
    },
  });

  describePlaces({
    name: "redis",
    async open() {
      const { one, two, close } = await openTwo();
      return { one: one.places, two: two.places, close };
    },
  });

  describeBroadcast({
    name: "redis",
    async open() {
      const { one, two, close } = await openTwo();
      return { one: one.broadcast, two: two.broadcast, close };
    },
  });

  describeNodes({
    name: "redis",
    async open() {
      const { one, two, close } = await openTwo();
      return { one: one.nodes, two: two.nodes, close };
    },
  });
});
