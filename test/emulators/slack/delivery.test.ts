import { describe, expect, test } from "vitest";
import { freePort } from "../../support/free-port.js";
import { startApp, startSlack, violationRules } from "./harness.js";
import { asText } from "./json.js";

interface Seen {
  readonly id: string;
  readonly text: string;
  readonly retry: number;
  readonly reason: string;
}

const fast = { redeliveryDelaysMs: [20, 40, 60] };

describe.each(["socket", "http"] as const)("an event over %s", (mode) => {
  async function listen(settings = {}, handle: (times: number) => Promise<void> = async () => undefined) {
    const slack = await startSlack({ settings: { ...fast, ...settings } });
    const seen: Seen[] = [];
    await startApp(slack, mode, {
      processBeforeResponse: true,
      prepare: (app) => {
        app.event("message", async ({ event, body, context }) => {
          const text = "text" in event ? asText(event.text) : "";
          seen.push({ id: body.event_id, text, retry: context.retryNum ?? 0, reason: asText(context.retryReason) });
          await handle(seen.length);
        });
      },
    });
    const say = (text: string) => slack.people.say({ user: "mia", channel: "general", text });
    const idle = () => slack.until(() => slack.pendingDeliveries() === 0);
    return { slack, seen, say, idle };
  }

  test("comes once when it is acknowledged", async () => {
    const { slack, seen, say, idle } = await listen();
    say("one");
    await idle();
    expect(seen).toMatchObject([{ text: "one", retry: 0 }]);
    expect(slack.lostEvents()).toEqual([]);
  });

  test("comes again when told to, with the same event id", async () => {
    const { slack, seen, say, idle } = await listen();
    slack.faults.add({ target: "delivery", method: "event", mode: "duplicate", count: 2 });
    say("one");
    await idle();
    await slack.until(() => seen.length === 3);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(1);
    expect(violationRules(slack)).toEqual([]);
  });

  test("comes out of order when told to", async () => {
    const { slack, seen, say, idle } = await listen();
    slack.faults.add({ target: "delivery", mode: "reorder", count: 3 });
    for (const text of ["one", "two", "three", "four"]) say(text);
    await idle();
    await slack.until(() => seen.length === 4);
    expect(seen[0]?.text).not.toBe("one");
    expect(seen.map(({ text }) => text).sort()).toEqual(["four", "one", "three", "two"]);
  });

  test("comes again when its connection broke before the acknowledgement was read", async () => {
    const { slack, seen, say, idle } = await listen({ redeliveryDelaysMs: [1_500, 1_500, 1_500] });
    slack.faults.add({ target: "delivery", mode: "drop_socket", phase: "after" });
    say("one");
    await slack.until(() => seen.length === 2);
    await idle();
    expect(seen.map(({ retry }) => retry)).toEqual([0, 1]);
    expect(seen[0]?.id).toBe(seen[1]?.id);
    expect(violationRules(slack)).toEqual([]);
  });

  test("is given up after the last retry; history still has it", async () => {
    const { slack, seen, say, idle } = await listen({ ackTimeoutMs: 200 });
    slack.faults.add({ target: "delivery", mode: "lose", times: 4 });
    say("lost");
    await idle();
    expect(seen).toEqual([]);
    expect(slack.lostEvents()).toMatchObject([{ event: { text: "lost" } }]);
    expect(slack.people.channel("general")).toMatchObject([{ text: "lost" }]);
  });

  test("does not come to an app that was removed, unsubscribed by scope, or revoked", async () => {
    const { slack, seen, say, idle } = await listen();
    slack.admin.removeBot("general");
    say("unheard");
    slack.admin.inviteBot("general");
    slack.admin.dropScope("channels:history");
    say("unheard");
    slack.admin.grantScope("channels:history");
    slack.admin.revokeToken("bot");
    say("unheard");
    slack.admin.restoreToken("bot");
    say("heard");
    await idle();
    expect(seen.map(({ text }) => text)).toEqual(["heard"]);
  });
});

describe("redelivery", () => {
  test("follows from a failing handler over HTTP, as http_error", async () => {
    const slack = await startSlack({ settings: fast });
    const seen: Seen[] = [];
    await startApp(slack, "http", {
      processBeforeResponse: true,
      prepare: (app) => {
        app.event("message", async ({ body, context }) => {
          const reason = asText(context.retryReason);
          seen.push({ id: body.event_id, text: "", retry: context.retryNum ?? 0, reason });
          if (seen.length < 3) throw new Error("not yet");
        });
      },
    });
    slack.people.say({ user: "mia", channel: "general", text: "x" });
    await slack.until(() => seen.length === 3 && slack.pendingDeliveries() === 0);
    expect(seen.map(({ retry, reason }) => [retry, reason])).toEqual([
      [0, ""],
      [1, "http_error"],
      [2, "http_error"],
    ]);
  });

  test("follows from a late acknowledgement, which is a violation", async () => {
    const slack = await startSlack({ settings: { ...fast, ackTimeoutMs: 700 } });
    let times = 0;
    await startApp(slack, "http", {
      processBeforeResponse: true,
      prepare: (app) => {
        app.event("message", async () => {
          times += 1;
          if (times === 1) await new Promise((resolve) => setTimeout(resolve, 1_000));
        });
      },
    });
    slack.people.say({ user: "mia", channel: "general", text: "x" });
    await slack.until(() => violationRules(slack).length === 2);
    expect(violationRules(slack)).toEqual(["missing_ack", "late_ack"]);
    expect(times).toBe(2);
  });

  test("continues after the emulator died and came back", async () => {
    const { mkdtemp } = await import("node:fs/promises");
    const { tmpdir } = await import("node:os");
    const { join } = await import("node:path");
    const statePath = join(await mkdtemp(join(tmpdir(), "slack-")), "state.jsonl");
    const first = await startSlack({ statePath, port: await freePort(), settings: fast });
    first.people.say({ user: "mia", channel: "general", text: "before the fall" });
    await first.kill();
    const second = await startSlack({
      statePath,
      port: first.port,
      settings: { ...fast, redeliveryDelaysMs: [100, 100, 100] },
    });
    const seen: string[] = [];
    await startApp(second, "socket", {
      prepare: (app) =>
        app.event("message", async ({ event }) => void seen.push("text" in event ? asText(event.text) : "")),
    });
    await second.until(() => seen.length === 1);
    expect(seen).toEqual(["before the fall"]);
  });
});
