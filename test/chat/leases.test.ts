import { expect, test } from "vitest";
import { createMemoryPlatform } from "../../adapters/memory/chat.js";
import { createMemoryLeases, type LeaseTable } from "../../adapters/memory/leases.js";
import { createMemoryLimits } from "../../adapters/memory/limits.js";
import { createMemoryNodes, createNodeTable } from "../../adapters/memory/nodes.js";
import { outboundReader } from "../../src/core/room/react.js";
import type { Mirror } from "../../src/core/room/room.js";
import type { Chat } from "../../src/ports/chat.js";
import type { Clock } from "../../src/ports/clock.js";
import type { EventLog } from "../../src/ports/event-log.js";
import type { Leases } from "../../src/ports/leases.js";
import type { Limits } from "../../src/ports/limits.js";
import { seededRandom } from "../support/seeded-random.js";
import { createMemoryWorld, type MemoryParley, messagesOf, pass, startMemoryParley } from "./memory-parley.js";

const mia = { id: "U-mia", displayName: "Mia" };

interface Process {
  name: string;
  parley: MemoryParley;
  /** Freezes the process right after its next write to a thread's stream, until it is thawed. */
  freeze(): { isFrozen(): boolean; thaw(): void };
}

/** Rate limits with the latency of a busy Redis. */
function slowly(clock: Clock): Limits {
  const limits = createMemoryLimits({ clock });
  let asked = 0;
  return {
    take: async (...given) => {
      asked += 1;
      await new Promise<void>((resolve) => clock.after((asked % 5) * 70, resolve));
      return limits.take(...given);
    },
  };
}

/** Two processes that show one room on one platform. */
async function openTwo({
  oneConnection,
  areLeasesForgotten,
  isSlow,
}: {
  oneConnection?: true;
  areLeasesForgotten?: true;
  isSlow?: true;
} = {}) {
  const world = await createMemoryWorld();
  const { clock } = world;
  const platform = createMemoryPlatform({
    platform: "slack",
    clock,
    severalProcesses: true,
    supports: { postBurst: 20, postIntervalMs: 50, ...(oneConnection && { oneConnection }) },
  });
  const table: LeaseTable = new Map();
  const nodes = createNodeTable();
  const started: string[] = [];

  async function open(name: string, life: number): Promise<Process> {
    let standStill: Promise<void> | undefined;
    let frozen = false;
    const append: EventLog["append"] = async (stream, commits) => {
      const result = await world.log.append(stream, commits);
      if (standStill && stream.startsWith("mirror/")) {
        frozen = true;
        await standStill;
      }
      return result;
    };
    const log = new Proxy(world.log, { get: (target, key) => (key === "append" ? append : Reflect.get(target, key)) });
    const chat = platform.chat();
    const watched: Chat = {
      ...chat,
      // Slow enough that the other process reaches its own post.
      post: async (...given) => {
        if (areLeasesForgotten || isSlow) await new Promise<void>((resolve) => clock.after(300, resolve));
        return chat.post(...given);
      },
      start: async (door) => {
        started.push(name);
        const running = await chat.start(door);
        const stop = () => {
          started.splice(started.indexOf(name), 1);
          return running.stop();
        };
        return { ...running, stop };
      },
    };
    const shared = createMemoryNodes({ info: { name, runtimes: ["scripted"] }, table: nodes });
    await shared.join();
    const own = createMemoryLeases({ clock, node: name, ...(!areLeasesForgotten && { table }) });
    const leases: Leases = {
      take: async (lease) => {
        if (frozen) await standStill;
        return own.take(lease);
      },
      holder: own.holder,
    };
    const parley = await startMemoryParley(
      { ...world, log },
      {
        chats: [watched],
        life,
        ...(isSlow && { limits: slowly(clock) }),
        fleet: { node: name, leases, nodes: shared, whyOffline: () => undefined },
      },
    );
    return {
      name,
      parley,
      freeze() {
        let thaw = () => {};
        frozen = false;
        standStill = new Promise((resolve) => {
          thaw = () => {
            standStill = undefined;
            frozen = false;
            resolve();
          };
        });
        return { isFrozen: () => frozen, thaw };
      },
    };
  }

  const one = await open("one", 1);
  await pass(world, 100);
  const two = await open("two", 2);
  await pass(world, 100);
  const gone = (name: string) => {
    for (const tell of nodes.listeners) tell(name);
  };
  /** The process that shows the room. */
  const holder = () => [...table].find(([lease]) => lease.startsWith("mirror/"))?.[1].node;
  return { world, platform, one, two, started, gone, holder };
}

async function outboundOf({ one }: Awaited<ReturnType<typeof openTwo>>, roomId: string): Promise<Mirror> {
  const [outbound] = await one.parley.runtime.rooms.peek(roomId, (room) => [...room.mirrors.values()], { fresh: true });
  if (!outbound) throw new Error("the room is not shown");
  return { ...outbound };
}

