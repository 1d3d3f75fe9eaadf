import { expect, test } from "vitest";
import { createMemoryEventLog } from "../../../adapters/memory/event-log.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createMemorySnapshots } from "../../../adapters/memory/snapshots.js";
import { createRoomCache } from "../../../src/runtime/rooms/cache.js";

function openCache(maxRooms: number) {
  const parts = { eventLog: createMemoryEventLog(), snapshots: createMemorySnapshots() };
  return createRoomCache({ ...parts, logger: createMemoryLogger({ maxRecords: 10 }), maxRooms });
}

const inMemory = (cache: ReturnType<typeof openCache>) => Array.from(cache.loaded(), ({ room }) => room.roomId).sort();

test.each(["get", "load"] as const)(
  "the least recently used room leaves memory, not the longest loaded (%s)",
  async (use) => {
    const cache = openCache(3);
    for (const roomId of ["a", "b", "c"]) await cache.load(roomId);
    await cache[use]("a");
    await cache.load("d");
    expect(inMemory(cache)).toEqual(["a", "c", "d"]);
    await cache[use]("c");
    await cache.load("e");
    expect(inMemory(cache)).toEqual(["c", "d", "e"]);
  },
);

test("a room that is being written stays in memory, even if it was used least recently", async () => {
  const cache = openCache(2);
  const [a] = [await cache.load("a"), await cache.load("b")];
  a.inFlight = { queued: [], isWriting: true };
  await cache.load("c");
  expect(inMemory(cache)).toEqual(["a", "c"]);
});
