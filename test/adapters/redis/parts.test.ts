import { setTimeout as pause } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createSystemClock } from "../../../adapters/memory/system-clock.js";
import type { RedisParts } from "../../../adapters/redis/open-redis.js";
import type { Clock } from "../../../src/ports/clock.js";
import { describeLeases } from "../../contract/leases.js";
import { describeLimits } from "../../contract/limits.js";
import { type RedisServer, startRedis } from "../../support/redis-server.js";
import { needsRedis } from "../../support/require.js";
import { until } from "../../support/until.js";
import { openParts } from "./support.js";

needsRedis()("on a real Redis", () => {
  let redis: RedisServer;
  let opened: RedisParts[] = [];
  let fleets = 0;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterEach(async () => {
    for (const { close } of opened) await close();
    opened = [];
  });
  afterAll(() => redis.stop());

  /** Two processes of one fleet. */
  const openTwo = async () => {
    fleets += 1;
    const prefix = `fleet-${fleets}`;
    const one = await openParts({ url: redis.url, node: "one", prefix, pid: process.pid });
    const two = await openParts({ url: redis.url, node: "two", prefix, pid: process.pid });
    opened.push(one, two);
    return { one, two, prefix };
  };

  describeLimits({
    name: "redis",
    windowMs: 600,
    async open() {
      const { limits, close } = await openParts({ url: redis.url });
      return { limits, pass: async (ms) => void (await pause(ms)), close };
    },
  });

  describeLeases({
    name: "redis",
    async open() {
      const { one, two } = await openTwo();
      return {
        one: one.leases,
        two: two.leases,
        pass: async (ms) => void (await pause(ms)),
        close: async () => undefined,
      };
    },
  });

  test("processes share their counts", async () => {
    const { one, two } = await openTwo();
    const limit = { limit: 3, windowMs: 60_000 };
    const answers = [];
    for (const { limits } of [one, two, one, two]) answers.push((await limits.take("join/10.0.0.1", limit)).ok);
    expect(answers).toEqual([true, true, true, false]);
  });

  test("a ticket is for the first who asks, at any process, until its time is over", async () => {
    const { one, two } = await openTwo();
    await one.tickets.put("code", { roomId: "r1" }, { lifetimeMs: 60_000 });
    const answers = await Promise.all([two, one, two].map(({ tickets }) => tickets.take("code")));
    expect(answers.filter((answer) => answer !== undefined)).toEqual([{ roomId: "r1" }]);
    await one.tickets.put("old", { roomId: "r1" }, { lifetimeMs: 30 });
    await pause(60);
    expect(await two.tickets.take("old")).toBeUndefined();
  });

  test("messages of one process arrive at the others in order, and at its own listeners too", async () => {
    const { one, two } = await openTwo();
    const heard: unknown[] = [];
    const own: unknown[] = [];
    two.broadcast.subscribe("room/r1", (message) => heard.push(message));
    const stop = one.broadcast.subscribe("room/r1", (message) => own.push(message));
    await until("both listen", () => {
      one.broadcast.publish("room/r1", { n: -1 });
      return heard.length > 0 && own.length > 0;
    });
    for (let n = 0; n < 100; n += 1) one.broadcast.publish("room/r1", { n });
    one.broadcast.publish("room/r2", { n: "elsewhere" });
    const numbers = (list: unknown[]) => list.filter((message) => (message as { n: number }).n >= 0);
    await until("all came", () => numbers(heard).length === 100 && numbers(own).length === 100);
    expect(numbers(heard)).toEqual(Array.from({ length: 100 }, (_, n) => ({ n })));
    stop();
    own.length = 0;
    one.broadcast.publish("room/r1", { n: "after" });
    await until("the other hears", () => heard.some((message) => (message as { n: unknown }).n === "after"));
    expect(own).toEqual([]);
  });

  describe("nodes", () => {
    test("see each other, and see one that leaves in good order", async () => {
      const { one, two } = await openTwo();
      const gone: string[] = [];
      one.nodes.onGone((node) => gone.push(node));
      await one.nodes.join();
      const leave = await two.nodes.join();
      await until("they see each other", () => one.nodes.present()?.length === 2, 10_000);
      expect(two.nodes.present()?.map(({ name, runtimes }) => ({ name, runtimes }))).toEqual(
        expect.arrayContaining([{ name: "one", runtimes: ["scripted"] }]),
      );
      await leave();
      await until("it is gone", () => gone.includes("two"), 10_000);
      expect(one.nodes.present()?.map(({ name }) => name)).toEqual(["one"]);
    });

    test("the others learn an address, and that a process left, before their next beat", async () => {
      const url: { now?: string } = {};
      // No timer ends, so no beat comes by itself.
      const clock: Clock = { ...createSystemClock(), after: () => () => {} };
      const prefix = `announced-${process.hrtime.bigint()}`;
      const one = await openParts({ url: redis.url, node: "one", prefix, clock });
      const late = await openParts({ url: redis.url, node: "late", prefix, clock, ownUrl: () => url.now });
      opened.push(one, late);
      await one.nodes.join();
      const leave = await late.nodes.join();
      const urlSeen = () => one.nodes.present()?.find(({ name }) => name === "late")?.url;
      for (let change = 1; change <= 3; change += 1) {
        url.now = `http://late.test:${change}`;
        // Said again, because the first time the other may not listen yet.
        const isSeen = async () => {
          await late.nodes.announce();
          return urlSeen() === url.now;
        };
        await until("the address is known", isSeen, 20_000);
      }
      await leave();
      await until("it is gone", () => one.nodes.present()?.length === 1, 10_000);
    }, 60_000);

    test("a process whose words are not readable is passed over, and the others are there", async () => {
      const { one, two, prefix } = await openTwo();
      const client = new Redis(redis.url);
      for (const [name, words] of [
        ["three", "{"],
        ["four", '{"name":4,"runtimes":[]}'],
      ] as const) {
        await client.zadd(`${prefix}:nodes`, Date.now() + 60_000, name);
        await client.hset(`${prefix}:nodes:info`, name, words);
      }
      client.disconnect();
      await one.nodes.join();
      await two.nodes.join();
      expect(
        two.nodes
          .present()
          ?.map(({ name }) => name)
          .sort(),
      ).toEqual(["one", "two"]);
    });

    test("a name that lives is refused, one whose process died on this machine is taken over at once", async () => {
      const { one, prefix } = await openTwo();
      await one.nodes.join();
      const startedMs = performance.now();
      const restarted = await openParts({ url: redis.url, node: "one", prefix, pid: process.pid });
      opened.push(restarted);
      await restarted.nodes.join();
      expect(performance.now() - startedMs).toBeLessThan(5_000);
      const twin = await openParts({ url: redis.url, node: "one", prefix, pid: 1 });
      opened.push(twin);
      await expect(twin.nodes.join()).rejects.toMatchObject({ code: "in-use" });
    }, 180_000);
  });

  test("a Redis without persistence or with eviction is reported", async () => {
    const { one } = await openTwo();
    expect(await one.check()).toEqual({ ok: true });
    await redis.command("CONFIG", "SET", "appendonly", "no");
    await redis.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
    const health = await one.check();
    expect(health.ok).toBe(false);
    expect(health.detail).toContain("appendonly");
    expect(health.detail).toContain("noeviction, not allkeys-lru");
    await redis.command("CONFIG", "SET", "maxmemory-policy", "noeviction");
    await redis.command("CONFIG", "SET", "appendonly", "yes");
  });
});
