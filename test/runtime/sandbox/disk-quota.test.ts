import { describe, expect, test } from "vitest";
import { createManualClock } from "../../../adapters/memory/clock.js";
import { createMemoryDiskUsage } from "../../../adapters/memory/disk-usage.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createMemorySandboxes } from "../../../adapters/memory/sandboxes.js";
import type { Room } from "../../../src/core/room/room.js";
import type { DiskUsage } from "../../../src/ports/disk-usage.js";
import { createDiskQuota } from "../../../src/runtime/sandbox/disk-quota.js";
import {
  afterCount,
  type DiskState,
  paceMs,
  released,
  uncountedDisk,
} from "../../../src/runtime/sandbox/disk-state.js";

const mebibyte = 1_024 * 1_024;
const quotaBytes = 100 * mebibyte;

describe("what a count changes", () => {
  const count = (state: DiskState, megabytes: number | undefined) =>
    afterCount(state, { counted: megabytes === undefined ? undefined : megabytes * mebibyte, quotaBytes });

  test("below its quota nothing is ever held", () => {
    let state = uncountedDisk;
    for (const megabytes of [0, 50, 99, 100, 3, 100]) {
      const after = count(state, megabytes);
      expect(after.change).toBe("none");
      ({ state } = after);
    }
    expect(state).toEqual({ usedBytes: quotaBytes, uncounted: 0, isHeld: false });
  });

  test("over it is held once, and released when it is below again", () => {
    const held = count(uncountedDisk, 130);
    expect(held.change).toBe("hold");
    const still = count(held.state, 129);
    expect(still.change).toBe("none");
    expect(count(still.state, 100)).toEqual({
      change: "release",
      state: { usedBytes: quotaBytes, uncounted: 0, isHeld: false },
    });
  });

  test("started again it may work as long as it writes hardly more, however often it is started", () => {
    let state = released(count(uncountedDisk, 130).state);
    expect(count(state, 131).change).toBe("none");
    for (let started = 1; started <= 3; started++) {
      const after = count(state, 139);
      expect(after.change).toBe("hold");
      state = released(after.state);
    }
    expect(count(state, 137).change).toBe("none");
    const below = count(state, 90).state;
    expect(count(below, 101).change).toBe("hold");
  });

  test("holds a disk that could not be counted three times in a row", () => {
    const once = count(uncountedDisk, undefined);
    const twice = count(once.state, undefined);
    expect([once.change, twice.change, count(twice.state, undefined).change]).toEqual(["none", "none", "hold"]);
    expect(count(count(twice.state, 5).state, undefined).change).toBe("none");
  });

  test.each([
    [{ ...uncountedDisk, usedBytes: 0 }, 10_240 * mebibyte, 15_000],
    [{ ...uncountedDisk, usedBytes: 8_240 * mebibyte }, 10_240 * mebibyte, 5_243],
    [{ ...uncountedDisk, usedBytes: 50 * mebibyte }, quotaBytes, 1_000],
    [uncountedDisk, quotaBytes, 1_000],
    [{ uncounted: 0, isHeld: true, usedBytes: 2 * quotaBytes }, quotaBytes, 15_000],
  ])("counts sooner the less space is left: %o", (state, quota, expected) => {
    expect(Math.round(paceMs(state, quota))).toBe(expected);
  });
});

/** Rooms in which agents have a turn or none. */
function makeRooms() {
  const notices: { roomId: string; text: string }[] = [];
  const inTurn = new Set<string>();
  const rooms = {
    peek: async (roomId: string, look: (room: Room) => unknown) => {
      const turn = inTurn.has(roomId) ? { turnId: "t1" } : undefined;
      const agent = { kind: "agent", name: "mia", turn };
      return look({ participants: new Map([["mia", agent]]) } as unknown as Room);
    },
    execute: async (roomId: string, { text }: { text: string }) => {
      notices.push({ roomId, text });
      return { kind: "accepted" };
    },
  };
  return { rooms: rooms as never, notices, inTurn };
}

const limits = { memoryMb: 64, cpus: 1, pids: 32 };

