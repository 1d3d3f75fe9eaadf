import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createMemoryEventLog } from "../../../adapters/memory/event-log.js";
import { createSystemClock } from "../../../adapters/memory/system-clock.js";
import { sumsNow } from "../../../src/core/values/installation-spending.js";
import { openParts } from "../../adapters/redis/support.js";
import { type RedisServer, startRedis } from "../../support/redis-server.js";
import { needsRedis } from "../../support/require.js";
import { seededRandom } from "../../support/seeded-random.js";
import { makeRoom, openProcess, type Process, usage } from "./spending-process.js";

/** Each call may cost a dollar and costs a part of it. */
const reservationUsd = 1;
const calls = 80;
const callers = 12;
const fleetShare = 1 / 8;
const limits = { installation: { usdPerMonth: 12 }, person: { usdPerDay: 7 } };
const roomUsd = 5;
const agentUsd = 3;

needsRedis()("the accounts of a fleet of two on a real Redis", () => {
  let redis: RedisServer;
  const closing: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function openTwo(): Promise<{ one: Process; two: Process }> {
    const eventLog = createMemoryEventLog();
    const clock = createSystemClock();
    const prefix = `accounts-${Math.random().toString(36).slice(2)}`;
    const open = async (name: string) => {
      const { reservations, close } = await openParts({ url: redis.url, prefix, node: name, share: fleetShare });
      closing.push(close);
      return openProcess(clock, { eventLog, reservations, limits, isShared: true, name });
    };
    const [one, two] = [await open("one"), await open("two")];
    await makeRoom(one, "roomaa", { policy: { budget: { usd: roomUsd } } });
    await makeRoom(one, "roombb");
    await makeRoom(one, "roomcc", { owner: "tom" });
    const by = { kind: "admin" } as const;
    const configured = await one.rooms.execute("roombb", {
      type: "agent.configure",
      by,
      name: "coder",
      budget: { usd: agentUsd },
    });
    expect(configured.kind).toBe("accepted");
    return { one, two };
  }

  /** Calls of two processes in the order that the seed gives; each takes a few milliseconds. */
  async function spend({ one, two }: { one: Process; two: Process }, seed: number): Promise<number> {
    const random = seededRandom(seed);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
    let sent = 0;
    let left = calls;
    const caller = async () => {
      while (left > 0) {
        left -= 1;
        const agent = { roomId: pick(["roomaa", "roombb", "roomcc"]), name: pick(["coder", "tester"]) };
        const { spending } = pick([one, two]);
        const [share, takesMs] = [0.2 + 0.8 * random(), random() * 20];
        const call = { estimate: usage(reservationUsd), signal: AbortSignal.timeout(20_000) };
        const reservation = await spending.reserve(agent, call).catch(() => "left");
        if (typeof reservation === "string") continue;
        await pause(takesMs);
        sent += 1;
        await reservation.settle(usage(reservationUsd * share));
      }
    };
    await Promise.all(Array.from({ length: callers }, caller));
    return sent;
  }

  /** What each account has used as one process sees it, and its limit. */
  async function accountsAt({ rooms, ledger }: Process): Promise<Record<string, { usd: number; most: number }>> {
    const nowMs = Date.now();
    const state = await ledger.state();
    const ofRoom = await rooms.peek("roomaa", ({ usage: used }) => used.usd, { fresh: true });
    const ofAgent = await rooms.peek(
      "roombb",
      (room) => {
        const agent = room.participants.get("coder");
        return agent?.kind === "agent" ? agent.usage.usd : 0;
      },
      { fresh: true },
    );
    return {
      room: { usd: ofRoom, most: roomUsd },
      agent: { usd: ofAgent, most: agentUsd },
      "mia, a day": { usd: sumsNow(state.persons.get("local/mia"), nowMs).day.usd, most: limits.person.usdPerDay },
      "tom, a day": { usd: sumsNow(state.persons.get("local/tom"), nowMs).day.usd, most: limits.person.usdPerDay },
      "everything, a month": { usd: sumsNow(state, nowMs).month.usd, most: limits.installation.usdPerMonth },
    };
  }

  test.each([1, 2, 3])("are passed by one reservation at most, and read the same in both (seed %i)", async (seed) => {
    const fleet = await openTwo();
    expect(await spend(fleet, seed)).toBeGreaterThan(8);
    const accounts = await accountsAt(fleet.one);
    for (const [account, { usd, most }] of Object.entries(accounts))
      expect(usd, account).toBeLessThan(most + reservationUsd);
    expect(await accountsAt(fleet.two)).toEqual(accounts);
    // Every limit was met: what is left would not hold many calls.
    expect(accounts["everything, a month"]?.usd).toBeGreaterThan(9);
  });

  test.each([4, 5])(
    "are passed by one reservation per process at most when Redis goes and comes back (seed %i)",
    async (seed) => {
      const fleet = await openTwo();
      const spending = spend(fleet, seed);
      for (let times = 0; times < 2; times++) {
        await pause(60);
        await redis.signal("SIGKILL");
        await pause(250);
        await redis.start();
      }
      expect(await spending).toBeGreaterThan(8);
      const accounts = await accountsAt(fleet.one);
      for (const [account, { usd, most }] of Object.entries(accounts))
        expect(usd, account).toBeLessThan(most + 2 * reservationUsd);
      expect(await accountsAt(fleet.two)).toEqual(accounts);
      // And with Redis back nothing more goes out of an account that is used up.
      const before = accounts["everything, a month"]?.usd ?? 0;
      await spend(fleet, seed + 100);
      const after = (await accountsAt(fleet.two))["everything, a month"]?.usd ?? 0;
      expect(after).toBeLessThan(Math.max(before, limits.installation.usdPerMonth + reservationUsd) + 1e-9);
    },
  );
});
