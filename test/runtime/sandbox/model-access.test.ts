import { afterEach, describe, expect, test } from "vitest";
import { createServedAccess, type ServedAccess } from "./served-access.js";
import { testProviders } from "./served-providers.js";

/** Calls of one agent that may be under way at once. */
const slots = 8;
/** A thousand tokens in and 40,000 out: $1.005 by the built-in prices. A call reserves its 40,000 tokens of output: $1.00 and its small input. */
const callUsd = 1.005;

const mia = { kind: "person", name: "mia" } as const;

const { serve, stop } = createServedAccess();
afterEach(stop);

const wires = Object.keys(testProviders) as (keyof typeof testProviders)[];
const budget = (usd: number) => ({ policy: { budget: { usd } } });
const times = <T>(count: number, make: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, make));
const ok = (statuses: readonly number[]) => statuses.filter((status) => status === 200).length;

const ways: {
  way: string;
  calls: number;
  connections: number;
  run: (served: ServedAccess) => Promise<number[]>;
}[] = [
  { way: "60 connections at once", calls: 60, connections: 60, run: ({ call }) => times(60, () => call()) },
  {
    way: "100 calls sent ahead on one connection",
    calls: 100,
    connections: 1,
    run: ({ pipelined }) => pipelined(100),
  },
  {
    way: "20 connections with 20 calls sent ahead on each",
    calls: 400,
    connections: 20,
    run: async ({ pipelined }) => (await times(20, () => pipelined(20))).flat(),
  },
];

describe.each(wires)("over the wire of %s", (wire) => {
  describe("an agent whose budget is spent by one call", () => {
    // Without reservations eight calls would be under way before the first is counted: $8.04.
    test.each(ways)("sends one call to the model: $way", async ({ calls, connections, run }) => {
      const served = await serve({ wire, ...budget(1), arrivals: connections });
      const statuses = await run(served);
      expect(statuses).toHaveLength(calls);
      expect(new Set(statuses)).toEqual(new Set([200, 402]));
      expect([ok(statuses), served.sent()]).toEqual([1, 1]);
      expect(await served.spentUsd()).toBeCloseTo(callUsd, 6);
    });

    test.each(ways)("is not held up while the budget lasts: $way", async ({ calls, connections, run }) => {
      const served = await serve({ wire, ...budget(1_000), arrivals: connections });
      expect(new Set(await run(served))).toEqual(new Set([200]));
      expect(served.sent()).toBe(calls);
      await served.router.settle();
      expect(await served.spentUsd()).toBeCloseTo(calls * callUsd, 6);
    });
  });

  describe("a budget of ten mean calls", () => {
    /** A tenth of a call's maximum cost by its `max_tokens`. */
    const mean = { usage: { input_tokens: 1_000, output_tokens: 3_800 } };
    const ten = { ...budget(1), step: mean };

    test("is enough for ten calls, one at a time", async () => {
      const served = await serve({ wire, ...ten });
      const statuses: number[] = [];
      for (let calls = 0; calls < 14; calls += 1) statuses.push(await served.call());
      expect(ok(statuses)).toBeGreaterThanOrEqual(9);
      expect(statuses.at(-1)).toBe(402);
      expect(await served.spentUsd()).toBeLessThan(1 + callUsd);
    });

    test("is enough for nine at least, eight at once", async () => {
      const served = await serve({ wire, ...ten });
      const statuses = await times(slots, async () => [await served.call(), await served.call("tester")]);
      expect(ok(statuses.flat())).toBeGreaterThanOrEqual(9);
      expect(new Set(statuses.flat())).toEqual(new Set([200, 402]));
      expect(await served.spentUsd()).toBeLessThan(1 + callUsd);
    });

    test("is not passed by more than one call when two agents spend it", async () => {
      const served = await serve({ wire, ...budget(2), arrivals: 40 });
      const statuses = await Promise.all([times(20, () => served.call()), times(20, () => served.call("tester"))]);
      expect(served.sent()).toBe(ok(statuses.flat()));
      expect(await served.spentUsd()).toBeLessThanOrEqual(2 + callUsd);
    });
  });

  describe("calls that are given up", () => {
    // Billed for their input alone, 40 such calls cost less than a cent.
    test("cost all that they could have cost, so the budget ends them", async () => {
      const served = await serve({ wire, ...budget(5), maxTokens: 64_000, step: { delayMs: 60_000 } });
      const statuses: number[] = [];
      for (let calls = 0; calls < 10; calls += 1) statuses.push(await served.callAndLeave());
      // $1.60 each: four are sent, the fourth passes the budget.
      expect(served.sent()).toBe(4);
      expect(statuses.slice(4)).toEqual(Array.from({ length: 6 }, () => 402));
      expect(await served.spentUsd()).toBeGreaterThan(5);
      expect(await served.spentUsd()).toBeLessThan(5 + 1.61);
    });
  });

  describe("a call that waits for the end of another", () => {
    test("continues when that has ended, and the room is told once", async () => {
      const served = await serve({ wire, ...budget(1.5), step: { delayMs: 2_300, usage: { output_tokens: 10 } } });
      const statuses = await times(3, () => served.call());
      expect(statuses).toEqual([200, 200, 200]);
      expect((await served.notices()).filter((text) => text.startsWith("coder waits"))).toHaveLength(1);
    });

    test("is refused in the end when that does not end, and may be tried again", async () => {
      const served = await serve({ wire, ...budget(0.5), maxWaitMs: 200, step: { delayMs: 60_000 } });
      void served.call().catch(() => {});
      await expect.poll(served.sent).toBe(1);
      expect(await served.call("tester")).toBe(504);
      expect(served.sent()).toBe(1);
    });

    test("is forgotten when its caller leaves", async () => {
      const served = await serve({ wire, ...budget(0.5), step: { delayMs: 400, usage: { output_tokens: 10 } } });
      const first = served.call();
      await expect.poll(served.sent).toBe(1);
      await expect(served.call("tester", {}, AbortSignal.timeout(100))).rejects.toThrow();
      expect(await first).toBe(200);
      expect(await served.call("tester")).toBe(200);
      expect(served.sent()).toBe(2);
    });
  });
});

