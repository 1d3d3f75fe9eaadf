import fc from "fast-check";
import { expect, test } from "vitest";
import { createMemoryEventLog, type MemoryEventLog } from "../../../adapters/memory/event-log.js";
import { type CallTrouble, createMemoryFleetCalls, type FleetCallTable } from "../../../adapters/memory/fleet-calls.js";
import { createMemoryLeases, type LeaseTable } from "../../../adapters/memory/leases.js";
import type { Command } from "../../../src/core/room/command.js";
import type { Clock } from "../../../src/ports/clock.js";
import type { FleetCalls } from "../../../src/ports/fleet-calls.js";
import { deferred } from "../../support/deferred.js";
import { assembleMemoryRooms } from "../../support/memory-parts.js";
import { realClock } from "../../support/stub-clock.js";

const roomId = "aroom";
const created: Command = {
  type: "room.create",
  by: { kind: "admin" },
  name: "a",
  owner: "mia",
  agents: [],
  policy: { loopGuard: false },
  invites: [],
};

const post = (body: string, idempotencyKey?: string): Command => ({
  type: "message.post",
  by: { kind: "person", name: "mia" },
  messageId: `m-${body}`,
  body,
  to: "room",
  ...(idempotencyKey !== undefined && { idempotencyKey }),
});

interface Fleet {
  eventLog: MemoryEventLog;
  /** Appends that lost a race. */
  conflicts(): number;
  bodies(): Promise<string[]>;
  open(
    name: string,
    how?: { trouble?: () => CallTrouble | undefined; version?: string; calls?: FleetCalls; clock?: Clock },
  ): ReturnType<typeof assembleMemoryRooms>;
}

function openFleet(): Fleet {
  const eventLog = createMemoryEventLog();
  const leases: LeaseTable = new Map();
  const calls: FleetCallTable = new Map();
  let conflicts = 0;
  const { append } = eventLog;
  eventLog.append = async (stream, commits) => {
    const result = await append(stream, commits);
    if (result.kind === "conflict") conflicts += 1;
    return result;
  };
  return {
    eventLog,
    conflicts: () => conflicts,
    async bodies() {
      const entries = await eventLog.read(`room/${roomId}`);
      const events = entries.flatMap((entry) => (entry.kind === "commit" ? entry.commit.events : []));
      return events.flatMap((event) =>
        event.type === "message.posted" ? [(event as { body?: string }).body ?? ""] : [],
      );
    },
    open: (name, { trouble, version = "1", calls: own, clock = realClock } = {}) =>
      assembleMemoryRooms({
        eventLog,
        clock,
        node: name,
        onlyNode: false,
        version,
        calls: own ?? createMemoryFleetCalls({ node: name, table: calls, ...(trouble && { trouble }) }),
        leases: createMemoryLeases({ clock: realClock, node: name, table: leases }),
      }),
  };
}

test("two processes write to one room: no append loses a race, each command counts once and in its process's order", async () => {
  const fleet = openFleet();
  const [one, two] = [fleet.open("one"), fleet.open("two")];
  await one.rooms.execute(roomId, created);
  await two.rooms.execute(roomId, post("first"));
  const writeAll = async ({ rooms }: typeof one, name: string) => {
    for (let at = 0; at < 50; at++) await rooms.execute(roomId, post(`${name}${at}`));
  };
  await Promise.all([writeAll(one, "a"), writeAll(two, "b")]);
  const bodies = await fleet.bodies();
  expect(bodies.toSorted()).toEqual(
    ["first", ...[..."ab"].flatMap((name) => Array.from({ length: 50 }, (_, at) => `${name}${at}`))].toSorted(),
  );
  for (const name of "ab")
    expect(bodies.filter((body) => body.startsWith(name))).toEqual(
      Array.from({ length: 50 }, (_, at) => `${name}${at}`),
    );
  expect(fleet.conflicts()).toBe(0);
});

test("without the others' addresses the same commands lose races and still count once", async () => {
  const fleet = openFleet();
  const alone: FleetCalls = {
    call: () => Promise.reject(new Error("nobody")),
    serve: () => () => {},
    isReachable: () => false,
  };
  const [one, two] = [fleet.open("one", { calls: alone }), fleet.open("two", { calls: alone })];
  await one.rooms.execute(roomId, created);
  const writeAll = async ({ rooms }: typeof one, name: string) => {
    for (let at = 0; at < 50; at++) await rooms.execute(roomId, post(`${name}${at}`));
  };
  await Promise.all([writeAll(one, "a"), writeAll(two, "b")]);
  expect(new Set(await fleet.bodies()).size).toBe(100);
  expect(fleet.conflicts()).toBeGreaterThan(0);
});

