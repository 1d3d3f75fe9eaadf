import { expect, test } from "vitest";
import { createMemoryBroadcast } from "../../../adapters/memory/broadcast.js";
import { createManualClock } from "../../../adapters/memory/clock.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import type { Activity } from "../../../src/core/room/activity.js";
import { emptyRoom } from "../../../src/core/room/room.js";
import { createActivityHub } from "../../../src/runtime/presence/activity.js";
import { createSharedActivity } from "../../../src/runtime/presence/shared-activity.js";
import type { RoomService } from "../../../src/runtime/rooms/service.js";

/** Two processes; each has its own version of the room in memory. */
function openTwo() {
  const clock = createManualClock(0);
  const broadcast = createMemoryBroadcast();
  const open = (node: string) => {
    const room = emptyRoom("r1");
    const rooms: Pick<RoomService, "peek"> = { peek: async (_roomId, look) => look(room) };
    const logger = createMemoryLogger();
    const shared = createSharedActivity({
      hub: createActivityHub(),
      broadcast,
      rooms,
      clock,
      logger,
      node,
    });
    return { ...shared, room, logger };
  };
  const pass = async (ms: number) => {
    clock.advance(ms);
    for (let turn = 0; turn < 5; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
  };
  return { one: open("one"), two: open("two"), pass, broadcast };
}

const text = (words: string): Activity => ({ type: "activity.text", agent: "coder", turnId: "t1", text: words });
const ended: Activity = { type: "activity.ended", agent: "coder", turnId: "t1" };

test("live text of one process is shown at another while people watch there, in batches and in order", async () => {
  const { one, two, pass } = openTwo();
  const seen: Activity[] = [];
  const stop = two.activity.subscribe("r1", (activity) => seen.push(activity));
  await pass(0);
  for (const words of ["a", "b", "c"]) one.activity.publish("r1", text(words));
  await pass(50);
  one.activity.publish("r1", text("d"));
  await pass(50);
  expect(seen).toEqual([text("abc"), text("d")]);
  one.activity.publish("r1", ended);
  await pass(50);
  expect(two.activity.current("r1")).toEqual([]);
  stop();
  one.activity.publish("r1", text("unseen"));
  await pass(50);
  expect(seen).toHaveLength(3);
});

test("nothing is shown by a process whose room is older than the one it was said in: it may not know of a gate", async () => {
  const { one, two, pass } = openTwo();
  const seen: Activity[] = [];
  two.activity.subscribe("r1", (activity) => seen.push(activity));
  await pass(0);
  one.room.version = 7;
  one.activity.publish("r1", text("held"), { gated: true });
  await pass(50);
  expect(seen).toEqual([]);
  two.room.version = 7;
  one.activity.publish("r1", text("held too"), { gated: true });
  await pass(50);
  expect(seen).toEqual([text("held too")]);
  expect(two.activity.isGated("r1", "coder")).toBe(true);
});

test("hides the activity of agents after their node is gone", async () => {
  const { one, two, pass } = openTwo();
  two.activity.subscribe("r1", () => {});
  await pass(0);
  one.activity.publish("r1", text("half a sen"));
  await pass(50);
  expect(two.activity.current("r1")).toMatchObject([{ agent: "coder", text: "half a sen" }]);
  two.nodeGone("one");
  expect(two.activity.current("r1")).toEqual([]);
});

test("a message of another form is passed over with a line in the log, and what follows is shown", async () => {
  const { one, two, pass, broadcast } = openTwo();
  const seen: Activity[] = [];
  const stop = two.activity.subscribe("r1", (activity) => seen.push(activity));
  await pass(0);
  const done = [{ activity: { type: "activity.text", agent: "coder" }, gated: false }];
  for (const said of [{}, { from: "x", kind: "sings" }, { from: "x", kind: "does", version: 0, done }])
    broadcast.publish("activity/r1", said);
  await pass(50);
  expect(seen).toEqual([]);
  expect(two.logger.records).toMatchObject([
    { level: "warn", fields: { roomId: "r1", unreadable: 1 } },
    { level: "warn", fields: { roomId: "r1", unreadable: 2 } },
  ]);
  one.activity.publish("r1", text("a"));
  await pass(50);
  expect(seen).toEqual([text("a")]);
  stop();
});
