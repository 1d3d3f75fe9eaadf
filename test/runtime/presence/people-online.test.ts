import { expect, test } from "vitest";
import { createMemoryBroadcast } from "../../../adapters/memory/broadcast.js";
import { createManualClock } from "../../../adapters/memory/clock.js";
import { createPeopleOnline } from "../../../src/runtime/presence/people-online.js";

const turns = async () => {
  for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
};

test("who watches at one process is here at the other, for as long as a stream is open or its process lives", async () => {
  const clock = createManualClock(0);
  const broadcast = createMemoryBroadcast();
  const one = createPeopleOnline({ broadcast, clock, node: "one" });
  const two = createPeopleOnline({ broadcast, clock, node: "two" });
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

test("who was at a process that is not heard of any more is not there", async () => {
  const clock = createManualClock(0);
  const broadcast = createMemoryBroadcast();
  const two = createPeopleOnline({ broadcast, clock, node: "two" });
  broadcast.publish("people", { from: "one", rooms: { r1: ["mia"] } });
  await turns();
  expect(two.has("r1", "mia")).toBe(true);
  clock.advance(10_001);
  expect(two.has("r1", "mia")).toBe(false);
});

test("a process that is alone knows its own", () => {
  const alone = createPeopleOnline({ clock: createManualClock(0), node: "" });
  alone.came("r1", "mia");
  expect(alone.has("r1", "mia")).toBe(true);
  alone.went("r1", "mia");
  expect(alone.has("r1", "mia")).toBe(false);
});
