import { expect, test } from "vitest";
import type { Commit } from "../../src/core/room/commit.js";
import type { EventLog, Head } from "../../src/ports/event-log.js";
import { commitsOn, headOf, versionsOf } from "../support/commits.js";
import type { LogOpener } from "./event-log.js";

const total = 100_000;
const batchSize = 100;

/** The bound of the fastest tenth: a busy machine makes times longer, never shorter. */
const lowest = (values: number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 10)] ?? 0;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Milliseconds of each batch. */
async function fill(log: EventLog): Promise<number[]> {
  const times: number[] = [];
  let head: Head | undefined;
  for (let written = 0; written < total; written += batchSize) {
    const batch = commitsOn(head, "a", batchSize);
    times.push(await timed(() => log.append("room/r1", batch)));
    head = headOf(batch.at(-1) as Commit);
  }
  return times;
}

/** How many times slower the last fifth is than the second. */
function slowdown(times: readonly number[]): number {
  const fifth = Math.floor(times.length / 5);
  return lowest(times.slice(-fifth)) / lowest(times.slice(fifth, 2 * fifth));
}

export function describeGrowth(opener: LogOpener): void {
  test("appending and reading cost the same at 100,000 commits as at the start", { timeout: 180_000 }, async () => {
    const { log } = await opener.open();
    expect(slowdown(await fill(log))).toBeLessThan(3);
    const times: number[] = [];
    let last = 0;
    while (last < total) {
      let page: (number | undefined)[] = [];
      times.push(await timed(async () => (page = versionsOf(await log.read("room/r1", { after: last })))));
      expect(page[0]).toBe(last + 1);
      expect(page.at(-1)).toBe(last + page.length);
      last += page.length;
    }
    expect(last).toBe(total);
    expect(slowdown(times)).toBeLessThan(3);
  });
}
