import { setTimeout as pause } from "node:timers/promises";
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { createRandomIds } from "../../adapters/memory/ids.js";
import { createMemoryLimits } from "../../adapters/memory/limits.js";
import { createMemoryLogger } from "../../adapters/memory/logger.js";
import { createMemoryReservations } from "../../adapters/memory/reservations.js";
import { createSystemClock } from "../../adapters/memory/system-clock.js";
import { createMemoryTickets } from "../../adapters/memory/tickets.js";
import { createMemoryWakeups } from "../../adapters/memory/wakeups.js";
import { openRedis } from "../../adapters/redis/open-redis.js";
import type { Wakeups } from "../../src/ports/wakeups.js";
import { startRedis } from "../support/redis-server.js";
import type { Taken } from "./crews.js";
import { type NodeTask, startNode } from "./fleet-node.js";
import { median, quantile, type Row, short } from "./statistics.js";

const concurrency = 32;
const pool = "bench";
const paced = 200;
const burst = 2_000;
const atOnce = 200;
const rounds = 2;
const giveUpAfterMs = 5_000;

const reader = (index: number): string => `${pool}/${index}/${process.hrtime.bigint()}`;

function openParts(url: string, prefix: string) {
  const clock = createSystemClock();
  const logger = createMemoryLogger({ maxRecords: 100 });
  const node = `jobs-${process.pid}`;
  return openRedis({
    url,
    prefix,
    info: { name: node, runtimes: [] },
    instance: createRandomIds().next(),
    process: { host: "bench", pid: process.pid },
    workers: concurrency,
    own: {
      wakeups: createMemoryWakeups({ clock, log: logger }),
      limits: createMemoryLimits({ clock }),
      tickets: createMemoryTickets({ clock }),
      reservations: createMemoryReservations(),
    },
    clock,
    logger,
  });
}

/** In a process of its own: runs readers, and counts from the asking to the start. `hangs`: one that is begun never ends. */
export async function workOnJobs(task: Extract<NodeTask, { kind: "jobs" }>): Promise<() => Taken> {
  let taken: Taken = { heard: 0, latenciesMs: [] };
  const handle = async (name: string) => {
    taken.heard += 1;
    taken.latenciesMs.push(Number(process.hrtime.bigint() - BigInt(name.split("/").at(-1) ?? "0")) / 1e6);
    if (task.hangs) await new Promise(() => {});
  };
  if (task.bare) {
    const connection = new Redis(task.redisUrl, { maxRetriesPerRequest: null });
    const options = { connection, prefix: task.prefix, concurrency, removeOnComplete: { count: 0 } };
    await new Worker<{ reader: string }>(pool, ({ data }) => handle(data.reader), options).waitUntilReady();
  } else (await openParts(task.redisUrl, task.prefix)).wakeups.work(pool, handle);
  await pause(500);
  return () => {
    const all = taken;
    taken = { heard: 0, latenciesMs: [] };
    return all;
  };
}

interface Measured {
  perSecond: number;
  givenUp: number;
  latenciesMs: number[];
}

/** One at a time with pauses, then many at once. */
async function measure(
  ask: (readers: readonly string[]) => Promise<void>,
  take: () => Promise<Taken>,
): Promise<Measured> {
  for (let index = 0; index < paced; index += 1) {
    await ask([reader(index)]);
    await pause(4);
  }
  await pause(300);
  const { latenciesMs } = await take();
  const from = performance.now();
  for (let index = 0; index < burst; index += atOnce)
    await ask(Array.from({ length: atOnce }, (_, at) => reader(paced + index + at)));
  let heard = 0;
  let lastAt = from;
  // A hint that Redis did not take within a second is given up: the sweep finds the work.
  while (heard < burst && performance.now() - lastAt < giveUpAfterMs) {
    await pause(10);
    const more = (await take()).heard;
    heard += more;
    if (more > 0) lastAt = performance.now();
  }
  return { latenciesMs, perSecond: (heard * 1_000) / (lastAt - from), givenUp: burst - heard };
}

async function measureWakeups(url: string, prefix: string): Promise<Measured> {
  const node = await startNode({ kind: "jobs", redisUrl: url, prefix, bare: false, hangs: false });
  const parts = await openParts(url, prefix);
  const measured = await measure(async (readers) => {
    for (const one of readers) parts.wakeups.wake(one);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }, node.take);
  await node.kill();
  await parts.close();
  return measured;
}

