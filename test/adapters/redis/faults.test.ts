import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RedisParts } from "../../../adapters/redis/open-redis.js";
import { type RedisServer, startRedis } from "../../support/redis-server.js";
import { needsRedis } from "../../support/require.js";
import { until } from "../../support/until.js";
import { openParts } from "./support.js";

const patience = 40_000;

needsRedis()("when something breaks", () => {
  let redis: RedisServer;
  let opened: RedisParts[] = [];
  let stops: (() => Promise<void>)[] = [];
  beforeEach(async () => {
    redis = await startRedis();
  });
  afterEach(async () => {
    await redis.signal("SIGCONT");
    for (const stop of stops.splice(0)) await stop();
    for (const { close } of opened.splice(0)) await close();
    opened = [];
    stops = [];
    await redis.stop();
  }, 180_000);

  const open = async (options: { node?: string; prefix?: string } = {}) => {
    const parts = await openParts({ url: redis.url, prefix: "faults", ...options });
    opened.push(parts);
    return parts;
  };
  const workOn = ({ wakeups }: RedisParts, pool = "agent") => {
    const runs: string[] = [];
    stops.push(wakeups.work(pool, async (reader) => void runs.push(reader)));
    return runs;
  };

  test("a worker killed while it runs a reader: another runs it again within 10 s, and again when woken meanwhile", async () => {
    const one = await open({ node: "one" });
    const doomed = spawnWorker(redis.url, "faults");
    await doomed.ran("agent/r1/mia", () => one.wakeups.wake("agent/r1/mia"));
    one.wakeups.wake("agent/r1/mia");
    await pause(100);
    doomed.child.kill("SIGKILL");
    const killedMs = performance.now();
    const runs = workOn(one);
    await until("it is run again", () => runs.length > 0, patience);
    const tookMs = performance.now() - killedMs;
    console.log(`run again ${Math.round(tookMs)} ms after kill -9`);
    expect(tookMs).toBeLessThan(10_000);
    await until("what came meanwhile is not lost", () => runs.length === 2, patience);
  }, 180_000);

  test("away, each process reserves by its own knowledge; what ended meanwhile ends in Redis once it is back", async () => {
    const parts = await open();
    const reserve = (id: string, usd: number) =>
      parts.reservations.reserve({ id, amount: { usd: 1, tokens: 1 }, accounts: [{ account: "room", usd }] });
    expect(await reserve("a", 1)).toEqual([{ usd: 0, tokens: 0 }]);
    await redis.signal("SIGSTOP");
    expect(await reserve("b", 1)).toBeUndefined();
    expect(await reserve("c", 1.5)).toEqual([{ usd: 1, tokens: 1 }]);
    await expect(parts.reservations.release("a")).rejects.toThrow();
    expect(await reserve("d", 1.5)).toEqual([{ usd: 1, tokens: 1 }]);
    await redis.signal("SIGCONT");
    await expect.poll(() => reserve("e", 1), { timeout: patience }).toEqual([{ usd: 0, tokens: 0 }]);
  }, 60_000);

  test("emptied, it wakes again at once, also a reader that was running or waiting for its time", async () => {
    const one = await open();
    let end = () => {};
    const runs: string[] = [];
    stops.push(
      one.wakeups.work("agent", async (reader) => {
        runs.push(reader);
        if (runs.length === 1) await new Promise<void>((resolve) => (end = resolve));
      }),
    );
    one.wakeups.wake("agent/r1/mia");
    one.wakeups.wake("agent/r1/late", { delayMs: 60_000 });
    await until("it runs", () => runs.length === 1, patience);
    await redis.command("FLUSHALL");
    end();
    one.wakeups.wake("agent/r1/late");
    await until("the other runs", () => runs.includes("agent/r1/late"), patience);
    await until(
      "it runs again when it is woken again",
      () => {
        if (runs.filter((reader) => reader.endsWith("mia")).length > 1) return true;
        one.wakeups.wake("agent/r1/mia");
        return false;
      },
      patience,
    );
  }, 180_000);

  test("a restart keeps what waited", async () => {
    const one = await open();
    one.wakeups.wake("agent/r1/now");
    one.wakeups.wake("agent/r1/later", { delayMs: 2_500 });
    await until(
      "both are stored",
      async () => {
        const keys = (await redis.command("KEYS", "faults:agent:de:*")) as string[];
        return keys.length === 2;
      },
      patience,
    );
    await pause(1_100);
    await redis.signal("SIGKILL");
    await redis.start();
    const runs = workOn(one);
    await until("both are run", () => new Set(runs).size === 2, patience);
  }, 180_000);

  test("while it hangs no call waits longer than a second, this process wakes its own readers, and everything recovers", async () => {
    const one = await open();
    const runs = workOn(one);
    one.wakeups.wake("agent/r1/before");
    await until("it runs", () => runs.length === 1, patience);
    await redis.signal("SIGSTOP");
    const limit = { limit: 2, windowMs: 60_000 };
    const waits: number[] = [];
    for (let call = 0; call < 5; call += 1) {
      const startedMs = performance.now();
      await one.limits.take("key", limit);
      await one.leases.take("mirror/m1");
      waits.push(performance.now() - startedMs);
    }
    expect(Math.max(...waits)).toBeLessThan(1_800);
    expect(waits.filter((ms) => ms > 900).length).toBeLessThanOrEqual(3);
    expect((await one.limits.take("key", limit)).ok).toBe(false);
    expect((await one.leases.take("mirror/m1")).kind).toBe("unknown");
    one.wakeups.wake("agent/r1/own");
    one.wakeups.wake("agent/r1/own-later", { delayMs: 100 });
    await until(
      "it wakes itself",
      () => runs.includes("agent/r1/own") && runs.includes("agent/r1/own-later"),
      patience,
    );
    expect((await one.check()).detail).toContain("does not answer");
    await redis.signal("SIGCONT");
    await until("it is well again", async () => (await one.check()).ok, patience);
    one.wakeups.wake("agent/r1/after");
    await until("it wakes", () => runs.includes("agent/r1/after"), patience);
  }, 180_000);

  test("gone from the start, it blocks no start, and is used once it is there", async () => {
    await redis.signal("SIGKILL");
    const one = await open();
    const leave = await one.nodes.join();
    expect(one.nodes.present()).toBeUndefined();
    const runs = workOn(one);
    one.wakeups.wake("agent/r1/mia");
    await until("it wakes itself", () => runs.length === 1, patience);
    await redis.start();
    await until("it is well", async () => (await one.check()).ok && one.nodes.present()?.length === 1, patience);
    await leave();
  }, 180_000);
});

function spawnWorker(url: string, prefix: string) {
  const child: ChildProcess = spawn(
    process.execPath,
    ["--import", "tsx", "test/adapters/redis/worker-process.ts", url, prefix],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const readers: string[] = [];
  if (child.stdout) createInterface({ input: child.stdout }).on("line", (line) => readers.push(line));
  return {
    child,
    ran: (reader: string, wake: () => void) => {
      wake();
      return until(`${reader} runs there`, () => readers.includes(reader), 30_000);
    },
  };
}
