import { expect, test } from "vitest";
import type { Commit } from "../../src/core/room/commit.js";
import type { Entry, EventLog } from "../../src/ports/event-log.js";
import { garbageCollector } from "../support/collect-garbage.js";
import { commitsOn, headOf, idsOf, range, versionsOf } from "../support/commits.js";
import { until } from "../support/until.js";
import type { EventLogContract, LogOpener } from "./event-log.js";

/** Follows a stream until it was stopped. */
function follow(log: EventLog, stream: string, after: number) {
  const stop = new AbortController();
  const seen: Entry[] = [];
  const ended = (async () => {
    for await (const batch of log.tail(stream, after, stop.signal)) seen.push(...batch);
  })();
  const stopped = () => {
    stop.abort();
    return ended;
  };
  return { seen, ended, stop: stopped };
}

async function write(log: EventLog, commits: readonly Commit[]): Promise<void> {
  for (let index = 0; index < commits.length; ) {
    const count = 1 + (index % 3);
    await log.append("room/r1", commits.slice(index, index + count));
    index += count;
  }
}

export function describeTail({ supports }: EventLogContract, opener: LogOpener): void {
  // A log in memory grows with its content.
  if (supports.durable) describeMemory(opener);

  test("begins with existing commits and continues with new ones, from any position", async () => {
    const { log } = await opener.open();
    const commits = commitsOn(undefined, "a", 900);
    await log.append("room/r1", commits.slice(0, 600));
    const tails = [0, 1, 299, 599, 600, 601, 750].map((after) => ({ after, tail: follow(log, "room/r1", after) }));
    await write(log, commits.slice(600));
    for (const { after, tail } of tails) {
      await until(`version 900 after ${after}`, () => tail.seen.at(-1)?.version === 900);
      expect(versionsOf(tail.seen)).toEqual(range(after + 1, 900));
      expect(idsOf(tail.seen)).toEqual(commits.slice(after).map(({ id }) => id));
      await tail.stop();
    }
  });

  test("neither skips nor repeats while tails start in the middle of writing", async () => {
    const { log } = await opener.open();
    const commits = commitsOn(undefined, "a", 400);
    const tails: ReturnType<typeof follow>[] = [];
    const writing = write(log, commits);
    for (let started = 0; started < 20; started += 1) {
      tails.push(follow(log, "room/r1", started * 5));
      const head = (await log.head("room/r1"))?.version ?? 0;
      await until(
        "something was written",
        async () => ((await log.head("room/r1"))?.version ?? 0) !== head || head === 400,
      );
    }
    await writing;
    for (const [index, tail] of tails.entries()) {
      await until("all was seen", () => tail.seen.at(-1)?.version === 400);
      expect(versionsOf(tail.seen)).toEqual(range(index * 5 + 1, 400));
      await tail.stop();
    }
  });

  test("follows a stream that does not exist yet", async () => {
    const { log } = await opener.open();
    const tail = follow(log, "room/new", 0);
    await log.append("room/other", commitsOn(undefined, "b", 3));
    await log.append("room/new", commitsOn(undefined, "a", 2));
    await until("both were seen", () => tail.seen.length >= 2);
    expect(idsOf(tail.seen)).toEqual(["a-1", "a-2"]);
    await tail.stop();
  });

  test("ends without an error when it is stopped: before, while waiting, and between batches", async () => {
    const { log } = await opener.open();
    await log.append("room/r1", commitsOn(undefined, "a", 2));
    const before = follow(log, "room/r1", 0);
    await before.stop();
    const waiting = follow(log, "room/r1", 0);
    await until("it waits", () => waiting.seen.length === 2);
    await waiting.stop();
    await log.append("room/r1", commitsOn({ version: 2, id: "a-2" }, "b"));
    expect(waiting.seen).toHaveLength(2);
    const stop = new AbortController();
    let batches = 0;
    for await (const _ of log.tail("room/r1", 0, stop.signal)) {
      batches += 1;
      stop.abort();
    }
    expect(batches).toBe(1);
    const stopped = log.tail("room/r1", 0, AbortSignal.abort());
    for await (const batch of stopped) expect(batch).toBe("nothing");
  });

  test("a consumer that does not read blocks nobody and misses nothing", async () => {
    const { log } = await opener.open();
    const slow = log.tail("room/r1", 0, new AbortController().signal)[Symbol.asyncIterator]();
    await log.append("room/r1", commitsOn(undefined, "a"));
    const first = await slow.next();
    const quick = follow(log, "room/r1", 0);
    const commits = commitsOn({ version: 1, id: "a-1" }, "b", 3_000);
    for (let index = 0; index < commits.length; index += 100) {
      await log.append("room/r1", commits.slice(index, index + 100));
    }
    await until("the other one saw all", () => quick.seen.length === 3_001);
    const seen: Entry[] = [...(first.value ?? [])];
    const pages: number[] = [];
    while (seen.length < 3_001) {
      const { value = [] } = await slow.next();
      pages.push(value.length);
      seen.push(...value);
    }
    expect(versionsOf(seen)).toEqual(range(1, 3_001));
    expect(Math.max(...pages)).toBeLessThanOrEqual(500);
    await slow.return?.();
    await quick.stop();
  });
}

function describeMemory(opener: LogOpener): void {
  test("a consumer that reads nothing does not make the process grow", async () => {
    const collect = garbageCollector();
    const { log } = await opener.open();
    const stop = new AbortController();
    const slow = log.tail("room/r1", 0, stop.signal)[Symbol.asyncIterator]();
    await log.append("room/r1", commitsOn(undefined, "a"));
    await slow.next();
    const waiting = slow.next();
    let head = { version: 1, id: "a-1" };
    const grow = async (commits: number) => {
      for (let written = 0; written < commits; written += 50) {
        const batch = commitsOn(head, "b", 50).map((commit) => ({ ...commit, cause: "c".repeat(2_000) }));
        await log.append("room/r1", batch);
        head = headOf(batch.at(-1) as Commit);
      }
      collect();
      return process.memoryUsage().heapUsed;
    };
    const before = await grow(1_000);
    const after = await grow(10_000);
    // 20 MB were written.
    expect(after - before).toBeLessThan(5_000_000);
    await waiting;
    stop.abort();
    await slow.return?.();
  });
}
