import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Activity } from "../../../src/core/room/activity.js";
import type { EventOf, EventType, RoomEvent } from "../../../src/core/room/event.js";
import { createFleetFixture, type FleetFixture, fleetRoomId } from "../../support/fleet-fixture.js";
import { type RedisServer, startRedis } from "../../support/redis-server.js";
import { needsRedis } from "../../support/require.js";
import type { Behaviours } from "../../support/runtime-fixture.js";
import { until } from "../../support/until.js";

const patience = 60_000;

needsRedis()("processes that share rooms", () => {
  let redis: RedisServer;
  let fleet: FleetFixture | undefined;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterEach(() => fleet?.close());
  afterAll(() => redis.stop());

  const repliesTo = (agents: string[]): Behaviours =>
    Object.fromEntries(agents.map((name) => [name, (_input, tools) => tools.say(`@mia ${name} heard it`)]));
  const of = <T extends EventType>(events: RoomEvent[], type: T): EventOf<T>[] =>
    events.filter((event) => event.type === type) as unknown as EventOf<T>[];

  test("an agent runs on one node, its home from then on, even if the other takes the messages", async () => {
    fleet = createFleetFixture({ redisUrl: redis.url, agents: repliesTo(["coder", "tester"]) });
    const one = await fleet.open("one");
    const two = await fleet.open("two");
    await fleet.makeRoom(one);
    const { events, say, handed } = fleet;
    for (let round = 0; round < 10; round += 1) {
      await say(round % 2 === 0 ? one : two, `round ${round}`, ["coder", "tester"]);
      await until("both are done", async () => of(await events(), "turn.ended").length >= 2 * (round + 1), patience);
    }
    const all = await events();
    expect(new Set(of(all, "turn.ended").map(({ outcome }) => outcome))).toEqual(new Set(["done"]));
    for (const agent of ["coder", "tester"]) {
      const ran = handed.filter((input) => input.agent === agent);
      expect(ran).toHaveLength(10);
      expect(new Set(ran.map(({ node }) => node)).size).toBe(1);
    }
    const replies = of(all, "message.posted").filter(({ from }) => from !== "mia");
    expect(replies).toHaveLength(20);
  });

  test("each sees the others' writes at once, and no command is refused on stale state", async () => {
    fleet = createFleetFixture({ redisUrl: redis.url, agents: repliesTo(["coder"]) });
    const one = await fleet.open("one");
    const two = await fleet.open("two");
    await fleet.makeRoom(one);
    const { say } = fleet;
    for (let round = 0; round < 20; round += 1) {
      const { version } = await say(round % 2 === 0 ? one : two, "hello", ["coder"]);
      const other = round % 2 === 0 ? two : one;
      const seen = await other.runtime.rooms.read(fleetRoomId, (room) => room.version);
      expect(seen).toBeGreaterThanOrEqual(version);
    }
    await one.runtime.rooms.execute(fleetRoomId, { type: "room.pause", by: { kind: "admin" } });
    const resumed = await two.runtime.rooms.execute(fleetRoomId, { type: "room.resume", by: { kind: "admin" } });
    expect(resumed.kind === "accepted" && resumed.events.map(({ type }) => type)).toEqual(["room.resumed"]);
  });

  test("posting at both at once loses nothing and keeps one order", async () => {
    fleet = createFleetFixture({ redisUrl: redis.url, agents: repliesTo(["coder"]) });
    const one = await fleet.open("one");
    const two = await fleet.open("two");
    await fleet.makeRoom(one);
    const { say, events } = fleet;
    await Promise.all(
      [one, two].flatMap((node) =>
        Array.from({ length: 4 }, async (_, writer) => {
          for (let n = 0; n < 10; n += 1) await say(node, `${node.name}-${writer}-${n}`, ["coder"]);
        }),
      ),
    );
    await until(
      "everything was taken by a turn that is over",
      async () => {
        const all = await events();
        const taken = of(all, "turn.started").flatMap(({ messages }) => messages);
        return taken.length === 80 && of(all, "turn.ended").length === of(all, "turn.started").length;
      },
      patience,
    );
    const bodies = of(await events(), "message.posted").filter(({ from }) => from === "mia");
    expect(new Set(bodies.map(({ body }) => body)).size).toBe(80);
  });

  test("live output of an agent is visible at another process, also to a late viewer", async () => {
    let goOn = () => {};
    fleet = createFleetFixture({
      redisUrl: redis.url,
      agents: {
        coder: async (_input, tools) => {
          tools.delta("one ");
          await new Promise<void>((resolve) => {
            goOn = resolve;
          });
          tools.delta("two");
        },
      },
    });
    const one = await fleet.open("one", { runtimes: ["function"] });
    const two = await fleet.open("two", { runtimes: [] });
    await fleet.makeRoom(two);
    await fleet.say(two, "go", ["coder"]);
    await until("it works", () => one.runtime.activity.current(fleetRoomId).length > 0, patience);
    const seen: Activity[] = [];
    const stop = two.runtime.activity.subscribe(fleetRoomId, (activity) => seen.push(activity));
    await until("what it said so far is here", () => seen.some(({ type }) => type === "activity.snapshot"), patience);
    expect(two.runtime.activity.current(fleetRoomId)).toMatchObject([{ agent: "coder", text: "one " }]);
    goOn();
    await until("its end is here", () => seen.some(({ type }) => type === "activity.ended"), patience);
    expect(seen.findLast(({ type }) => type === "activity.text")).toMatchObject({ text: "two" });
    expect(two.runtime.activity.current(fleetRoomId)).toEqual([]);
    stop();
  });

  test("an agent waits for its home; after a move, another runs it and its messages are delivered again", async () => {
    const given: string[] = [];
    fleet = createFleetFixture({
      redisUrl: redis.url,
      agents: {
        coder: (_input, tools) => {
          given.push(tools.spec.name);
          return given.length > 1 ? undefined : new Promise<void>(() => {});
        },
      },
    });
    const one = await fleet.open("one", { runtimes: [] });
    const two = await fleet.open("two");
    await fleet.makeRoom(one);
    const { say, events, handed } = fleet;
    await say(one, "work", ["coder"]);
    await until("it works at two", () => handed.length === 1, patience);
    await two.stop();
    const three = await fleet.open("three");
    await say(three, "more", ["coder"]);
    await one.runtime.sweep.run();
    await three.runtime.sweep.run();
    expect(of(await events(), "turn.ended")).toEqual([]);
    const by = { kind: "admin" } as const;
    const moved = await one.runtime.rooms.execute(fleetRoomId, { type: "agent.move", by, name: "coder" });
    expect(moved.kind).toBe("accepted");
    await until(
      "both messages are done",
      async () => {
        const ended = of(await events(), "turn.ended");
        return ended.some(({ outcome }) => outcome === "done");
      },
      patience,
    );
    const started = of(await events(), "turn.started");
    expect(started.map(({ node }) => node)).toEqual(["two", "three"]);
    expect(started[1]?.messages).toHaveLength(2);
    expect(of(await events(), "turn.ended").map(({ outcome }) => outcome)).toEqual(["lost", "done"]);
    expect(await one.runtime.rooms.read(fleetRoomId, (room) => room.participants.get("coder"))).toMatchObject({
      home: "three",
    });
  });

  test("with Redis gone posting and reading continue, and the sweep wakes agents of others", async () => {
    const own = await startRedis();
    try {
      fleet = createFleetFixture({ redisUrl: own.url, agents: repliesTo(["coder"]) });
      const one = await fleet.open("one", { runtimes: [] });
      await fleet.open("two");
      await fleet.makeRoom(one);
      const { say, events } = fleet;
      await say(one, "before", ["coder"]);
      await until("it answers", async () => of(await events(), "turn.ended").length === 1, patience);
      await own.signal("SIGSTOP");
      const startMs = performance.now();
      const { version } = await say(one, "while it hangs", ["coder"]);
      expect(await one.runtime.rooms.read(fleetRoomId, (room) => room.version)).toBeGreaterThanOrEqual(version);
      expect(performance.now() - startMs).toBeLessThan(5_000);
      await until("the sweep wakes it", async () => of(await events(), "turn.ended").length === 2, patience);
      expect((await one.redis.check()).ok).toBe(false);
      await own.signal("SIGKILL");
      await say(one, "while it is gone", ["coder"]);
      await until("the sweep wakes it", async () => of(await events(), "turn.ended").length === 3, patience);
      await own.start();
      await until("Redis is back", async () => (await one.redis.check()).ok, patience);
      await say(one, "after", ["coder"]);
      await until("it answers", async () => of(await events(), "turn.ended").length === 4, patience);
      await own.command("FLUSHALL");
      await say(one, "emptied", ["coder"]);
      await until("it answers", async () => of(await events(), "turn.ended").length === 5, patience);
    } finally {
      await fleet?.close();
      await own.stop();
    }
  }, 180_000);
});
