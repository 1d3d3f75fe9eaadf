import { type IncomingMessage, request } from "node:http";
import { expect, test } from "vitest";
import { garbageCollector } from "../support/collect-garbage.js";
import { until } from "../support/until.js";
import { adminToken, createApi, makeRoom } from "./support/api.js";
import { auth, useServer } from "./support/use-server.js";

const { listen } = useServer();
/** The system buffers at most a few MiB for a socket, so a viewer that does not read is cut long before this many messages. */
const maxMessages = 800;
const body = "y".repeat(30_000);
/** Collecting garbage costs more than posting a message. */
const measureEvery = 10;
/** 256 KiB for unread data of the viewer, and room for the messages under way. */
const maxGrowthBytes = 2 * 1_024 * 1_024;

/** Opens a stream and reads nothing of it. */
function stall(url: string, token: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers: auth(token), agent: false }, (response) => {
      response.pause();
      response.on("error", () => {});
      resolve(response);
    });
    sent.on("error", reject);
    sent.end();
  });
}

test("a server cuts a viewer that does not read, and holds no more for it than it may be behind", async () => {
  const collect = garbageCollector();
  const buffers = () => {
    collect();
    return process.memoryUsage().arrayBuffers;
  };
  const api = await createApi();
  const room = await makeRoom(api, { policy: { loopGuard: false } });
  const url = await listen(api);
  const stalled = await stall(`${url}${room.path}/events`, room.viewer);
  let closed = false;
  stalled.on("close", () => {
    closed = true;
  });
  const before = buffers();
  let growth = 0;
  let sent = 0;
  while (api.feeds.viewers() > 0 && sent < maxMessages) {
    await api.call("POST", `${room.path}/messages`, { token: room.member, body: { body, to: ["host"] } });
    sent += 1;
    if (sent % measureEvery === 0) growth = Math.max(growth, buffers() - before);
  }
  expect(api.feeds.viewers()).toBe(0);
  expect(sent).toBeGreaterThan(measureEvery);
  expect(growth).toBeLessThan(maxGrowthBytes);
  stalled.resume();
  await until("its connection is closed", () => closed);
  expect(stalled.complete).toBe(false);
  const metrics = await (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${adminToken}` } })).text();
  expect(metrics).toContain('parley_viewers_ended_total{end="cut"} 1');
  expect(metrics).toContain('parley_check_ok{check="log"} 1');
});
