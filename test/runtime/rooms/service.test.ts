import { expect, test } from "vitest";
import { createMemoryEventLog, type MemoryEventLog } from "../../../adapters/memory/event-log.js";
import { createMemorySnapshots } from "../../../adapters/memory/snapshots.js";
import type { Command } from "../../../src/core/room/command.js";
import type { EventLog } from "../../../src/ports/event-log.js";
import type { Snapshots } from "../../../src/ports/snapshots.js";
import type { Wakeups } from "../../../src/ports/wakeups.js";
import type { Runtime } from "../../../src/runtime/node/runtime.js";
import { deferred } from "../../support/deferred.js";
import { assembleMemoryRooms } from "../../support/memory-parts.js";

const roomId = "aroom";
const created: Command = {
  type: "room.create",
  by: { kind: "admin" },
  name: "a",
  owner: "mia",
  agents: [],
  policy: {},
  invites: [],
};

function openNode(
  eventLog: EventLog,
  options: { snapshots?: Snapshots; maxRooms?: number; wakeups?: Wakeups } = {},
): Runtime {
  return assembleMemoryRooms({ eventLog, onlyNode: false, ...options }).runtime;
}

/** A log whose calls of one kind wait from `hold` to `release`. */
function holding(eventLog: EventLog) {
  const none = { promise: Promise.resolve(), resolve: () => {} };
  const gates = { append: none, read: none };
  const held = { append: 0, read: 0 };
  const wait = (kind: "append" | "read") => {
    if (gates[kind] !== none) held[kind] += 1;
    return gates[kind].promise;
  };
  const log: EventLog = {
    ...eventLog,
    append: async (...given) => {
      await wait("append");
      return eventLog.append(...given);
    },
    read: async (...given) => {
      const entries = await eventLog.read(...given);
      await wait("read");
      return entries;
    },
  };
  return {
    log,
    hold: (kind: "append" | "read") => {
      gates[kind] = deferred();
    },
    isHeld: (kind: "append" | "read") => expect.poll(() => held[kind]).toBeGreaterThan(0),
    release: (kind: "append" | "read") => gates[kind].resolve(),
  };
}

