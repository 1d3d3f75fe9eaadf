import { describe, expect, test } from "vitest";
import { createManualClock } from "../../../adapters/memory/clock.js";
import { createMemoryEventLog, type MemoryEventLog } from "../../../adapters/memory/event-log.js";
import { createSeededIds } from "../../../adapters/memory/ids.js";
import { createMemorySnapshots } from "../../../adapters/memory/snapshots.js";
import { createSystemClock } from "../../../adapters/memory/system-clock.js";
import type { Clock } from "../../../src/ports/clock.js";
import { createStateStream } from "../../../src/runtime/chat/outbox.js";

interface Count {
  sum: number;
  seen: number[];
}
type Added = { type: "added"; number: number };

let lives = 0;
function openStream(
  log: MemoryEventLog,
  options: { snapshots?: ReturnType<typeof createMemorySnapshots>; schema?: string; clock?: Clock } = {},
) {
  lives += 1;
  const clock = createManualClock(1_000);
  const stream = createStateStream<Count, Added>({
    eventLog: log,
    snapshots: options.snapshots ?? createMemorySnapshots(),
    clock: options.clock ?? clock,
    ids: createSeededIds(lives),
    stream: "mirror/m1",
    ...(options.schema !== undefined && { schema: options.schema }),
    empty: () => ({ sum: 0, seen: [] }),
    apply: (state, event) => {
      if (event.type !== "added") return;
      state.sum += event.number;
      state.seen.push(event.number);
    },
  });
  return { stream, clock };
}
const add = (number: number) => (): Added[] => [{ type: "added", number }];

describe("a state stream", () => {
  test("stores decided events in order and loads them again", async () => {
    const log = createMemoryEventLog();
    const { stream } = openStream(log);
    await stream.load();
    await Promise.all([1, 2, 3].map((number) => stream.append(add(number))));
    expect(stream.state.seen).toEqual([1, 2, 3]);
    expect((await openStream(log).stream.load()).seen).toEqual([1, 2, 3]);
  });

  test("with two writers, each decides on the other's events and no event counts twice", async () => {
    const log = createMemoryEventLog();
    const [a, b] = [openStream(log).stream, openStream(log).stream];
    await Promise.all([a.load(), b.load()]);
    const upToTen = (state: Count): Added[] => (state.sum < 10 ? [{ type: "added", number: 5 }] : []);
    for (let round = 0; round < 4; round++) await Promise.all([a.append(upToTen), b.append(upToTen)]);
    await Promise.all([a.load(), b.load()]);
    expect(a.state).toEqual({ sum: 10, seen: [5, 5] });
    expect(b.state).toEqual(a.state);
  });

  test("reads what another process wrote, also from a log whose copy is renewed only by asking for the head", async () => {
    const log = createMemoryEventLog();
    let copiedUpTo = 0;
    const copy: MemoryEventLog = {
      ...log,
      head: async (stream) => {
        const head = await log.head(stream);
        copiedUpTo = head?.version ?? 0;
        return head;
      },
      read: async (...given) => (await log.read(...given)).filter(({ version = 0 }) => version <= copiedUpTo),
    };
    const [mine, other] = [openStream(copy).stream, openStream(log).stream];
    expect((await mine.load()).sum).toBe(0);
    await other.append(add(3));
    expect((await mine.load()).sum).toBe(3);
    await other.append(add(4));
    expect((await mine.load()).sum).toBe(7);
  });

  test("stores the events of a writer that loses the race a dozen times", async () => {
    const log = createMemoryEventLog();
    const other = openStream(log).stream;
    let races = 12;
    const raced = {
      ...log,
      append: async (...given: Parameters<typeof log.append>) => {
        if (races-- > 0) await other.append(add(1));
        return log.append(...given);
      },
    };
    const { stream } = openStream(raced, { clock: createSystemClock() });
    await stream.append(add(100));
    expect((await openStream(log).stream.load()).sum).toBe(112);
  });

  test("applies an append once if its response is lost", async () => {
    const log = createMemoryEventLog();
    const { stream, clock } = openStream(log);
    await stream.load();
    let faults = 2;
    log.planFaults(() => (faults-- > 0 ? "answer-lost" : undefined));
    const appended = stream.append(add(7));
    for (let round = 0; round < 10; round++) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(1_000);
    }
    await appended;
    expect((await openStream(log).stream.load()).seen).toEqual([7]);
  });

  test("leaves failed events out of the state and continues from the log", async () => {
    const log = createMemoryEventLog();
    const { stream, clock } = openStream(log);
    await stream.load();
    await stream.append(add(1));
    log.planFaults(() => "unavailable");
    const failed = expect(stream.append(add(2))).rejects.toThrow();
    for (let round = 0; round < 20; round++) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(1_000);
    }
    await failed;
    log.planFaults(() => undefined);
    await stream.append(add(3));
    expect(stream.state.seen).toEqual([1, 3]);
  });

  test("loads with and without a snapshot", async () => {
    const log = createMemoryEventLog();
    const snapshots = createMemorySnapshots();
    const { stream } = openStream(log, { snapshots, schema: "count-1" });
    await stream.load();
    await stream.append(add(1));
    await stream.keep();
    await stream.append(add(2));
    const asked: (number | undefined)[] = [];
    const counted: MemoryEventLog = {
      ...log,
      read: (stream, options) => {
        asked.push(options?.after);
        return log.read(stream, options);
      },
    };
    expect((await openStream(counted, { snapshots, schema: "count-1" }).stream.load()).seen).toEqual([1, 2]);
    // The second read finds the end.
    expect(asked).toEqual([1, 2]);
    expect((await openStream(log, { snapshots, schema: "count-2" }).stream.load()).seen).toEqual([1, 2]);
  });

  test("skips an unreadable entry", async () => {
    const log = createMemoryEventLog();
    const { stream } = openStream(log);
    await stream.load();
    await stream.append(add(1));
    log.plant("mirror/m1", 2, "not json");
    const { stream: again } = openStream(log);
    await again.load();
    await again.append(add(3));
    expect(again.state.seen).toEqual([1, 3]);
  });
});
