import { afterEach, expect, test } from "vitest";
import { createMemoryPlatform } from "../../adapters/memory/chat.js";
import { createMemoryLeases, type LeaseTable } from "../../adapters/memory/leases.js";
import { createMemoryNodes, createNodeTable } from "../../adapters/memory/nodes.js";
import type { Chat } from "../../src/ports/chat.js";
import type { ChatDoor, Inbound } from "../../src/ports/chat-inbound.js";
import type { EventLog } from "../../src/ports/event-log.js";
import { createMemoryWorld, messagesOf, pass, startMemoryParley } from "./memory-parley.js";

const mia = { id: "U-mia", displayName: "Mia" };
const late = /^n1\n\[written at [-0-9: ]+ UTC; it arrived late, after newer messages of its thread\]$/;
const ends: (() => void)[] = [];

afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Two processes that both hear one platform, and a thread in which Mia has said something at each. */
async function openTwo() {
  const world = await createMemoryWorld();
  const { clock } = world;
  const platform = createMemoryPlatform({ platform: "slack", clock, severalProcesses: true });
  const table: LeaseTable = new Map();
  const nodes = createNodeTable();

  async function open(name: string, life: number) {
    let door: ChatDoor | undefined;
    let frozen: { before: string; writesLeft: number; until: Promise<void> } | undefined;
    const append: EventLog["append"] = async (stream, commits) => {
      const stops = frozen && stream.startsWith(frozen.before) ? frozen : undefined;
      if (stops?.writesLeft === 0) await stops.until;
      const result = await world.log.append(stream, commits);
      // A lost race writes nothing.
      if (stops && stops.writesLeft > 0 && result.kind === "appended") stops.writesLeft -= 1;
      return result;
    };
    const log = new Proxy(world.log, { get: (target, key) => (key === "append" ? append : Reflect.get(target, key)) });
    const chat = platform.chat();
    const watched: Chat = {
      ...chat,
      start: (given) => {
        door = given;
        return chat.start(given);
      },
    };
    const shared = createMemoryNodes({ info: { name, runtimes: ["scripted"] }, table: nodes });
    await shared.join();
    const leases = createMemoryLeases({ clock, node: name, table });
    const fleet = { node: name, leases, nodes: shared, whyOffline: () => undefined };
    const parley = await startMemoryParley({ ...world, log }, { chats: [watched], life, fleet });
    ends.push(parley.kill);
    return {
      hear: (inbound: Inbound) => void door?.deliver(structuredClone(inbound)).catch(() => {}),
      /** Stands still before its next write to such a stream, or after some more; returns how to go on. */
      freezeBefore(stream: string, { writesLeft = 0 } = {}) {
        let thaw = () => {};
        const until = new Promise<void>((resolve) => {
          thaw = resolve;
        });
        frozen = { before: stream, writesLeft, until };
        return () => {
          frozen = undefined;
          thaw();
        };
      },
    };
  }

  const one = await open("one", 1);
  const two = await open("two", 1_001);
  void platform.act({ user: mia, channel: "S1", action: { kind: "command", text: "new shared" } });
  await pass(world, 8_000);
  const root = platform.posts.find(({ post }) => post.kind === "root");
  const roomId = root?.post.kind === "root" ? root.post.card.roomId : "";
  /** What Mia writes now; the platform delivers it only where the test says. */
  const write = (text: string): Inbound => ({
    platform: "slack",
    id: `message-${text}`,
    atMs: clock.nowMs(),
    user: mia,
    channel: "S1",
    thread: root?.ids[0] ?? "",
    action: { kind: "message", text, startsWithUser: false, files: [] },
  });
  for (const [process, text] of [[one, "a"] as const, [two, "b"] as const]) {
    process.hear(write(text));
    await pass(world, 1_000);
  }
  const heard = async () =>
    (await messagesOf(world.log, roomId)).filter(({ from }) => from === "mia").map(({ body }) => body);
  expect(await heard()).toEqual(["a", "b"]);
  return { world, one, two, write, heard: async () => (await heard()).slice(2) };
}

test.each([
  ["storing it", "inbox/"],
  ["posting it", "room/"],
])("a message whose process froze before %s shows that newer ones came first", async (_, stream) => {
  const { world, one, two, write, heard } = await openTwo();
  const thaw = one.freezeBefore(stream);
  one.hear(write("n1"));
  await pass(world, 4_000);
  two.hear(write("n2"));
  await pass(world, 1_000);
  thaw();
  await pass(world, 30_000);
  expect(await heard()).toEqual(["n2", expect.stringMatching(late)]);
});

test("a message that is sent again to another process shows that newer ones came first, and comes once", async () => {
  const { world, one, two, write, heard } = await openTwo();
  const thaw = one.freezeBefore("");
  const first = write("n1");
  one.hear(first);
  await pass(world, 4_000);
  two.hear(write("n2"));
  two.hear(write("n3"));
  await pass(world, 1_000);
  two.hear(first);
  await pass(world, 1_000);
  thaw();
  await pass(world, 30_000);
  expect(await heard()).toEqual(["n2", "n3", expect.stringMatching(late)]);
});

test("a message that a process had posted before it froze is not posted again by the one that takes it over", async () => {
  const { world, one, two, write, heard } = await openTwo();
  const first = write("n1");
  // It is received and in the room, but not yet marked as done.
  const thaw = one.freezeBefore("inbox/", { writesLeft: 1 });
  one.hear(first);
  await pass(world, 100);
  two.hear(write("n2"));
  two.hear(first);
  await pass(world, 30_000);
  thaw();
  await pass(world, 30_000);
  expect(await heard()).toEqual(["n1", "n2"]);
});

test("two messages that reach two processes at the same moment come in order, or the older one says that it is late", async () => {
  const { world, one, two, write, heard } = await openTwo();
  const first = write("n1");
  world.clock.advance(1);
  two.hear(write("n2"));
  one.hear(first);
  await pass(world, 5_000);
  const bodies = await heard();
  expect(bodies).toHaveLength(2);
  expect(bodies[0] === "n1" ? bodies[1] === "n2" : late.test(bodies[1] ?? "")).toBe(true);
});

test("messages that reach two processes in order are left as they are", async () => {
  const { world, one, two, write, heard } = await openTwo();
  for (const [at, process] of [one, two, two, one].entries()) {
    process.hear(write(`n${at}`));
    await pass(world, 100);
  }
  expect(await heard()).toEqual(["n0", "n1", "n2", "n3"]);
});
