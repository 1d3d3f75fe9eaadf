import { describe, expect, test } from "vitest";
import { createManualClock } from "../../../adapters/memory/clock.js";
import { createMemoryEventLog, type MemoryEventLog } from "../../../adapters/memory/event-log.js";
import { createSeededIds } from "../../../adapters/memory/ids.js";
import { createMemorySnapshots } from "../../../adapters/memory/snapshots.js";
import { createSystemClock } from "../../../adapters/memory/system-clock.js";
import type { Clock } from "../../../src/ports/clock.js";
import { createLedger } from "../../../src/runtime/chat/outbox.js";

interface Count {
  sum: number;
  seen: number[];
}
type Added = { type: "added"; number: number };

let lives = 0;
function openLedger(
  log: MemoryEventLog,
  options: { snapshots?: ReturnType<typeof createMemorySnapshots>; schema?: string; clock?: Clock } = {},
) {
  lives += 1;
  const clock = createManualClock(1_000);
  const ledger = createLedger<Count, Added>({
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
  return { ledger, clock };
}
const add = (number: number) => (): Added[] => [{ type: "added", number }];

describe("a ledger", () => {
  test("stores what is decided, in order, and finds it again", async () => {
    const log = createMemoryEventLog();
    const { ledger } = openLedger(log);
    await ledger.load();
    await Promise.all([1, 2, 3].map((number) => ledger.append(add(number))));
    expect(ledger.state.seen).toEqual([1, 2, 3]);
    expect((await openLedger(log).ledger.load()).seen).toEqual([1, 2, 3]);
  });

  test("two writers: each decides on what the other stored, and nothing counts twice", async () => {
    const log = createMemoryEventLog();
    const [a, b] = [openLedger(log).ledger, openLedger(log).ledger];
    await Promise.all([a.load(), b.load()]);
    const upToTen = (state: Count): Added[] => (state.sum < 10 ? [{ type: "added", number: 5 }] : []);
    for (let round = 0; round < 4; round++) await Promise.all([a.append(upToTen), b.append(upToTen)]);
    await Promise.all([a.load(), b.load()]);
    expect(a.state).toEqual({ sum: 10, seen: [5, 5] });
    expect(b.state).toEqual(a.state);
  });

  test("is stored at last by who loses the race a dozen times", async () => {
    const log = createMemoryEventLog();
    const other = openLedger(log).ledger;
    let races = 12;
    const raced = {
      ...log,
      append: async (...given: Parameters<typeof log.append>) => {
        if (races-- > 0) await other.append(add(1));
        return log.append(...given);
      },
    };
    const { ledger } = openLedger(raced, { clock: createSystemClock() });
    await ledger.append(add(100));
    expect((await openLedger(log).ledger.load()).sum).toBe(112);
  });

  test("an append whose answer is lost counts once", async () => {
    const log = createMemoryEventLog();
    const { ledger, clock } = openLedger(log);
    await ledger.load();
    let faults = 2;
    log.planFaults(() => (faults-- > 0 ? "answer-lost" : undefined));
    const appended = ledger.append(add(7));
    for (let round = 0; round < 10; round++) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(1_000);
    }
    await appended;
    expect((await openLedger(log).ledger.load()).seen).toEqual([7]);
  });

  test("what could not be stored is not in the state, and the next append goes on from the log", async () => {
    const log = createMemoryEventLog();
    const { ledger, clock } = openLedger(log);
    await ledger.load();
    await ledger.append(add(1));
    log.planFaults(() => "unavailable");
    const failed = expect(ledger.append(add(2))).rejects.toThrow();
    for (let round = 0; round < 20; round++) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(1_000);
    }
    await failed;
    log.planFaults(() => undefined);
    await ledger.append(add(3));
    expect(ledger.state.seen).toEqual([1, 3]);
  });

  test("goes on from a kept state, and does without it", async () => {
    const log = createMemoryEventLog();
    const snapshots = createMemorySnapshots();
    const { ledger } = openLedger(log, { snapshots, schema: "count-1" });
    await ledger.load();
    await ledger.append(add(1));
    await ledger.keep();
    await ledger.append(add(2));
    const asked: (number | undefined)[] = [];
    const counted: MemoryEventLog = {
      ...log,
      read: (stream, options) => {
        asked.push(options?.after);
        return log.read(stream, options);
      },
    };
    expect((await openLedger(counted, { snapshots, schema: "count-1" }).ledger.load()).seen).toEqual([1, 2]);
    expect(asked).toEqual([1]);
    expect((await openLedger(log, { snapshots, schema: "count-2" }).ledger.load()).seen).toEqual([1, 2]);
  });

  test("an entry that cannot be read is passed over", async () => {
    const log = createMemoryEventLog();
    const { ledger } = openLedger(log);
    await ledger.load();
    await ledger.append(add(1));
    log.plant("mirror/m1", 2, "not json");
    const { ledger: again } = openLedger(log);
    await again.load();
    await again.append(add(3));
    expect(again.state.seen).toEqual([1, 3]);
  });
});
