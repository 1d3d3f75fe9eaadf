import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createSystemClock } from "../../../adapters/memory/system-clock.js";
import { createSlackChat } from "../../../adapters/slack/chat.js";
import { createHttpMount } from "../../../adapters/slack/receivers.js";
import { createSlackEmulator } from "../../emulators/slack/emulator.js";
import { channel, openThread, startChat, startEmulator, startHearing } from "./harness.js";

const quick = { redeliveryDelaysMs: [50, 200, 500, 1_000, 2_000, 4_000] };

describe("sockets", () => {
  test("are two, and while one is refreshed nothing is missed or refused", async () => {
    const rig = await startHearing("socket", { settings: quick });
    const { slack } = rig;
    const thread = await openThread(rig);
    for (let n = 0; n < 4; n += 1) {
      const opened = slack.calls("apps.connections.open").length;
      slack.socketMode.disconnect({ reason: "refresh_requested", index: 0 });
      await slack.until(() => slack.calls("apps.connections.open").length > opened);
      expect(await slack.people.command({ user: "mia", channel, text: `/room ${n}` })).toMatchObject({ ok: true });
      slack.people.say({ user: "mia", channel, threadTs: thread.thread, text: `m${n}` });
      await slack.until(() => slack.socketMode.connections() === 2);
    }
    await slack.until(() => slack.pendingDeliveries() === 0);
    expect(new Set(rig.inbound.map(({ id }) => id)).size).toBe(8);
    expect(rig.connects()).toBe(1);
  });

  test("come back when all are gone, report it, and catch up", async () => {
    const rig = await startHearing("socket", { settings: quick });
    const { slack } = rig;
    const thread = await openThread(rig);
    for (const how of ["refresh_requested", "warning", "link_disabled"] as const) {
      const before = rig.connects();
      slack.socketMode.disconnect({ reason: how });
      slack.people.say({ user: "mia", channel, threadTs: thread.thread, text: how });
      await slack.until(() => rig.connects() > before && slack.socketMode.connections() === 2, 10_000);
    }
    slack.faults.add({ target: "delivery", mode: "drop_socket", method: "event" });
    slack.people.say({ user: "mia", channel, threadTs: thread.thread, text: "cut" });
    await slack.until(() => slack.pendingDeliveries() === 0, 10_000);
    expect(new Set(rig.inbound.map(({ id }) => id)).size).toBe(4);
    expect(slack.lostEvents()).toEqual([]);
  });

  test("that went silent are noticed and replaced", async () => {
    // Redelivered for longer than it may take to notice: abandoned events are in the history only.
    const rig = await startHearing("socket", { settings: { redeliveryDelaysMs: Array<number>(40).fill(1_000) } });
    const { slack } = rig;
    const thread = await openThread(rig);
    slack.socketMode.mute();
    slack.people.say({ user: "mia", channel, threadTs: thread.thread, text: "anybody?" });
    await slack.until(() => rig.connects() >= 2, 40_000);
    await slack.until(() => rig.inbound.length > 0, 10_000);
  }, 180_000);

  test("of which one went silent: its lost events are looked up, though the other one was alive", async () => {
    const rig = await startHearing("socket", { settings: quick });
    const { slack } = rig;
    await openThread(rig);
    slack.socketMode.mute({ index: 0 });
    await slack.until(() => rig.connects() === 2, 40_000);
    expect(slack.socketMode.connections()).toBe(2);
  }, 180_000);

  test("say that they are deaf while no handshake works", async () => {
    const rig = await startHearing("socket", { settings: quick });
    const { slack } = rig;
    slack.faults.add({ target: "socket", mode: "refuse", times: 6 });
    slack.socketMode.cut();
    await slack.until(() => slack.socketMode.connections() === 0);
    await slack.until(() => rig.logged().includes("deaf"));
    expect(await rig.chat.check()).toMatchObject({ ok: false, detail: expect.stringContaining("does not hear Slack") });
    await slack.until(() => rig.connects() === 2, 15_000);
    expect(await rig.chat.check()).toEqual({ ok: true });
  });

  test("survive that the app token is revoked and restored", async () => {
    const rig = await startHearing("socket", { settings: quick });
    const { slack } = rig;
    slack.admin.revokeToken("app");
    slack.socketMode.cut();
    await slack.until(() => rig.logged().includes("SLACK_APP_TOKEN"));
    expect(await rig.chat.check()).toMatchObject({ ok: false, detail: expect.stringContaining("SLACK_APP_TOKEN") });
    slack.admin.restoreToken("app");
    await slack.until(() => rig.connects() === 2, 15_000);
    expect(await rig.chat.check()).toEqual({ ok: true });
  });

  test("are closed by stop and stay closed", async () => {
    const rig = await startHearing("socket");
    await rig.stop();
    await rig.slack.until(() => rig.slack.socketMode.connections() === 0);
    const opened = rig.slack.calls("apps.connections.open").length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(rig.slack.calls("apps.connections.open")).toHaveLength(opened);
  });
});