async function open(more: { disk?: DiskUsage } = {}) {
  const clock = createManualClock(1_000);
  const disk = createMemoryDiskUsage();
  const main = async ({ signal }: { signal: AbortSignal }) =>
    new Promise<number>((resolve) => signal.addEventListener("abort", () => resolve(0)));
  const engine = createMemorySandboxes({ main, clock });
  const { rooms, notices, inTurn } = makeRooms();
  const logger = createMemoryLogger();
  const quota = createDiskQuota({ sandboxes: engine, disk, rooms, quotaBytes, clock, logger, ...more });
  const start = (roomId: string) =>
    quota.sandboxes.start({
      id: `mia_${roomId}`,
      labels: { room: roomId, agent: "mia" },
      command: ["cat"],
      env: {},
      limits,
    });
  const stateOf = async (roomId: string) => (await engine.list()).find(({ id }) => id === `mia_${roomId}`)?.state;
  /** Time goes on, with turns of the event loop in between. */
  async function pass(seconds: number): Promise<void> {
    for (let step = 0; step < seconds; step++) {
      clock.advance(1_000);
      for (let turn = 0; turn < 5; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }
  return { clock, disk, engine, quota, start, stateOf, pass, notices, inTurn, logger };
}

const of = (megabytes: number) => megabytes * mebibyte;

describe("a disk quota", () => {
  test("pauses the agent that is over, says what to do once, and resumes it below; another goes on", async () => {
    const parley = await open();
    const [mia] = [await parley.start("r1"), await parley.start("r2")];
    parley.disk.set("mia_r1", of(10));
    parley.disk.set("mia_r2", of(99));
    await parley.pass(30);
    expect([await parley.stateOf("r1"), await parley.stateOf("r2")]).toEqual(["running", "running"]);
    expect(parley.quota.check()).toEqual({ ok: true });
    expect(parley.quota.of({ roomId: "r1", name: "mia" })).toEqual({ usedBytes: of(10), quotaBytes });

    parley.disk.set("mia_r1", of(140));
    await parley.pass(60);
    expect([await parley.stateOf("r1"), await parley.stateOf("r2")]).toEqual(["paused", "running"]);
    const text = expect.stringMatching(
      /@mia has used up its disk quota \(140 MB of 100 MB\) and is paused.*delete.*PARLEY_AGENT_DISK_MB/,
    );
    expect(parley.notices).toEqual([{ roomId: "r1", text }]);
    expect(parley.quota.check()).toMatchObject({ ok: false, detail: expect.stringContaining("In room r1: @mia") });
    expect(parley.quota.of({ roomId: "r1", name: "mia" })).toMatchObject({ usedBytes: of(140), note: text });
    await mia?.resume();
    expect(await parley.stateOf("r1")).toBe("paused");

    parley.disk.set("mia_r1", of(60));
    await parley.pass(20);
    expect(await parley.stateOf("r1")).toBe("running");
    expect(parley.notices[1]).toMatchObject({ roomId: "r1", text: expect.stringContaining("goes on") });
    expect(parley.quota.check()).toEqual({ ok: true });
  });

  test("tells who runs the turn where there is one, again while it lasts, and the room gets no second notice", async () => {
    const parley = await open();
    parley.inTurn.add("r1");
    const heard: (string | undefined)[] = [];
    parley.quota.watch("mia_r1", (why) => void heard.push(why));
    await parley.start("r1");
    parley.disk.set("mia_r1", of(200));
    await parley.pass(10);
    expect(heard).toEqual([expect.stringContaining("has used up its disk quota")]);
    await parley.pass(65);
    expect(heard).toHaveLength(2);
    parley.disk.set("mia_r1", of(1));
    await parley.pass(20);
    expect(heard.at(-1)).toBeUndefined();
    expect(parley.notices).toEqual([]);
  });

  test("leaves an agent frozen that rests, when its disk is below again", async () => {
    const parley = await open();
    const mia = await parley.start("r1");
    parley.disk.set("mia_r1", of(200));
    await parley.pass(5);
    await mia.pause();
    parley.disk.set("mia_r1", of(1));
    await parley.pass(20);
    expect(await parley.stateOf("r1")).toBe("paused");
    await mia.resume();
    expect(await parley.stateOf("r1")).toBe("running");
  });

  test("stopped and started again it works to clean up, and is paused when it writes on", async () => {
    const parley = await open();
    const mia = await parley.start("r1");
    parley.disk.set("mia_r1", of(140));
    await parley.pass(5);
    await mia.stop({ graceMs: 0 });
    await parley.pass(1);
    expect(parley.quota.check()).toEqual({ ok: true });
    await parley.start("r1");
    await parley.pass(5);
    expect(await parley.stateOf("r1")).toBe("running");
    parley.disk.set("mia_r1", of(160));
    await parley.pass(20);
    expect(await parley.stateOf("r1")).toBe("paused");
  });

  test("counts those that run alone, and stops with the last", async () => {
    const parley = await open();
    const mia = await parley.start("r1");
    parley.disk.set("mia_r1", of(10));
    await parley.pass(3);
    await mia.stop({ graceMs: 0 });
    await parley.pass(1);
    const counts = parley.disk.counts.length;
    await parley.pass(100);
    expect(parley.disk.counts).toHaveLength(counts);
    expect(parley.quota.of({ roomId: "r1", name: "mia" })).toMatchObject({ usedBytes: of(10) });
    await parley.quota.sandboxes.remove("mia_r1", { volumes: true });
    expect(parley.quota.of({ roomId: "r1", name: "mia" })).toBeUndefined();
  });

  test("an engine that cannot count pauses nobody, is said once, and is asked again", async () => {
    let isAway = true;
    const disk = createMemoryDiskUsage();
    const parley = await open({
      disk: { count: (ids) => (isAway ? Promise.reject(new Error("the engine is away")) : disk.count(ids)) },
    });
    await parley.start("r1");
    disk.set("mia_r1", of(200));
    await parley.pass(100);
    expect(await parley.stateOf("r1")).toBe("running");
    expect(parley.quota.check()).toEqual({ ok: false, detail: "the engine is away" });
    expect(parley.logger.records.filter(({ level }) => level === "warn")).toHaveLength(1);
    isAway = false;
    await parley.pass(20);
    expect(await parley.stateOf("r1")).toBe("paused");
  });
});
