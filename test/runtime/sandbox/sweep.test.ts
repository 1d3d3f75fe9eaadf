import { expect, test } from "vitest";
import { createManualClock } from "../../../adapters/memory/clock.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createMemorySandboxes } from "../../../adapters/memory/sandboxes.js";
import { emptyRoom, type Room } from "../../../src/core/room/room.js";
import { createSandboxSweep } from "../../../src/runtime/sandbox/sweep.js";

const minuteMs = 60_000;

async function setUp() {
  const clock = createManualClock(0);
  const sandboxes = createMemorySandboxes({ clock, main: () => new Promise(() => {}) });
  const rooms = new Map<string, Room>();
  const room = (roomId: string, more: Partial<Room>) => rooms.set(roomId, { ...emptyRoom(roomId), ...more });
  const removedFiles: string[] = [];
  const closedSockets: string[] = [];
  let asked = 0;
  const sweep = createSandboxSweep({
    sandboxes,
    rooms: {
      peek: async (roomId, look) => {
        asked += 1;
        return look(rooms.get(roomId) ?? emptyRoom(roomId));
      },
      execute: () => Promise.reject(new Error("nothing is due")),
    },
    unusedHomes: { unusedMs: 0, noticeMs: 0 },
    closeSocket: async ({ roomId, name }) => void closedSockets.push(`${roomId}/${name}`),
    removeFiles: async ({ roomId, name }) => void removedFiles.push(`${roomId}/${name}`),
    clock,
    logger: createMemoryLogger(),
  });
  const settle = async () => {
    for (let round = 0; round < 50; round++) await new Promise<void>((resolve) => setImmediate(resolve));
  };
  const start = (id: string, labels: Record<string, string>) =>
    sandboxes.start({ id, labels, command: ["x"], env: {}, limits: { memoryMb: 10, cpus: 1, pids: 10 } });
  const pass = async (minutes: number) => {
    for (let minute = 0; minute < minutes; minute++) {
      clock.advance(minuteMs);
      await settle();
    }
  };
  const left = async () => ({
    sandboxes: (await sandboxes.list()).map(({ id }) => id),
    homes: (await sandboxes.homes()).map(({ id }) => id),
  });
  return { sweep, room, start, settle, pass, left, removedFiles, closedSockets, asked: () => asked };
}

test("sandboxes of agents that are gone, and of rooms that are closed or unknown, are removed; their homes are kept", async () => {
  const { sweep, room, start, settle, pass, left, closedSockets } = await setUp();
  room("open", { status: "active", agents: ["mia"] });
  room("over", { status: "closed", agents: ["mia"] });
  await start("here", { room: "open", agent: "mia" });
  await start("left", { room: "open", agent: "tom" });
  await start("closed", { room: "over", agent: "mia" });
  await start("unknown", { room: "nowhere", agent: "mia" });
  const all = ["here", "left", "closed", "unknown"];
  sweep.start();
  await settle();
  expect(await left()).toEqual({ sandboxes: ["here"], homes: all });
  expect(closedSockets).toEqual(["open/tom", "over/mia", "nowhere/mia"]);
  room("open", { status: "closed", agents: ["mia"] });
  await pass(1);
  expect(await left()).toEqual({ sandboxes: [], homes: all });
  sweep.stop();
});

test("homes go when their room was purged: at once where that was asked, elsewhere within an hour", async () => {
  const { sweep, room, start, settle, pass, left, removedFiles, closedSockets, asked } = await setUp();
  room("one", { status: "closed" });
  room("two", { status: "closed" });
  for (const id of ["a", "b"]) await start(id, { room: "one", agent: id });
  for (const id of ["c", "d"]) await start(id, { room: "two", agent: id });
  await start("nobody's", {}).catch(() => undefined);
  sweep.start();
  await settle();
  expect((await left()).homes).toEqual(["a", "b", "c", "d"]);
  room("one", { status: "closed", purged: true });
  room("two", { status: "closed", purged: true });
  expect(await sweep.removeHomesOf("one")).toBe(2);
  expect(await sweep.removeHomesOf("one")).toBe(0);
  expect((await left()).homes).toEqual(["c", "d"]);
  const before = asked();
  await pass(58);
  expect(asked()).toBe(before);
  await pass(2);
  expect((await left()).homes).toEqual([]);
  expect(removedFiles).toEqual(["one/a", "one/b", "two/c", "two/d"]);
  expect(closedSockets).toEqual(expect.arrayContaining(removedFiles));
  sweep.stop();
});
