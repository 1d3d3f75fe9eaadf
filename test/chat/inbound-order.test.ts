import { afterEach, expect, test } from "vitest";
import { createMemoryPlatform } from "../../adapters/memory/chat.js";
import type { ChatCall, ChatFault } from "../../adapters/memory/chat-platform.js";
import { inversions } from "../contract/chat-chaos.js";
import { createMemoryWorld, type MemoryParley, messagesOf, pass, quiet, startMemoryParley } from "./memory-parley.js";

const mia = { id: "U-mia", displayName: "Mia" };
const ends: (() => void)[] = [];

afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Rooms in threads of one channel, and people who write numbered messages there. */
async function openRooms(count: number) {
  const world = await createMemoryWorld();
  const { clock } = world;
  const supports = { postBurst: 1_000, postIntervalMs: 1 };
  const platform = createMemoryPlatform({ platform: "memory", clock, supports });
  let life = 0;
  let parley: MemoryParley | undefined;
  const start = async (): Promise<void> => {
    life += 1_000;
    parley = await startMemoryParley(world, { chats: [platform.chat()], life });
    await quiet();
  };
  const kill = (): void => parley?.kill();
  await start();
  ends.push(kill);
  for (let at = 0; at < count; at++)
    await platform.act({ user: mia, channel: "C1", action: { kind: "command", text: `new room-${at}` } });
  const threads = () => platform.posts.flatMap(({ target, ids }) => (target.kind === "channel" ? [...ids] : []));
  for (let waitedMs = 0; threads().length < count && waitedMs < 60_000; waitedMs += 100) await pass(world, 100);
  await pass(world, 5_000);

  const roomOf = (thread: string): string => {
    const root = platform.posts.find(({ ids }) => ids[0] === thread);
    return root?.post.kind === "root" ? root.post.card.roomId : "";
  };
  let written = 0;
  /** Writes one message; the platform numbers it. */
  const say = (thread: string): void => {
    written += 1;
    const action = { kind: "message" as const, text: `n${written}`, startsWithUser: false, files: [] };
    void platform.act({ user: mia, channel: "C1", thread, action });
  };
  const bodies = async (thread: string) =>
    (await messagesOf(world.log, roomOf(thread))).filter(({ from }) => from === "mia").map(({ body }) => body);
  const heard = async (thread: string) => (await bodies(thread)).map((body) => Number(/^n(\d+)/.exec(body)?.[1]));
  const planHistory = (fault: () => ChatFault | undefined): void =>
    platform.planFaults((call: ChatCall) => (call === "history" ? fault() : undefined));
  return { world, platform, threads: threads(), say, heard, bodies, planHistory, start, kill };
}

/** Passes time until every thread has this many messages; returns by thread how long its last one took, ms. */
async function delays(
  rig: Awaited<ReturnType<typeof openRooms>>,
  { each, timeoutMs = 60_000 }: { each: number; timeoutMs?: number },
): Promise<number[]> {
  const done = new Map<string, number>();
  for (let waitedMs = 0; waitedMs < timeoutMs && done.size < rig.threads.length; waitedMs += 100) {
    await pass(rig.world, 100);
    for (const thread of rig.threads)
      if (!done.has(thread) && (await rig.heard(thread)).length >= each) done.set(thread, waitedMs + 100);
  }
  return rig.threads.map((thread) => done.get(thread) ?? Number.POSITIVE_INFINITY).toSorted((a, b) => a - b);
}

const p95 = (sorted: readonly number[]): number => sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0;

async function inverted(rig: Awaited<ReturnType<typeof openRooms>>): Promise<number> {
  const counts = await Promise.all(rig.threads.map(async (thread) => inversions(await rig.heard(thread))));
  return counts.reduce((sum, one) => sum + one, 0);
}