async function measureBare(url: string, prefix: string): Promise<Measured> {
  const node = await startNode({ kind: "jobs", redisUrl: url, prefix, bare: true, hangs: false });
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  const queue = new Queue<{ reader: string }>(pool, { connection, prefix });
  const measured = await measure(async (readers) => {
    const jobs = readers.map((one) => ({ name: "wake", data: { reader: one }, opts: { removeOnComplete: true } }));
    await queue.addBulk(jobs);
  }, node.take);
  await node.kill();
  await queue.close();
  connection.disconnect();
  return measured;
}

/** Where one process serves the rooms. */
async function measureInProcess(): Promise<number[]> {
  const wakeups: Wakeups = createMemoryWakeups({
    clock: createSystemClock(),
    log: createMemoryLogger({ maxRecords: 100 }),
  });
  const latenciesMs: number[] = [];
  const stop = wakeups.work(pool, async (name) => {
    latenciesMs.push(Number(process.hrtime.bigint() - BigInt(name.split("/").at(-1) ?? "0")) / 1e6);
  });
  for (let index = 0; index < paced; index += 1) {
    wakeups.wake(reader(index));
    await pause(1);
  }
  await stop();
  return latenciesMs;
}

/** A process is killed with -9 in a run; how long until another runs that reader. */
async function measureTakeOver(url: string, prefix: string): Promise<number> {
  const victim = await startNode({ kind: "jobs", redisUrl: url, prefix, bare: false, hangs: true });
  const parts = await openParts(url, prefix);
  parts.wakeups.wake(reader(0));
  for (let heard = 0; heard === 0; await pause(10)) heard = (await victim.take()).heard;
  const other = await startNode({ kind: "jobs", redisUrl: url, prefix, bare: false, hangs: false });
  await victim.kill();
  const from = performance.now();
  for (let heard = 0; heard === 0; await pause(20)) heard = (await other.take()).heard;
  const tookMs = performance.now() - from;
  await other.kill();
  await parts.close();
  return tookMs;
}

export async function jobRows(): Promise<Row[]> {
  const redis = await startRedis();
  const samples = { ours: [] as Measured[], bare: [] as Measured[] };
  for (let round = 0; round < rounds; round += 1) {
    samples.bare.push(await measureBare(redis.url, `bare-${round}`));
    samples.ours.push(await measureWakeups(redis.url, `ours-${round}`));
  }
  const takeOverMs = await measureTakeOver(redis.url, "killed");
  const inProcess = await measureInProcess();
  await redis.stop();
  const rate = (of: Measured[]) => median(of.map(({ perSecond }) => perSecond));
  const late = (of: Measured[]) => of.flatMap(({ latenciesMs }) => latenciesMs);
  const both = (of: number[]) => `p50 ${short(quantile(of, 0.5))} p99 ${short(quantile(of, 0.99))} ms`;
  const givenUp = samples.ours.reduce((sum, one) => sum + one.givenUp, 0);
  const rateRatio = rate(samples.ours) / rate(samples.bare);
  const lateRatio = median(late(samples.ours)) / median(late(samples.bare));
  return [
    {
      id: "–",
      what: `floor: bare BullMQ, ${concurrency} side by side, another process`,
      result: `${short(rate(samples.bare))} jobs/s, add → start ${both(late(samples.bare))}`,
    },
    {
      id: "P12",
      what: "wakes of distinct readers a second, at another process",
      result: `${short(rate(samples.ours))} = ${short(rateRatio)}× bare; ${givenUp} of ${rounds * burst} given up`,
      aim: "≥ 0.8×",
      met: rateRatio >= 0.8,
    },
    {
      id: "P12",
      what: "… wake → start",
      result: `${both(late(samples.ours))} = ${short(lateRatio)}× bare`,
      aim: "≤ 1.3×",
      met: lateRatio <= 1.3,
    },
    {
      id: "P12",
      what: "… in the same process, without Redis",
      result: both(inProcess),
      aim: "p50 ≤ 0.05 ms",
      met: median(inProcess) <= 0.05,
    },
    {
      id: "P12",
      what: "… its process killed with -9: run by another",
      result: `${short(takeOverMs)} ms`,
      aim: "≤ 10 s",
      met: takeOverMs <= 10_000,
    },
  ];
}