test("a budget that is raised counts for the next call", async () => {
  const served = await serve(budget(1));
  expect(await served.call()).toBe(200);
  expect(await served.call()).toBe(402);
  await served.router.execute({ type: "room.configure", by: mia, policy: { budget: { usd: 100 } } });
  expect(await served.call()).toBe(200);
});

test("calls that wait are refused when their agent has left the room, and those under way still count", async () => {
  const served = await serve({ ...budget(1_000), arrivals: 21 });
  const waiting = times(20, () => served.call());
  await expect.poll(served.sent).toBe(slots);
  await served.router.execute({ type: "agent.remove", by: mia, name: "coder" });
  expect(await served.call()).toBe(402);
  expect(ok(await waiting)).toBe(slots);
  expect(served.sent()).toBe(slots);
  expect(await served.spentUsd()).toBeCloseTo(slots * callUsd, 6);
});

describe("what a call asks the provider for", () => {
  test("is refused and the room is told once, unless the owner has allowed it", async () => {
    const served = await serve(budget(1_000));
    const searching = { tools: [{ type: "web_search_20250305", name: "web_search", max_uses: 8 }] };
    expect([await served.call("coder", searching), await served.call("coder", searching)]).toEqual([403, 403]);
    expect(await served.call("coder", { model: "claude-fable-5-2" })).toBe(403);
    expect(served.sent()).toBe(0);
    await expect.poll(async () => (await served.notices()).length).toBe(2);
    expect((await served.notices())[0]).toContain("tool web_search_20250305");
    const policy = { providerAccess: ["web_search"] };
    await served.router.execute({ type: "room.configure", by: mia, policy });
    await served.call("coder", searching);
    // The emulated provider runs no tools of its own; here it is enough that it was asked.
    expect(served.upstream.refusals()).toEqual([expect.stringContaining("tools.0")]);
  });

  test("is not named to a room that may not see the agent's work", async () => {
    const served = await serve({ policy: { gate: "always" } });
    expect(await served.call("coder", { secret_member: "x" })).toBe(403);
    await expect.poll(async () => (await served.notices()).length).toBe(1);
    expect((await served.notices())[0]).not.toContain("secret_member");
  });
});

describe("calls a minute", () => {
  test("beyond what an agent may make are refused with the time to wait, and the room is told once", async () => {
    const served = await serve({ ...budget(1_000), maxPerMinute: 3 });
    const statuses = await times(8, () => served.call());
    expect(statuses.filter((status) => status === 429)).toHaveLength(5);
    expect(ok(statuses)).toBe(3);
    expect(served.sent()).toBe(3);
    expect(await served.call("tester")).toBe(200);
    const { status, retryAfterS, error } = await served.refusalOf("coder");
    expect([status, error.type]).toEqual([429, "rate_limit_error"]);
    expect(retryAfterS).toBeGreaterThan(0);
    expect(retryAfterS).toBeLessThanOrEqual(60);
    await expect.poll(async () => (await served.notices()).length).toBe(1);
    expect((await served.notices())[0]).toMatch(/^coder calls the model more often than the 3 times a minute/);
  });
});

describe("all spending", () => {
  test("that is stopped refuses the next call with words, lets one under way end, and goes on when resumed", async () => {
    const served = await serve({ ...budget(1_000), step: { delayMs: 500 } });
    const underWay = served.call();
    await expect.poll(served.sent).toBe(1);
    await served.ledger.stop({ by: "admin", reason: "too dear" });
    expect(await served.call("tester")).toBe(402);
    expect((await served.refusalOf("coder")).error.message).toContain("an administrator has stopped all spending");
    expect(await underWay).toBe(200);
    await served.ledger.resume("admin");
    expect(await served.call("tester")).toBe(200);
  });

  test("has a limit of the installation over all of its agents", async () => {
    const served = await serve({ policy: {}, spendingLimits: { installation: { usdPerDay: 2 }, person: {} } });
    const statuses = await Promise.all([times(10, () => served.call()), times(10, () => served.call("tester"))]);
    expect(served.sent()).toBe(ok(statuses.flat()));
    expect(await served.spentUsd()).toBeLessThanOrEqual(2 + callUsd);
    expect((await served.refusalOf("coder")).error.message).toContain("spending limit of this installation");
  });
});
