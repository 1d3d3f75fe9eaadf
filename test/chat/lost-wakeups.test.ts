import { expect, test } from "vitest";
import { createMemoryPlatform } from "../../adapters/memory/chat.js";
import { createMemoryLeases } from "../../adapters/memory/leases.js";
import { createMemoryNodes, createNodeTable } from "../../adapters/memory/nodes.js";
import type { Chat } from "../../src/ports/chat.js";
import { createMemoryWorld, type MemoryWorld, pass, startMemoryParley } from "./memory-parley.js";

const mia = { id: "U-mia", displayName: "Mia" };

/** Posts as another process would: only the log learns of it, and no wake-up comes. */
async function writeElsewhere(world: Pick<MemoryWorld, "log" | "clock">, roomId: string, body: string): Promise<void> {
  const stream = `room/${roomId}`;
  const head = await world.log.head(stream);
  if (!head) throw new Error("no room");
  const event = {
    type: "message.posted",
    messageId: `m-${body}`,
    from: "mia",
    to: "room",
    body,
    class: "deliver",
    hop: 0,
  };
  const version = head.version + 1;
  const at = world.clock.nowMs();
  await world.log.append(stream, [{ id: `c-${body}`, version, parent: head.id, at, by: "mia", events: [event] }]);
}

/** `onPost`: called while the platform takes a message. */
async function open(onPost: (roomId: string, world: MemoryWorld) => Promise<void> = async () => {}) {
  const world = await createMemoryWorld();
  const platform = createMemoryPlatform({ platform: "memory", clock: world.clock, supports: { postBurst: 20 } });
  const chat = platform.chat();
  const watched: Chat = {
    ...chat,
    post: async (target, post, key) => {
      if (post.kind === "message") await onPost(key.split("/")[0] ?? "", world);
      return chat.post(target, post, key);
    },
  };
  // Of a fleet: another process may write what this one learns from the log.
  const nodes = createMemoryNodes({ info: { name: "one", runtimes: ["scripted"] }, table: createNodeTable() });
  await nodes.join();
  const leases = createMemoryLeases({ clock: world.clock, node: "one" });
  const fleet = { node: "one", leases, nodes, whyOffline: () => undefined };
  const parley = await startMemoryParley(world, { chats: [watched], life: 1, fleet });
  await platform.act({ user: mia, channel: "C1", action: { kind: "command", text: "new gaps" } });
  await pass(world, 5_000);
  const root = platform.posts.find(({ post }) => post.kind === "root");
  const roomId = root?.post.kind === "root" ? root.post.card.roomId : "";
  const shown = () => platform.posts.flatMap(({ post }) => (post.kind === "message" ? [post.message.text] : []));
  return { world, parley, roomId, shown };
}

test("a thread whose wake-up was lost is shown by the next sweep", async () => {
  const { world, parley, roomId, shown } = await open();
  await writeElsewhere(world, roomId, "hello");
  expect(shown()).toEqual([]);
  await pass(world, 12_000);
  expect(shown()).toEqual(["hello"]);
  parley.kill();
});

test("events that come while a thread posts, newer than the room in memory, are shown after one fresh look", async () => {
  const bodies = Array.from({ length: 6 }, (_, at) => `body-${at}`);
  const later = bodies.slice(1);
  const { world, parley, roomId, shown } = await open(async (id, { log, clock }) => {
    for (const body of later.splice(0)) await writeElsewhere({ log, clock }, id, body);
  });
  await parley.runtime.rooms.execute(roomId, {
    type: "message.post",
    by: { kind: "admin" },
    messageId: "m0",
    body: "body-0",
    to: "room",
  });
  await pass(world, 12_000);
  expect(shown()).toEqual(bodies);
  expect(parley.logged().filter((text) => text.includes("another process has shown this already"))).toEqual([]);
  parley.kill();
});