test("a process that handed a command over sees what became of it", async () => {
  const fleet = openFleet();
  const [one, two] = [fleet.open("one"), fleet.open("two")];
  await one.rooms.execute(roomId, created);
  const executed = await two.rooms.execute(roomId, post("hello", "key"));
  expect(executed).toMatchObject({ kind: "accepted", version: 2 });
  expect(await two.rooms.peek(roomId, ({ version }) => version)).toBe(2);
  const refused = await two.rooms.execute(roomId, { ...post("x"), by: { kind: "person", name: "nobody" } } as Command);
  expect(refused).toMatchObject({ kind: "rejected" });
  expect(await two.rooms.execute(roomId, post("hello", "key"))).toMatchObject({ kind: "duplicate", version: 2 });
});

test("an answer that is lost: the command is looked for, and counts once", async () => {
  const fleet = openFleet();
  let isLost = false;
  const [one, two] = [fleet.open("one"), fleet.open("two", { trouble: () => (isLost ? "answer-lost" : undefined) })];
  await one.rooms.execute(roomId, created);
  isLost = true;
  expect(await two.rooms.execute(roomId, post("once"))).toMatchObject({ kind: "accepted", version: 2 });
  expect(await fleet.bodies()).toEqual(["once"]);
});

/** Two processes of which each gets the other's calls only when the test says so; nobody waits for an answer. */
function openWithLateCalls(fleet: Fleet) {
  const table: FleetCallTable = new Map();
  const late: (() => Promise<unknown>)[] = [];
  const callsOf = (node: string): FleetCalls => ({
    ...createMemoryFleetCalls({ node, table }),
    call: (to, request) => {
      late.push(async () => table.get(to)?.(node, JSON.parse(JSON.stringify(request))));
      return Promise.reject(new Error("too late"));
    },
  });
  const open = (name: string) => fleet.open(name, { calls: callsOf(name) });
  return { one: open("one"), two: open("two"), late };
}

test("a process that decides a command late, after it was decided where it came from, finds it in the log", async () => {
  const fleet = openFleet();
  const { one, two, late } = openWithLateCalls(fleet);
  await one.rooms.execute(roomId, created);
  expect(await two.rooms.execute(roomId, post("once"))).toMatchObject({ kind: "accepted", version: 2 });
  expect(late).toHaveLength(1);
  const settled = { results: [{ kind: "settled", executed: { kind: "accepted", version: 2 } }] };
  expect(await late[0]?.()).toMatchObject(settled);
  expect(await late[0]?.()).toMatchObject(settled);
  expect(await fleet.bodies()).toEqual(["once"]);
});

test("a process that decides a command right before it is stored where it came from: the second of the two finds it", async () => {
  const fleet = openFleet();
  const { one, two, late } = openWithLateCalls(fleet);
  await one.rooms.execute(roomId, created);
  const { append } = fleet.eventLog;
  fleet.eventLog.append = async (stream, commits) => {
    fleet.eventLog.append = append;
    await late[0]?.();
    return append(stream, commits);
  };
  expect(await two.rooms.execute(roomId, post("once"))).toMatchObject({ kind: "accepted", version: 2 });
  expect(await fleet.bodies()).toEqual(["once"]);
  expect(fleet.conflicts()).toBe(1);
});

const coder = { name: "coder", displayName: "coder", role: "coder", runtime: "scripted" };
const task = (body: string): Command => ({ ...post(body), to: ["coder"] }) as Command;
const startTurn: Command = {
  type: "turn.start",
  agent: "coder",
  turnId: "t1",
  node: "two",
  boot: "b",
  onlyAtHome: false,
};

test("output of a turn whose start is not stored yet is decided where the start was", async () => {
  const fleet = openFleet();
  const table: FleetCallTable = new Map();
  let isElsewhere = true;
  let skewMs = 0;
  const callsOf = (node: string): FleetCalls => {
    const calls = createMemoryFleetCalls({ node, table });
    return { ...calls, call: async (...given) => (isElsewhere ? { kind: "elsewhere" } : calls.call(...given)) };
  };
  const clock = { ...realClock, monotonicMs: () => realClock.monotonicMs() + skewMs };
  const one = fleet.open("one", { calls: callsOf("one") });
  const two = fleet.open("two", { calls: callsOf("two"), clock });
  await one.rooms.execute(roomId, { ...created, agents: [coder] } as Command);
  await one.rooms.execute(roomId, task("first"));
  const stored = deferred();
  const { append } = fleet.eventLog;
  fleet.eventLog.append = async (stream, commits) => {
    await stored.promise;
    return append(stream, commits);
  };
  const started = await two.rooms.submit(roomId, startTurn);
  isElsewhere = false;
  // The other process is asked for again.
  skewMs = 5_000;
  const output = { agent: "coder", turnId: "t1", outputId: "o1", index: 0, text: "@mia done" };
  const said = await two.rooms.submit(roomId, { type: "turn.say", ...output });
  stored.resolve();
  expect(said.decision).toMatchObject({ kind: "accepted", events: [{ type: "message.posted", body: "done" }] });
  expect(await started.durable).toMatchObject({ kind: "accepted" });
  expect(await said.durable).toMatchObject({ kind: "accepted" });
  expect(await fleet.bodies()).toEqual(["first", "done"]);
});