describe.each(["socket", "http"] as const)("a start, over %s,", (mode) => {
  test("works with Slack away, says so, and connects when it is there", async () => {
    const slack = await createSlackEmulator();
    const { port } = slack;
    await slack.stop();
    const startedAtMs = Date.now();
    const rig = await startChatAway(mode, slack.env);
    expect(Date.now() - startedAtMs).toBeLessThan(5_000);
    expect(await rig.chat.check()).toMatchObject({ ok: false, detail: expect.stringContaining("cannot be reached") });
    const back = await startEmulator({ port });
    await back.until(() => rig.connects() === 1, 15_000);
    expect(await rig.chat.check()).toEqual({ ok: true });
    await rig.stop();
  });

  test("works with a wrong bot token, and says so", async () => {
    const rig = await startChat(mode, { env: { SLACK_BOT_TOKEN: "xoxb-wrong" } });
    expect(await rig.chat.check()).toMatchObject({ ok: false, detail: expect.stringContaining("SLACK_BOT_TOKEN") });
    expect(rig.connects()).toBe(0);
    expect(rig.logged()).not.toContain("xoxb-wrong");
    await expect(rig.chat.history({ kind: "thread", channel, thread: "1.0" }, 0)).rejects.toMatchObject({
      name: "ChatError",
    });
  });

  test("works with a missing scope, and says which", async () => {
    const slack = await startEmulator();
    slack.admin.dropScope("users:read");
    const rig = await startChat(mode, { slack });
    await slack.until(() => rig.connects() > 0);
    const { ok, detail } = await rig.chat.check();
    expect(ok).toBe(false);
    expect(detail).toContain("users:read (people are called by their ids)");
    await slack.people.command({ user: "mia", channel, text: "/room list" });
    expect(rig.inbound[0]?.user).toEqual({ id: "U000MIA", displayName: "mia" });
  });
});

test("over HTTP, a redelivery by Slack makes Parley look for other missed events", async () => {
  const rig = await startHearing("http", { settings: quick });
  const { slack } = rig;
  const thread = await openThread(rig);
  slack.faults.add({ target: "delivery", mode: "lose", method: "event", times: 3 });
  slack.people.say({ user: "mia", channel, threadTs: thread.thread, text: "lost three times" });
  await slack.until(() => rig.inbound.length === 1);
  expect(rig.connects()).toBe(2);
});

async function startChatAway(mode: "socket" | "http", env: Record<string, string>) {
  let connects = 0;
  const chat = createSlackChat({
    botToken: env.SLACK_BOT_TOKEN ?? "",
    ...(mode === "socket" ? { appToken: env.SLACK_APP_TOKEN } : { signingSecret: env.SLACK_SIGNING_SECRET }),
    apiUrl: env.SLACK_API_URL,
    clock: createSystemClock(),
    logger: createMemoryLogger(),
  });
  const { stop } = await chat.start({
    deliver: async () => ({ kind: "none" }),
    connected: () => {
      connects += 1;
    },
  });
  return { chat, stop, connects: () => connects };
}

describe("signed requests", () => {
  const nowMs = 1_790_000_000_000;
  const secret = "a-signing-secret";
  const taken: unknown[] = [];
  let sentAgain = 0;
  const mount = createHttpMount({
    signingSecret: secret,
    clock: { nowMs: () => nowMs, monotonicMs: () => 0, after: () => () => undefined },
    logger: createMemoryLogger(),
    take: async (payload) => {
      taken.push(payload);
      return { body: { ok: "yes" } };
    },
    onSentAgain: () => {
      sentAgain += 1;
    },
  });

  const request = (body: string, more: { ageS?: number; key?: string; headers?: Record<string, string> } = {}) => {
    const timestamp = String(Math.floor(nowMs / 1_000) - (more.ageS ?? 0));
    const digest = createHmac("sha256", more.key ?? secret)
      .update(`v0:${timestamp}:${body}`)
      .digest("hex");
    const headers = {
      "content-type": "application/json",
      "x-slack-request-timestamp": timestamp,
      "x-slack-signature": `v0=${digest}`,
      ...more.headers,
    };
    return mount.handle(new Request("http://localhost/slack/events", { method: "POST", body, headers }));
  };

  test.each<[string, Parameters<typeof request>[1], number]>([
    ["signed now", {}, 200],
    ["signed 299 s ago", { ageS: 299 }, 200],
    ["signed 301 s ago", { ageS: 301 }, 401],
    ["signed 301 s ahead", { ageS: -301 }, 401],
    ["signed by somebody else", { key: "another" }, 401],
    ["of another version", { headers: { "x-slack-signature": "v1=00" } }, 401],
    ["without a signature", { headers: { "x-slack-signature": "" } }, 401],
    ["without a time", { headers: { "x-slack-request-timestamp": "" } }, 401],
    ["with an invalid time", { headers: { "x-slack-request-timestamp": "NaN" } }, 401],
  ])("%s", async (_, more, status) => {
    const before = taken.length;
    expect((await request('{"type":"event_callback"}', more)).status).toBe(status);
    expect(taken.length - before).toBe(status === 200 ? 1 : 0);
  });

  test("answer the platform's own tests, and refuse what is not JSON", async () => {
    const before = taken.length;
    const verified = await request('{"type":"url_verification","challenge":"c1"}');
    expect(await verified.json()).toEqual({ challenge: "c1" });
    const form = { headers: { "content-type": "application/x-www-form-urlencoded" } };
    expect((await request("ssl_check=1", form)).status).toBe(200);
    expect((await request("{", {})).status).toBe(400);
    expect((await request("payload=%7B", form)).status).toBe(400);
    expect((await request("null", {})).status).toBe(400);
    expect(taken).toHaveLength(before);
  });

  test("that come again are noticed, if they are Slack's", async () => {
    const retry = { "x-slack-retry-num": "1", "x-slack-retry-reason": "http_timeout" };
    await request("{}", { headers: retry });
    await request("{}", { headers: retry, key: "another" });
    await request("{}");
    expect(sentAgain).toBe(1);
  });

  test("are verified before they are read", async () => {
    expect((await request("{", { key: "another" })).status).toBe(401);
    expect((await request('{"type":"url_verification","challenge":"c1"}', { key: "another" })).status).toBe(401);
  });
});

test("neither an app token nor a signing secret is a mistake of the caller", () => {
  const clock = createSystemClock();
  expect(() => createSlackChat({ botToken: "x", clock, logger: createMemoryLogger() })).toThrow("SLACK_APP_TOKEN");
});