async function makeRoom({ world, platform }: Awaited<ReturnType<typeof openTwo>>): Promise<string> {
  void platform.act({ user: mia, channel: "S1", action: { kind: "command", text: "new shared" } });
  await pass(world, 8_000);
  const root = platform.posts.find(({ post }) => post.kind === "root");
  return root?.post.kind === "root" ? root.post.card.roomId : "";
}

const seeds = Array.from({ length: 4 }, (_, seed) => seed);

test("a lease holder that freezes and thaws posts nothing: every message appears once, in order", async () => {
  const fleet = await openTwo();
  const { world, platform, one, two, gone } = fleet;
  const roomId = await makeRoom(fleet);
  expect(roomId).not.toBe("");
  const random = seededRandom(7);
  let [holder, other] = fleet.holder() === "one" ? [one, two] : [two, one];
  const say = ({ parley }: Process, body: string) =>
    parley.runtime.rooms.execute(roomId, {
      type: "message.post",
      by: { kind: "admin" },
      messageId: `m${body.replaceAll(" ", "")}`,
      body,
      to: "room",
    });
  const rounds = 12;
  for (let round = 0; round < rounds; round += 1) {
    await say(holder, `calm ${round}`);
    await pass(world, 3_000);
    const { isFrozen, thaw } = holder.freeze();
    await say(holder, `storm ${round}`);
    for (let waitedMs = 0; !isFrozen() && waitedMs < 5_000; waitedMs += 50) await pass(world, 50);
    expect(isFrozen()).toBe(true);
    await say(other, `meanwhile ${round}`);
    await pass(world, 11_000 + Math.floor(random() * 4_000));
    gone(holder.name);
    await pass(world, Math.floor(random() * 9_000));
    thaw();
    await pass(world, 20_000);
    expect(fleet.holder()).toBe(other.name);
    [holder, other] = [other, holder];
    await say(holder, `after ${round}`);
    await pass(world, 10_000);
  }
  const shown = platform.posts.flatMap(({ post }) => (post.kind === "message" ? [post.message.text] : []));
  const said = (await messagesOf(world.log, roomId)).map(({ body }) => body);
  expect(said).toHaveLength(4 * rounds);
  expect(shown).toEqual(said);
}, 180_000);

test("a holder woken by itself and by others at the same time skips nothing", async () => {
  const fleet = await openTwo({ isSlow: true });
  const { world, platform, one, two } = fleet;
  const roomId = await makeRoom(fleet);
  const outbound = await outboundOf(fleet, roomId);
  const holder = fleet.holder() === "one" ? one : two;
  const said = Array.from({ length: 20 }, (_, number) => `word ${number}`);
  await Promise.all(
    said.map((body, number) =>
      holder.parley.runtime.rooms.execute(roomId, {
        type: "message.post",
        by: { kind: "admin" },
        messageId: `m${number}`,
        body,
        to: "room",
      }),
    ),
  );
  for (let step = 0; step < 200; step += 1) {
    holder.parley.wakeups.wake(outboundReader(outbound));
    holder.parley.wakeups.wake(`mirror@${holder.name}/${outbound.mirrorId}`);
    await pass(world, 130);
  }
  const shown = platform.posts.flatMap(({ post }) => (post.kind === "message" ? [post.message.text] : []));
  expect(shown).toEqual(said);
}, 180_000);

test("only one process holds an exclusive connection; another takes over within 15 s of its end", async () => {
  const fleet = await openTwo({ oneConnection: true });
  const { world, started, one, two } = fleet;
  expect(started).toEqual(["one"]);
  const health = async ({ parley }: Process) => parley.bridges.checks.slack?.();
  expect(await health(two)).toEqual({ ok: true, detail: "connected by one" });
  const { clock } = world;
  const startMs = clock.monotonicMs();
  await one.parley.bridges.stop();
  await pass(world, 3_000);
  expect(started).toEqual(["two"]);
  expect(clock.monotonicMs() - startMs).toBeLessThan(15_000);
});

test.each(seeds)(
  "two that both believe to hold it, as their leases were forgotten, post every message once (seed %i)",
  async (seed) => {
    const fleet = await openTwo({ areLeasesForgotten: true });
    const { world, platform, one, two } = fleet;
    const roomId = await makeRoom(fleet);
    const outbound = await outboundOf(fleet, roomId);
    const wakeBoth = () => {
      for (const { parley } of [one, two]) parley.wakeups.wake(outboundReader(outbound));
    };
    const random = seededRandom(seed);
    const count = 60;
    for (let n = 0; n < count; n += 1) {
      const { rooms } = (random() < 0.5 ? one : two).parley.runtime;
      const by = { kind: "admin" } as const;
      await rooms.execute(roomId, { type: "message.post", by, messageId: `m${n}`, body: `message ${n}`, to: "room" });
      wakeBoth();
      await pass(world, Math.floor(random() * 1_500));
    }
    for (let round = 0; round < 10; round += 1) {
      wakeBoth();
      await pass(world, 10_000);
    }
    const shown = platform.posts.flatMap(({ post }) => (post.kind === "message" ? [post.message.text] : []));
    expect(shown).toEqual(Array.from({ length: count }, (_, n) => `message ${n}`));
  },
  60_000,
);