/** Everything that needs no time has happened. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function post(body: string, idempotencyKey?: string): Command {
  return {
    type: "message.post",
    by: { kind: "person", name: "mia" },
    messageId: `m-${body}`,
    body,
    to: "room",
    ...(idempotencyKey && { idempotencyKey }),
  };
}

async function bodies(eventLog: MemoryEventLog): Promise<unknown[]> {
  const entries = await eventLog.read(`room/${roomId}`);
  const events = entries.flatMap((entry) => (entry.kind === "commit" ? entry.commit.events : []));
  return events.filter(({ type }) => type === "message.posted").map((event) => (event as { body?: unknown }).body);
}

test("commands that come together share appends and keep their order", async () => {
  const eventLog = createMemoryEventLog();
  let appends = 0;
  eventLog.planFaults(() => {
    appends += 1;
    return undefined;
  });
  const { rooms } = openNode(eventLog);
  await rooms.execute(roomId, created);
  appends = 0;
  const wanted = Array.from({ length: 200 }, (_, at) => String(at));
  await Promise.all(wanted.map((body) => rooms.execute(roomId, post(body))));
  expect(await bodies(eventLog)).toEqual(wanted);
  expect(appends).toBeLessThan(5);
});

test("two nodes that write to one room at once: every command gets through and is there once, in one order", async () => {
  const eventLog = createMemoryEventLog();
  const [one, two] = [openNode(eventLog), openNode(eventLog)];
  await one.rooms.execute(roomId, created);
  const acknowledged: string[] = [];
  const writeAll = async (node: Runtime, name: string) => {
    for (let at = 0; at < 100; at++) {
      const executed = await node.rooms.execute(roomId, post(`${name}${at}`));
      if (executed.kind === "accepted") acknowledged.push(`${name}${at}`);
    }
  };
  await Promise.all([writeAll(one, "a"), writeAll(two, "b")]);
  const stored = await bodies(eventLog);
  expect(new Set(stored).size).toBe(stored.length);
  expect([...stored].sort()).toEqual([...acknowledged].sort());
  expect(acknowledged).toHaveLength(200);
});

test("an append whose answer is lost is tried again and counts once", async () => {
  const eventLog = createMemoryEventLog();
  const { rooms } = openNode(eventLog);
  await rooms.execute(roomId, created);
  let lost = 0;
  eventLog.planFaults(() => (lost++ === 0 ? "answer-lost" : undefined));
  expect(await rooms.execute(roomId, post("once"))).toMatchObject({ kind: "accepted", version: 2 });
  expect(await bodies(eventLog)).toEqual(["once"]);
});

test("a log that cannot be written refuses, changes nothing, and the room works again afterwards", async () => {
  const eventLog = createMemoryEventLog();
  const { rooms } = openNode(eventLog);
  await rooms.execute(roomId, created);
  eventLog.planFaults(() => "full");
  await expect(rooms.execute(roomId, post("no"))).rejects.toMatchObject({ code: "full" });
  eventLog.planFaults(() => undefined);
  expect(await rooms.read(roomId, ({ version }) => version)).toBe(1);
  expect(await rooms.execute(roomId, post("yes"))).toMatchObject({ kind: "accepted", version: 2 });
});

test("reads are durable: no commit is visible that could still be lost", async () => {
  const eventLog = createMemoryEventLog();
  const { rooms } = openNode(eventLog);
  await rooms.execute(roomId, created);
  eventLog.planFaults(() => "full");
  const refused = rooms.execute(roomId, post("never")).catch(() => "refused");
  const seen = rooms.read(roomId, ({ version }) => version);
  expect(await refused).toBe("refused");
  expect(await seen).toBe(1);
});

test("a room gets a snapshot by itself every thousand commits", async () => {
  const eventLog = createMemoryEventLog();
  const snapshots = createMemorySnapshots();
  const { rooms } = openNode(eventLog, { snapshots });
  await rooms.execute(roomId, created);
  await Promise.all(Array.from({ length: 998 }, (_, at) => rooms.execute(roomId, post(`${at}`))));
  await settle();
  expect(await snapshots.headers("room/")).toEqual([]);
  await rooms.execute(roomId, post("the thousandth"));
  await expect.poll(() => snapshots.headers("room/")).toMatchObject([{ version: 1_000 }]);
});

test("no snapshot holds a commit that could still be lost, also when memory is flushed during a write", async () => {
  const eventLog = createMemoryEventLog();
  await openNode(eventLog).rooms.execute(roomId, created);
  const snapshots = createMemorySnapshots();
  const { log, hold, isHeld, release } = holding(eventLog);
  const node = openNode(log, { snapshots });
  await node.rooms.peek(roomId, ({ version }) => version);
  hold("append");
  const written = node.rooms.execute(roomId, post("on its way"));
  await isHeld("append");
  await node.cache.flush();
  expect((await snapshots.headers("room/")).filter(({ version }) => version > 1)).toEqual([]);
  release("append");
  await written;
  await node.cache.flush();
  expect(await snapshots.headers("room/")).toMatchObject([{ version: 2 }]);
});

test("what others wrote is not applied over a write that began while it was read", async () => {
  const eventLog = createMemoryEventLog();
  const one = openNode(eventLog);
  await one.rooms.execute(roomId, created);
  const { log, hold, isHeld, release } = holding(eventLog);
  const two = openNode(log);
  await two.rooms.peek(roomId, ({ version }) => version);
  await one.rooms.execute(roomId, post("theirs"));
  hold("read");
  hold("append");
  const seen: number[] = [];
  const looking = two.rooms.read(roomId, ({ version }) => version).then((version) => seen.push(version ?? 0));
  await isHeld("read");
  const mine = two.rooms.execute(roomId, post("mine"));
  await isHeld("append");
  release("read");
  await settle();
  // Version 2 in memory is the own message, which never stands there.
  expect(seen).toEqual([]);
  release("append");
  expect(await mine).toMatchObject({ kind: "accepted", version: 3 });
  await looking;
  expect(seen).toEqual([3]);
});

test("a read waits for the version it asks for, also when another node writes it", async () => {
  const eventLog = createMemoryEventLog();
  const [one, two] = [openNode(eventLog), openNode(eventLog)];
  await one.rooms.execute(roomId, created);
  await two.rooms.read(roomId, () => true);
  await one.rooms.execute(roomId, post("new"));
  expect(await two.rooms.read(roomId, ({ version }) => version, { atLeast: 2 })).toBe(2);
});

test("a room that left memory comes back from its snapshot as it was", async () => {
  const eventLog = createMemoryEventLog();
  const snapshots = createMemorySnapshots();
  const node = openNode(eventLog, { snapshots, maxRooms: 1 });
  await node.rooms.execute(roomId, created);
  await node.rooms.execute(roomId, post("kept", "key"));
  await node.rooms.execute("another", created);
  expect(node.cache.size()).toBe(1);
  expect(await snapshots.headers("room/")).toMatchObject([{ stream: `room/${roomId}`, version: 2 }]);
  expect(await node.rooms.execute(roomId, post("kept", "key"))).toMatchObject({ kind: "duplicate", version: 2 });
});

test("an unreadable entry and a hole do not stop a room", async () => {
  const eventLog = createMemoryEventLog();
  const first = openNode(eventLog);
  await first.rooms.execute(roomId, created);
  await first.rooms.execute(roomId, post("before"));
  eventLog.plant(`room/${roomId}`, 2, "{ torn");
  const second = openNode(eventLog);
  expect(await second.rooms.execute(roomId, post("after"))).toMatchObject({ kind: "accepted", version: 3 });
  const live = await second.cache.load(roomId);
  expect(live.quarantined).toMatchObject([{ position: expect.any(String) }]);
});

test("the sweep wakes the threads that show a room that moved", async () => {
  const eventLog = createMemoryEventLog();
  const woken: string[] = [];
  const wakeups: Wakeups = {
    wake: (reader) => void woken.push(reader),
    work: () => async () => {},
    check: async () => ({ ok: true }),
  };
  const node = openNode(eventLog, { wakeups });
  await node.rooms.execute(roomId, created);
  const by = { kind: "admin" } as const;
  await node.rooms.execute(roomId, { type: "mirror.bind", by, mirrorId: "m1", platform: "slack", channel: "C1" });
  woken.length = 0;
  await node.sweep.run();
  expect(woken).toEqual(["mirror+slack/m1"]);
});

test("the sweep visits rooms that moved or have something open, and leaves the others alone", async () => {
  const eventLog = createMemoryEventLog();
  const node = openNode(eventLog);
  for (let at = 0; at < 20; at++) await node.rooms.execute(`room${at}`, created);
  expect(await node.sweep.run()).toEqual({ rooms: 20, visited: 20 });
  expect(await node.sweep.run()).toEqual({ rooms: 20, visited: 0 });
  await node.rooms.execute("room7", post("moved"));
  expect(await node.sweep.run()).toEqual({ rooms: 20, visited: 1 });
});
