import { expect, test } from "vitest";
import { createChanges } from "../../../adapters/durable-streams/changes.js";
import type { HintsPlace } from "../../../adapters/durable-streams/local-copy.js";
import type { StreamServer } from "../../../adapters/durable-streams/server.js";
import { createManualClock } from "../../../adapters/memory/clock.js";

const settle = async () => {
  for (let turn = 0; turn < 10; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
};

const endAt = (place: number) => String(place).padStart(8, "0");

/** Streams in memory; reads are counted. */
function createMemoryServer() {
  const streams = new Map<string, unknown[]>();
  const server = {
    streams,
    isAway: false,
    messagesRead: 0,
    async append(name: string, body: string) {
      if (server.isAway) throw new Error("away");
      const messages = streams.get(name);
      if (!messages) return { kind: "missing" as const };
      messages.push(...JSON.parse(`[${body}]`));
      return { kind: "appended" as const, offset: endAt(messages.length), life: undefined };
    },
    async create(name: string) {
      if (!streams.has(name)) streams.set(name, []);
    },
    async remove(name: string) {
      streams.delete(name);
    },
    async read(name: string, offset = endAt(0)) {
      const messages = streams.get(name);
      if (!messages) return undefined;
      const found = messages.slice(Number(offset));
      server.messagesRead += found.length;
      return { messages: found, offset: endAt(messages.length), life: undefined };
    },
    follow() {
      throw new Error("not here");
    },
  } satisfies StreamServer & Record<string, unknown>;
  return server;
}

function createMemoryBookmark() {
  let kept: HintsPlace | undefined;
  return {
    bookmark: () => kept,
    keepBookmark(place: HintsPlace) {
      kept = place;
    },
  };
}

test("a hint that the server refused is sent again without another write", async () => {
  const clock = createManualClock(0);
  const server = createMemoryServer();
  await server.create("_changes");
  server.isAway = true;
  const changes = createChanges({ server, clock, copy: createMemoryBookmark() });
  changes.tell("room/one", 7);
  for (const ms of [10, 1_000, 1_000]) {
    await settle();
    clock.advance(ms);
  }
  await settle();
  expect(server.streams.get("_changes")).toEqual([]);
  server.isAway = false;
  clock.advance(1_000);
  await settle();
  expect(server.streams.get("_changes")).toEqual([{ s: "room/one", n: 7 }]);
  clock.advance(5_000);
  await settle();
  expect(server.streams.get("_changes")).toHaveLength(1);
  await changes.stop();
});

test("hints at the same time are sent together", async () => {
  const clock = createManualClock(0);
  const server = createMemoryServer();
  await server.create("_changes");
  const changes = createChanges({ server, clock, copy: createMemoryBookmark() });
  changes.tell("room/one", 1);
  clock.advance(5);
  await settle();
  for (let version = 2; version <= 9; version += 1) {
    changes.tell("room/one", version);
    changes.tell("room/two", version);
  }
  clock.advance(30);
  await settle();
  expect(server.streams.get("_changes")).toEqual([
    { s: "room/one", n: 1 },
    { s: "room/one", n: 9 },
    { s: "room/two", n: 9 },
  ]);
  await changes.stop();
});

test("a process that starts again reads the hints from where it was, and not those before", async () => {
  const clock = createManualClock(0);
  const server = createMemoryServer();
  await server.create("_changes");
  const hints = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, n) => `{"s":"room/${from + n}","n":1}`).join(",");
  await server.append("_changes", hints(0, 1_000));
  const copy = createMemoryBookmark();
  const first = createChanges({ server, clock, copy });
  expect(await first.moved(() => 0)).toHaveLength(1_000);
  // Those rooms have not been read yet: the next start has to hear of them again.
  expect(copy.bookmark()).toBeUndefined();
  expect(await first.moved(() => 1)).toEqual([]);
  await first.stop();
  await server.append("_changes", hints(1_000, 1_003));
  server.messagesRead = 0;
  const second = createChanges({ server, clock, copy });
  expect(await second.moved(() => 0)).toEqual(["room/1000", "room/1001", "room/1002"]);
  expect(server.messagesRead).toBe(3);
  await second.stop();
});

test("hints do not grow for ever, and a process that knows nothing hears of every stream that ever moved", async () => {
  const clock = createManualClock(0);
  const server = createMemoryServer();
  const maxHints = 50;
  const open = () => createChanges({ server, clock, copy: createMemoryBookmark(), maxHints });
  const [one, two] = [open(), open()];
  const versions = new Map<string, number>();
  const tellSome = async (teller: typeof one, from: number) => {
    for (let n = from; n < from + 5; n += 1) {
      const stream = `room/${n % 8}`;
      versions.set(stream, (versions.get(stream) ?? 0) + 1);
      teller.tell(stream, versions.get(stream) ?? 0);
    }
    clock.advance(30);
    await settle();
  };
  for (let round = 0; round < 200; round += 1) {
    await tellSome(round % 2 === 0 ? one : two, round * 5);
    // The sweep of each, at its own pace.
    if (round % 3 === 0) await one.moved(() => Number.POSITIVE_INFINITY);
    if (round % 7 === 0) await two.moved(() => Number.POSITIVE_INFINITY);
  }
  const kept = [...server.streams].filter(([name]) => name.startsWith("_changes"));
  expect(kept.length).toBeLessThanOrEqual(2);
  for (const [name, messages] of kept) expect(messages.length, name).toBeLessThan(4 * maxHints);
  expect(server.streams.get("_generations")?.length).toBeGreaterThan(3);
  const fresh = open();
  const known = (stream: string) => (versions.get(stream) ?? 0) - 1;
  for (const changes of [one, two, fresh]) await changes.moved(() => Number.POSITIVE_INFINITY);
  clock.advance(30);
  await settle();
  expect((await open().moved(known)).sort()).toEqual([...versions.keys()].sort());
  for (const changes of [one, two, fresh]) await changes.stop();
});
