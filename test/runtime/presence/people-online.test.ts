import { expect, test } from "vitest";
import { createMemoryBroadcast } from "../../../adapters/memory/broadcast.js";
import { createManualClock } from "../../../adapters/memory/clock.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createPeopleOnline } from "../../../src/runtime/presence/people-online.js";

const turns = async () => {
  for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
};

test("a viewer at one process is online at the other, as long as a stream is open or its process lives", async () => {
  const clock = createManualClock(0);
  const broadcast = createMemoryBroadcast();
  const one = createPeopleOnline({ broadcast, clock, logger: createMemoryLogger(), node: "one" });
  const two = createPeopleOnline({ broadcast, clock, logger: createMemoryLogger(), node: "two" });
  const pass = async (ms: number) => {
    clock.advance(ms);
    await turns();
  };
  one.came("r1", "mia");
  one.came("r1", "mia");
  await pass(150);
  expect([one.has("r1", "mia"), two.has("r1", "mia"), two.has("r2", "mia"), two.has("r1", "tom")]).toEqual([
    true,
    true,
    false,
    false,
  ]);
  one.went("r1", "mia");
  await pass(150);
  expect(two.has("r1", "mia")).toBe(true);
  one.went("r1", "mia");
  await pass(150);
  expect(two.has("r1", "mia")).toBe(false);
  one.came("r1", "mia");
  await pass(150);
  one.stop();
  await turns();
  expect(two.has("r1", "mia")).toBe(false);
});

test("people at a process that has gone silent are offline", async () => {
  const clock = createManualClock(0);
  const broadcast = createMemoryBroadcast();
  const two = createPeopleOnline({ broadcast, clock, logger: createMemoryLogger(), node: "two" });
  broadcast.publish("people", { from: "one", rooms: { r1: ["mia"] } });
  await turns();
  expect(two.has("r1", "mia")).toBe(true);
  clock.advance(10_001);
  expect(two.has("r1", "mia")).toBe(false);
});

test("a process that is alone knows its own", () => {
  const alone = createPeopleOnline({ clock: createManualClock(0), logger: createMemoryLogger(), node: "" });
  alone.came("r1", "mia");
  expect(alone.has("r1", "mia")).toBe(true);
  alone.went("r1", "mia");
  expect(alone.has("r1", "mia")).toBe(false);
});

test("a message of another form is skipped and counted in the log, and the next one is received", async () => {
  const broadcast = createMemoryBroadcast();
  const logger = createMemoryLogger();
  const people = createPeopleOnline({ broadcast, clock: createManualClock(0), logger, node: "one" });
  for (const said of [7, null, {}, { from: "two" }, { from: "two", rooms: { r1: "mia" } }, { from: 2, rooms: {} }])
    broadcast.publish("people", said as object);
  await turns();
  expect(people.has("r1", "mia")).toBe(false);
  expect(logger.records.map(({ level, fields }) => [level, fields])).toEqual([
    ["warn", { unreadable: 1 }],
    ["warn", { unreadable: 2 }],
    ["warn", { unreadable: 4 }],
  ]);
  broadcast.publish("people", { from: "two", rooms: { r1: ["mia"] }, since: 1 });
  await turns();
  expect(people.has("r1", "mia")).toBe(true);
  people.stop();
});