test("live messages of 50 threads stay behind missed ones while every history takes 200 ms", async () => {
  const rig = await openRooms(50);
  rig.planHistory(() => ({ kind: "slow", afterMs: 200 }));
  rig.platform.setDeaf(true);
  for (let round = 0; round < 3; round++) for (const thread of rig.threads) rig.say(thread);
  await pass(rig.world, 1_000);
  rig.platform.setDeaf(false);
  for (let round = 0; round < 3; round++) for (const thread of rig.threads) rig.say(thread);
  const waited = await delays(rig, { each: 6 });
  console.log(`live messages after a reconnect, 50 threads, 200 ms a read: p95 ${p95(waited)} ms`);
  expect(p95(waited)).toBeLessThan(5_000);
  expect(await inverted(rig)).toBe(0);
});

test("a thread in which people write now is read before the quiet ones", async () => {
  const rig = await openRooms(30);
  rig.planHistory(() => ({ kind: "slow", afterMs: 1_000 }));
  const busy = rig.threads.at(-1) ?? "";
  rig.platform.setDeaf(true);
  rig.say(busy);
  rig.platform.setDeaf(false);
  await quiet();
  rig.say(busy);
  await pass(rig.world, 2_500);
  expect(await rig.heard(busy)).toEqual([1, 2]);
});

test("messages that waited when Parley was killed still come after the missed ones", async () => {
  const rig = await openRooms(5);
  rig.planHistory(() => ({ kind: "slow", afterMs: 500 }));
  for (let life = 0; life < 3; life++) {
    rig.kill();
    for (const thread of rig.threads) rig.say(thread);
    await rig.start();
    for (const thread of rig.threads) rig.say(thread);
    await pass(rig.world, 100);
    rig.kill();
    await rig.start();
    for (const thread of rig.threads) rig.say(thread);
    await delays(rig, { each: (life + 1) * 3 });
  }
  expect(await inverted(rig)).toBe(0);
  for (const thread of rig.threads) expect(await rig.heard(thread)).toHaveLength(9);
});

test("live messages continue after 10 s without a history, and late ones show when they were written", async () => {
  const rig = await openRooms(1);
  const [thread = ""] = rig.threads;
  rig.planHistory(() => ({ kind: "refused", code: "unavailable" }));
  rig.platform.setDeaf(true);
  rig.say(thread);
  await pass(rig.world, 1_000);
  rig.platform.setDeaf(false);
  rig.say(thread);
  rig.say(thread);
  await pass(rig.world, 9_000);
  expect(await rig.heard(thread)).toEqual([]);
  await pass(rig.world, 2_000);
  expect(await rig.heard(thread)).toEqual([2, 3]);
  rig.say(thread);
  await pass(rig.world, 100);
  expect(await rig.heard(thread)).toEqual([2, 3, 4]);
  rig.planHistory(() => undefined);
  await pass(rig.world, 60_000);
  expect(await rig.heard(thread)).toEqual([2, 3, 4, 1]);
  expect((await rig.bodies(thread)).at(-1)).toMatch(/^n1\n\[written at [-0-9: ]+ UTC; it arrived late, after newer/);
});

test.each([
  ["", false],
  [" over a restart", true],
])("a live message that comes after a newer one of its thread%s shows when it was written", async (_, isRestarted) => {
  const rig = await openRooms(2);
  const [thread = "", other = ""] = rig.threads;
  rig.say(thread);
  await pass(rig.world, 100);
  if (isRestarted) {
    rig.kill();
    await rig.start();
    await pass(rig.world, 1_000);
  }
  // As the platform sends again what was not acknowledged: written before the message that is in already.
  rig.world.clock.shiftWallClock(-60_000);
  rig.say(thread);
  rig.say(other);
  await pass(rig.world, 100);
  expect(await rig.heard(thread)).toEqual([1, 2]);
  expect((await rig.bodies(thread)).at(-1)).toMatch(/^n2\n\[written at [-0-9: ]+ UTC; it arrived late, after newer/);
  expect(await rig.bodies(other)).toEqual(["n3"]);
});
