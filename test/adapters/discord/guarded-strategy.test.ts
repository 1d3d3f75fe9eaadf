import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { WebSocketShard } from "@discordjs/ws";
import { afterEach, expect, test } from "vitest";
import { guardShard } from "../../../adapters/discord/guarded-strategy.js";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A server that takes connections and answers nothing, and a guarded connection of the SDK to it. */
async function openShard() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  const strategy = {
    options: { version: "10", encoding: "json", gatewayInformation: { url: `ws://127.0.0.1:${port}` } },
    retrieveSessionInfo: async () => null,
    updateSessionInfo: async () => {},
  };
  const shard = new WebSocketShard(strategy as never, 0);
  const broken: unknown[] = [];
  guardShard(shard, (error) => broken.push(error));
  const taken = once(server, "connection") as Promise<[Socket]>;
  shard.connect().catch(() => {});
  const [socket] = await taken;
  closing.push(() => socket.destroy());
  socket.resume();
  return { shard, socket, broken, server };
}

test("a connection that is given up while it opens is closed", async () => {
  const { shard, socket, broken } = await openShard();
  await shard.destroy({ reason: "given up" });
  await once(socket, "close");
  expect(broken).toEqual([]);
});

test("a connection that is replaced while it opens leaves one open, and its reset harms nothing", async () => {
  const { shard, socket, broken, server } = await openShard();
  const next = once(server, "connection") as Promise<[Socket]>;
  const replaced = shard.destroy({ reason: "another", recover: 0 });
  socket.resetAndDestroy();
  const [second] = await next;
  closing.push(() => second.destroy());
  second.resume();
  await shard.destroy({ reason: "the end" });
  await Promise.all([replaced, once(second, "close")]);
  expect(broken).toEqual([]);
});

test("a shard that is told to connect twice says so, and the process goes on", async () => {
  const { shard, broken } = await openShard();
  void shard.connect().catch(() => {});
  await expect.poll(() => broken).toEqual([expect.objectContaining({ message: expect.stringContaining("idle") })]);
  await shard.destroy({ reason: "the end" });
});
