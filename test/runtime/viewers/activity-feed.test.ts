import { afterEach, describe, expect, test } from "vitest";
import type { PersonRole } from "../../../src/core/room/event.js";
import { createActivityFeed, type Watcher } from "../../../src/runtime/viewers/activity-feed.js";
import { createRouterFixture, fixtureRoomId as roomId } from "../../support/runtime-fixture.js";
import { until } from "../../support/until.js";

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

interface Seen extends Watcher {
  /** Each write's frames. */
  writes: { type: string; text?: string }[][];
}

function newWatcher(role: PersonRole = "member"): Seen {
  const writes: Seen["writes"] = [];
  const write = (bytes: Uint8Array) => {
    const frames = Buffer.from(bytes).toString("utf8").split("\n\n").slice(0, -1);
    writes.push(frames.map((frame) => JSON.parse(frame.slice("data: ".length))));
  };
  const stream = { ended: false, write, ready: async () => true, end: () => {} };
  return { stream, role, writes };
}

const textOf = ({ writes }: Seen) =>
  writes
    .flat()
    .map(({ text }) => text ?? "")
    .join("");

async function setUp() {
  const router = await createRouterFixture({ agents: { coder() {} } });
  const { rooms, activity } = router.runtime;
  const onBroken = (error: unknown) => expect.fail(String(error));
  const feed = createActivityFeed({ roomId, rooms, activity, onBroken });
  stops.push(feed.stop);
  const say = (text: string) => activity.publish(roomId, { type: "activity.text", agent: "coder", turnId: "t", text });
  const join = async (count: number, role?: PersonRole) => {
    const watchers = Array.from({ length: count }, () => newWatcher(role));
    for (const watcher of watchers) await feed.add(watcher);
    return watchers;
  };
  return { router, feed, say, join };
}

describe("the work of a room's agents", () => {
  test("is written to a few as it comes", async () => {
    const { say, join } = await setUp();
    const [one] = await join(1);
    for (const word of ["a", "b", "c"]) {
      say(word);
      await until(word, () => one?.writes.at(-1)?.[0]?.text === word);
    }
    expect(one?.writes).toHaveLength(3);
  });

  test("comes once and in order to each of a crowd that grows meanwhile, many words a write", async () => {
    const { say, join } = await setUp();
    const crowd = await join(240);
    const words = Array.from({ length: 60 }, (_, at) => `${at} `);
    for (const word of words) {
      say(word);
      crowd.push(...(await join(1)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until("all have all", () => crowd.every((watcher) => textOf(watcher) === words.join("")));
    const writes = crowd.slice(0, 240).map((watcher) => watcher.writes.length);
    expect(Math.max(...writes)).toBeLessThan(words.length / 2);
  });

  test("is not sent to a viewer who left while it waited for a batch", async () => {
    const { feed, say, join } = await setUp();
    const [leaving, ...staying] = await join(60);
    say("one");
    if (leaving) feed.remove(leaving);
    await until("who stayed has it", () => staying.every((watcher) => textOf(watcher) === "one"));
    expect(leaving?.writes).toEqual([]);
  });

  test("is for those alone who might see it when it was done, however long it waits to be written", async () => {
    const { router, say, join } = await setUp();
    const [deciders, members] = [await join(30, "approver"), await join(30, "member")];
    const gate = async (policy: "always" | "never") =>
      router.runtime.rooms.execute(roomId, {
        type: "agent.configure",
        by: { kind: "admin" },
        name: "coder",
        gate: policy,
      });
    await gate("always");
    say("held ");
    await router.runtime.rooms.peek(roomId, () => {});
    await gate("never");
    say("open");
    await until("deciders have both", () => deciders.every((watcher) => textOf(watcher) === "held open"));
    await until("members have the second", () => members.every((watcher) => textOf(watcher) !== ""));
    expect(members.map(textOf)).toEqual(members.map(() => "open"));
  });
});
