import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { createClient } from "./bolt-app.js";
import type { SlackEmulator } from "./emulator.js";
import { startApp, startSlack, violationRules } from "./harness.js";
import { asObject, asText, parseJson } from "./json.js";

const settings = { redeliveryDelaysMs: [10, 10, 10] };

interface Frames {
  readonly socket: WebSocket;
  readonly frames: Record<string, unknown>[];
}

/** A bare connection, to see and do what Bolt would not. */
async function connect(slack: SlackEmulator): Promise<Frames> {
  const { url } = await createClient(slack, slack.env.SLACK_APP_TOKEN).apps.connections.open();
  const socket = new WebSocket(url as string);
  const frames: Record<string, unknown>[] = [];
  socket.on("message", (data) => frames.push(asObject(parseJson(String(data)))));
  await slack.until(() => frames.length > 0);
  return { socket, frames };
}

const acknowledge = ({ socket, frames }: Frames): void =>
  socket.send(JSON.stringify({ envelope_id: asText(frames.at(-1)?.envelope_id) }));

describe("socket mode", () => {
  test("greets, and hands each payload to one of the connections", async () => {
    const slack = await startSlack({ settings });
    const both = [await connect(slack), await connect(slack)];
    expect(both.map(({ frames }) => frames[0])).toMatchObject([
      { type: "hello", num_connections: 1, connection_info: { app_id: "A000PARLEY" } },
      { type: "hello", num_connections: 2 },
    ]);
    for (const one of both) one.socket.on("message", () => acknowledge(one));
    for (let n = 0; n < 6; n += 1) slack.people.say({ user: "mia", channel: "general", text: `${n}` });
    await slack.until(() => slack.pendingDeliveries() === 0);
    expect(both.map(({ frames }) => frames.length - 1)).toEqual([3, 3]);
  });

  test("sends an unacknowledged envelope again, and calls acknowledgements late or double", async () => {
    const slack = await startSlack({ settings: { ackTimeoutMs: 700, redeliveryDelaysMs: [10] } });
    const one = await connect(slack);
    slack.people.say({ user: "mia", channel: "general", text: "x" });
    await slack.until(() => one.frames.length === 3);
    const [, first, second] = one.frames;
    expect(first).toMatchObject({ type: "events_api", retry_attempt: 0 });
    expect(second).toMatchObject({ type: "events_api", retry_attempt: 1, retry_reason: "timeout" });
    expect(second?.payload).toEqual(first?.payload);
    one.socket.send(JSON.stringify({ envelope_id: first?.envelope_id }));
    acknowledge(one);
    acknowledge(one);
    one.socket.send(JSON.stringify({ envelope_id: "made-up" }));
    await slack.until(() => violationRules(slack).length === 4);
    expect(violationRules(slack)).toEqual(["missing_ack", "late_ack", "double_ack", "unknown_ack"]);
    expect(slack.lostEvents()).toEqual([]);
  });

  test("takes ten connections, no eleventh, and a ticket only once", async () => {
    const slack = await startSlack({ settings });
    for (let n = 0; n < 10; n += 1) await connect(slack);
    const eleventh = await connect(slack);
    expect(eleventh.frames).toMatchObject([{ type: "disconnect", reason: "too_many_websockets" }]);
    expect(slack.socketMode.connections()).toBe(10);
    expect(violationRules(slack)).toEqual(["too_many_connections"]);
    const used = new WebSocket(eleventh.socket.url);
    const error = await new Promise<Error>((resolve) => used.once("error", resolve));
    expect(error.message).toContain("403");
  });

  test.each(["refresh_requested", "cut", "mute"] as const)(
    "an app comes back after %s and gets the missed events",
    async (how) => {
      const slack = await startSlack({
        settings: { ackTimeoutMs: 500, redeliveryDelaysMs: [400, 600, 1_000, 2_000, 3_000] },
      });
      const seen: string[] = [];
      await startApp(slack, "socket", {
        clientPingTimeoutMs: 300,
        prepare: (app) =>
          app.message(async ({ message }) => void seen.push("text" in message ? asText(message.text) : "")),
      });
      if (how === "cut") slack.socketMode.cut();
      else if (how === "mute") slack.socketMode.mute();
      else slack.socketMode.disconnect({ reason: how });
      slack.people.say({ user: "mia", channel: "general", text: "while you were away" });
      await slack.until(() => seen.length > 0);
      expect(seen).toEqual(["while you were away"]);
    },
  );

  test("shows dispatch_failed for a command while no app listens", async () => {
    const slack = await startSlack({ settings });
    expect(await slack.people.command({ user: "mia", channel: "general", text: "/room" })).toEqual({
      ok: false,
      shown: '/room failed with the error "dispatch_failed"',
    });
  });

  test("can refuse the handshake", async () => {
    const slack = await startSlack({ settings });
    slack.faults.add({ target: "socket", mode: "refuse" });
    const { url } = await createClient(slack, slack.env.SLACK_APP_TOKEN).apps.connections.open();
    const error = await new Promise<Error>((resolve) => new WebSocket(url as string).once("error", resolve));
    expect(error.message).toContain("503");
  });
});
