import { ErrorCode, LogLevel, WebClient } from "@slack/web-api";
import { describe, expect, test } from "vitest";
import { createClient } from "./bolt-app.js";
import type { SlackEmulator } from "./emulator.js";
import type { Fault } from "./faults.js";
import { startSlack, violationRules } from "./harness.js";

const message = { channel: "C00GENERAL", text: "x", unfurl_links: false, unfurl_media: false };
const copies = (slack: SlackEmulator) => slack.people.channel("general").length;

describe("a fault on chat.postMessage", () => {
  test.each<[Omit<Fault, "target">, string, number]>([
    [{ mode: "http_error", phase: "before" }, ErrorCode.HTTPError, 0],
    [{ mode: "http_error", phase: "after", status: 502 }, ErrorCode.HTTPError, 1],
    [{ mode: "drop", phase: "before" }, ErrorCode.RequestError, 0],
    [{ mode: "drop", phase: "after" }, ErrorCode.RequestError, 1],
    [{ mode: "hang", phase: "before" }, ErrorCode.RequestError, 0],
    [{ mode: "hang", phase: "after" }, ErrorCode.RequestError, 1],
    [{ mode: "error", phase: "before", error: "fatal_error" }, ErrorCode.PlatformError, 0],
    [{ mode: "error", phase: "after" }, ErrorCode.PlatformError, 1],
    [{ mode: "garbage", phase: "after" }, ErrorCode.PlatformError, 1],
    [{ mode: "rate_limit", retryAfterS: 7 }, ErrorCode.RateLimitedError, 0],
  ])("%o fails with %s and leaves %i", async (fault, code, left) => {
    const slack = await startSlack();
    const client = new WebClient(slack.env.SLACK_BOT_TOKEN, {
      slackApiUrl: slack.env.SLACK_API_URL,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      // Only a call that hangs is to run into it, however busy the machine is.
      timeout: fault.mode === "hang" ? 1_000 : 15_000,
      logLevel: LogLevel.ERROR,
    });
    slack.faults.add({ target: "call", method: "chat.postMessage", ...fault });
    await client.auth.test();
    await expect(client.chat.postMessage(message)).rejects.toMatchObject({ code });
    expect(copies(slack)).toBe(left);
    expect(violationRules(slack)).toEqual([]);
  });

  test("makes a client that repeats by itself post twice: the trap this emulator is for", async () => {
    const slack = await startSlack();
    const eager = new WebClient(slack.env.SLACK_BOT_TOKEN, {
      slackApiUrl: slack.env.SLACK_API_URL,
      retryConfig: { retries: 2, minTimeout: 10, maxTimeout: 10 },
      logLevel: LogLevel.ERROR,
    });
    slack.faults.add({ target: "call", method: "chat.postMessage", mode: "drop", phase: "after" });
    await eager.chat.postMessage(message);
    expect(copies(slack)).toBe(2);
  });

  test("strikes where and as often as told", async () => {
    const slack = await startSlack();
    const client = createClient(slack);
    slack.faults.add({ target: "call", match: "two", skip: 1, times: 2, mode: "http_error" });
    const outcomes: string[] = [];
    for (const text of ["one", "two", "two", "two", "two"]) {
      const sent = await client.chat.postMessage({ ...message, text }).catch(() => undefined);
      outcomes.push(sent === undefined ? "failed" : "sent");
    }
    expect(outcomes).toEqual(["sent", "sent", "failed", "failed", "sent"]);
    expect(slack.faults.armed()).toEqual([]);
  });

  test("slow answers late, with its effect", async () => {
    const slack = await startSlack();
    slack.faults.add({ target: "call", mode: "slow", delayMs: 120 });
    const startedAtMs = performance.now();
    await createClient(slack).chat.postMessage(message);
    expect(performance.now() - startedAtMs).toBeGreaterThan(100);
    expect(copies(slack)).toBe(1);
  });

  test("that cannot happen for real is refused", async () => {
    const slack = await startSlack();
    expect(() => slack.faults.add({ target: "call", mode: "rate_limit", phase: "after" })).toThrow("invalid_fault");
    expect(() => slack.faults.add({ target: "delivery", mode: "http_error" })).toThrow("invalid_fault");
  });
});

describe("rate limits", () => {
  test("answer 429 with Retry-After; a call before it is over is a violation, another channel is free", async () => {
    const slack = await startSlack({ settings: { postBurst: 2 } });
    const client = createClient(slack);
    await client.chat.postMessage(message);
    await client.chat.postMessage(message);
    await expect(client.chat.postMessage(message)).rejects.toMatchObject({
      code: ErrorCode.RateLimitedError,
      retryAfter: 1,
    });
    await client.chat.postMessage({ ...message, channel: "C000BUILDS" });
    await new Promise((resolve) => setTimeout(resolve, 60));
    await expect(client.chat.postMessage(message)).rejects.toMatchObject({ code: ErrorCode.RateLimitedError });
    expect(violationRules(slack)).toEqual(["called_before_retry_after"]);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await client.chat.postMessage(message);
    expect(copies(slack)).toBe(3);
  });

  test("count calls by method tier", async () => {
    const slack = await startSlack({ settings: { tierCalls: { 1: 1, 2: 2, 3: 3, 4: 4 } } });
    const client = createClient(slack);
    await client.users.list({});
    await client.users.list({});
    const refused = await client.users.list({}).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: ErrorCode.RateLimitedError });
    expect([59, 60]).toContain((refused as { retryAfter?: number }).retryAfter);
    expect(slack.calls("users.list").map(({ outcome }) => outcome)).toEqual(["ok", "ok", "ratelimited"]);
  });
});
