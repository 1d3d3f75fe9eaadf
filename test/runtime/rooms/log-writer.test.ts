import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createManualClock } from "../../../adapters/memory/clock.js";
import { createMemoryEventLog, type MemoryEventLog } from "../../../adapters/memory/event-log.js";
import { createSeededIds } from "../../../adapters/memory/ids.js";
import { commitsAfter, createLogWriter, writeLimits } from "../../../src/runtime/rooms/log-writer.js";
import { driveClock } from "../../support/drive-clock.js";
import { type AppendStep, faultyAppend } from "../../support/faulty-append.js";

type Added = { type: "added"; number: number };
const stream = "mirror/m1";

function openWriter(plan: readonly AppendStep[]) {
  const log = createMemoryEventLog();
  const clock = createManualClock(1_000);
  const ids = createSeededIds(1);
  const { append, tried } = faultyAppend(log, plan);
  const writer = createLogWriter({ eventLog: { append }, clock });
  const decided: number[] = [];

  async function add(number: number, options: { signal?: AbortSignal } = {}) {
    const decide = async (conflicts: number) => {
      decided.push(conflicts);
      const event: Added = { type: "added", number };
      return commitsAfter(await log.head(stream), [[event]], { ids, nowMs: clock.nowMs(), by: "test" });
    };
    return writer.write({ stream, decide, ...options });
  }
  return { log, clock, tried, decided, add, writer };
}

async function numbersIn(log: MemoryEventLog): Promise<number[]> {
  const entries = await log.read(stream);
  const events = entries.flatMap((entry) => (entry.kind === "commit" ? (entry.commit.events as Added[]) : []));
  return events.filter(({ type }) => type === "added").map(({ number }) => number);
}

const conflictsUpTo = (count: number): AppendStep[] => Array.from({ length: count }, () => "conflict");

describe("a write to the log", () => {
  test.each<[name: string, plan: AppendStep[], expected: { decided: number; appends: number }]>([
    ["is stored at the first attempt", [], { decided: 1, appends: 1 }],
    ["decides again after a conflict", ["conflict"], { decided: 2, appends: 2 }],
    ["repeats an append that was stored without an answer", ["lost"], { decided: 1, appends: 2 }],
    ["repeats an append that was not stored", ["away", "away"], { decided: 1, appends: 3 }],
    ["decides again when others wrote after a failed attempt", ["away", "conflict"], { decided: 2, appends: 3 }],
    ["has new attempts after each conflict", ["away", "away", "conflict", "away", "lost"], { decided: 2, appends: 6 }],
    ["is stored after the last conflict allowed", conflictsUpTo(30), { decided: 31, appends: 31 }],
  ])("%s", async (_name, plan, expected) => {
    const { log, clock, add, decided, tried } = openWriter(plan);
    const commits = await driveClock(clock, add(7));
    expect(commits).toHaveLength(1);
    expect(await numbersIn(log)).toEqual([7]);
    expect({ decided: decided.length, appends: tried.length }).toEqual(expected);
  });

  test.each<[name: string, plan: AppendStep[], expected: { code: string; retryable: boolean; stored: number[] }]>([
    ["is refused for good", ["refused"], { code: "refused", retryable: false, stored: [] }],
    ["loses every race", conflictsUpTo(31), { code: "unavailable", retryable: true, stored: [] }],
    ["finds the log away", ["away", "away", "away"], { code: "unavailable", retryable: true, stored: [] }],
    ["never gets an answer", ["lost", "lost", "lost"], { code: "timeout", retryable: true, stored: [7] }],
  ])("rejects when it %s", async (_name, plan, { code, retryable, stored }) => {
    const { log, clock, add, tried } = openWriter(plan);
    await expect(driveClock(clock, add(7))).rejects.toMatchObject({ code, retryable });
    expect(tried).toHaveLength(plan.length);
    expect(await numbersIn(log)).toEqual(stored);
  });

  test("carries the same ids after an unknown outcome, and new ones after a conflict", async () => {
    const { clock, add, tried } = openWriter(["away", "lost", "conflict"]);
    await driveClock(clock, add(7));
    expect(new Set(tried.flat()).size).toBe(1);
    const raced = openWriter(["conflict"]);
    await driveClock(raced.clock, raced.add(7));
    expect(new Set(raced.tried.flat()).size).toBe(2);
  });

  test("pauses longer after each failed attempt, by the injected clock", async () => {
    const { clock, add, tried } = openWriter(["away", "away"]);
    const added = add(7);
    const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
    await turn();
    clock.advance(writeLimits.retryDelayMs - 1);
    await turn();
    expect(tried).toHaveLength(1);
    clock.advance(1);
    await turn();
    expect(tried).toHaveLength(2);
    expect(clock.untilNext()).toBe(2 * writeLimits.retryDelayMs);
    clock.advance(2 * writeLimits.retryDelayMs);
    await expect(added).resolves.toHaveLength(1);
  });

  test("stops between two attempts when it is aborted, without waiting for the clock", async () => {
    const { add, log, tried } = openWriter(["away"]);
    const abort = new AbortController();
    const added = add(7, { signal: abort.signal });
    await new Promise<void>((resolve) => setImmediate(resolve));
    abort.abort();
    await expect(added).rejects.toMatchObject({ code: "closed" });
    expect(tried).toHaveLength(1);
    expect(await numbersIn(log)).toEqual([]);
  });

  test("stores nothing when nothing is decided, and rejects with the error of the decision", async () => {
    const { writer, tried } = openWriter([]);
    expect(await writer.write({ stream, decide: () => [] })).toEqual([]);
    const broken = () => {
      throw new Error("undecided");
    };
    await expect(writer.write({ stream, decide: broken })).rejects.toThrow("undecided");
    expect(tried).toEqual([]);
  });

  test("is in the log exactly once and in order when it was accepted, and at most once when not, whatever fails", async () => {
    const step = fc.constantFrom<AppendStep>("stored", "conflict", "lost", "away", "refused");
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 24 }), async (plan) => {
        const { log, clock, add } = openWriter(plan);
        const accepted: number[] = [];
        for (let number = 1; number <= 6; number++) {
          const isAccepted = await driveClock(clock, add(number)).then(
            () => true,
            () => false,
          );
          if (isAccepted) accepted.push(number);
        }
        const stored = await numbersIn(log);
        expect(stored.filter((number) => accepted.includes(number))).toEqual(accepted);
        expect(stored).toEqual([...new Set(stored)].sort((a, b) => a - b));
      }),
      { numRuns: 150 },
    );
  });
});