test("a turn that another process started with more messages is answered with all of them", async () => {
  const fleet = openFleet();
  const { one, two, late } = openWithLateCalls(fleet);
  await one.rooms.execute(roomId, { ...created, agents: [coder] } as Command);
  await one.rooms.execute(roomId, task("first"));
  await two.rooms.peek(roomId, () => undefined, { fresh: true });
  await one.rooms.execute(roomId, task("second"));
  const { append } = fleet.eventLog;
  fleet.eventLog.append = async (stream, commits) => {
    fleet.eventLog.append = append;
    await late[0]?.();
    return append(stream, commits);
  };
  const { decision, durable } = await two.rooms.submit(roomId, startTurn);
  const started = { kind: "accepted", events: [{ type: "turn.started", messages: ["m-first", "m-second"] }] };
  expect(late).toHaveLength(1);
  expect(decision).toMatchObject(started);
  expect(await durable).toMatchObject(started);
});

test("a process that is not reached is left alone, and commands are decided where they are", async () => {
  const fleet = openFleet();
  let asked = 0;
  const [one, two] = [
    fleet.open("one"),
    fleet.open("two", {
      trouble: () => {
        asked += 1;
        return "unreachable";
      },
    }),
  ];
  await one.rooms.execute(roomId, created);
  for (let at = 0; at < 20; at++)
    expect(await two.rooms.execute(roomId, post(`b${at}`))).toMatchObject({ kind: "accepted" });
  expect(asked).toBe(1);
  expect(await fleet.bodies()).toHaveLength(20);
});

test("a process of another version is not asked to decide", async () => {
  const fleet = openFleet();
  const [one, two] = [fleet.open("one"), fleet.open("two", { version: "2" })];
  await one.rooms.execute(roomId, created);
  expect(await two.rooms.execute(roomId, post("new"))).toMatchObject({ kind: "accepted", version: 2 });
  expect(await one.rooms.peek(roomId, ({ version }) => version)).toBe(1);
});

test("a process that ends releases its rooms, and the next one that asks writes them", async () => {
  const fleet = openFleet();
  const [one, two] = [fleet.open("one"), fleet.open("two")];
  await one.rooms.execute(roomId, created);
  await one.stopSharing();
  await two.rooms.execute(roomId, post("a"));
  await two.rooms.execute(roomId, post("b"));
  expect(await fleet.bodies()).toEqual(["a", "b"]);
  expect(fleet.conflicts()).toBe(0);
});

test("a room moves to the process that alone has commands for it", async () => {
  const fleet = openFleet();
  const [one, two] = [fleet.open("one"), fleet.open("two")];
  await one.rooms.execute(roomId, created);
  for (let at = 0; at < 70; at++) await two.rooms.execute(roomId, post(`b${at}`));
  let appendsOfOne = 0;
  const { append } = fleet.eventLog;
  fleet.eventLog.append = async (stream, commits) => {
    appendsOfOne += 1;
    return append(stream, commits);
  };
  await one.rooms.execute(roomId, post("from one"));
  expect(appendsOfOne).toBe(1);
  expect(await fleet.bodies()).toHaveLength(71);
});

test("calls that fail in any way lose no command and repeat none", async () => {
  const step = fc.record({
    node: fc.constantFrom("one", "two", "three"),
    trouble: fc.constantFrom<(CallTrouble | undefined)[]>(undefined, undefined, "unreachable", "answer-lost"),
    isAtOnce: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      const fleet = openFleet();
      let trouble: CallTrouble | undefined;
      const nodes = new Map(
        ["one", "two", "three"].map((name) => [name, fleet.open(name, { trouble: () => trouble })]),
      );
      await nodes.get("one")?.rooms.execute(roomId, created);
      const under: Promise<unknown>[] = [];
      for (const [at, { node, trouble: next, isAtOnce }] of steps.entries()) {
        trouble = next;
        const executed = nodes.get(node)?.rooms.execute(roomId, post(`${at}`));
        under.push(expect(executed).resolves.toMatchObject({ kind: "accepted" }));
        if (!isAtOnce) await executed;
      }
      await Promise.all(under);
      expect((await fleet.bodies()).toSorted()).toEqual(steps.map((_, at) => `${at}`).toSorted());
    }),
    { numRuns: 60 },
  );
});
