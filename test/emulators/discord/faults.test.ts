import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { builds, call, general, say, startDiscord } from "./harness.js";

const hello = { content: "hello" };
const at = { target: "rest", route: "POST message" } as const;

describe("faults", () => {
  test.each([
    ["drop", "before", 0],
    ["drop", "after", 1],
    ["http_error", "before", 0],
    ["http_error", "after", 1],
    ["garbage", "before", 0],
    ["garbage", "after", 1],
  ] as const)("%s %s the effect leaves %i messages", async (mode, phase, count) => {
    const discord = await startDiscord();
    discord.faults.add({ ...at, mode, phase });
    const answer = await say(discord, hello).catch(() => undefined);
    expect(answer?.body?.id).toBeUndefined();
    expect(discord.people.seen(general)).toHaveLength(count);
    expect(await say(discord, hello)).toMatchObject({ status: 200 });
  });

  test("a call that hangs takes effect or not, as requested", async () => {
    const discord = await startDiscord();
    discord.faults.add({ ...at, mode: "hang", phase: "after" });
    const path = `/channels/${general}/messages`;
    await expect(call(discord, "POST", path, hello, { timeoutMs: 300 })).rejects.toThrow();
    expect(discord.people.seen(general)).toHaveLength(1);
  });

  test("hit only named calls, a given number of times, after a given number", async () => {
    const discord = await startDiscord();
    discord.faults.add({ ...at, mode: "error", code: 50013, match: general, skip: 1, times: 2 });
    const codes = [];
    for (let turn = 0; turn < 4; turn += 1) codes.push((await say(discord, hello)).body.code);
    expect(codes).toEqual([undefined, 50013, 50013, undefined]);
    expect((await say(discord, hello, builds)).status).toBe(200);
  });
});

describe("rate limits", () => {
  const settings = { limits: { "POST message": { count: 2, windowMs: 2_000 } } };

  test("are announced in headers, per channel; a call beyond them is a 429 with the wait", async () => {
    const discord = await startDiscord({ settings });
    const first = await say(discord, hello);
    expect(first.headers.get("x-ratelimit-limit")).toBe("2");
    expect(first.headers.get("x-ratelimit-remaining")).toBe("1");
    expect((await say(discord, hello)).headers.get("x-ratelimit-remaining")).toBe("0");
    const refused = await say(discord, hello);
    expect(refused).toMatchObject({ status: 429, body: { global: false } });
    expect(Number(refused.headers.get("retry-after"))).toBeCloseTo(refused.body.retry_after, 3);
    expect((await say(discord, hello, builds)).status).toBe(200);
    await pause(refused.body.retry_after * 1_000 + 20);
    expect((await say(discord, hello)).status).toBe(200);
    expect(discord.violations()).toEqual([]);
  });

  test("a call before its time is a violation", async () => {
    const discord = await startDiscord();
    discord.faults.add({ ...at, mode: "rate_limit", retryAfterMs: 2_000 });
    expect((await say(discord, hello)).status).toBe(429);
    await pause(80);
    expect((await say(discord, hello)).status).toBe(429);
    expect(discord.violations()).toMatchObject([{ rule: "early" }]);
    expect(discord.people.seen(general)).toEqual([]);
  });

  test("fifty calls a second of all kinds together", async () => {
    const discord = await startDiscord();
    const asked = Array.from({ length: 60 }, () => call(discord, "GET", "/users/@me"));
    const refused = (await Promise.all(asked)).filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(1);
    expect(refused[0]).toMatchObject({ body: { global: true } });
    expect(refused[0]?.headers.get("x-ratelimit-global")).toBe("true");
  });
});
