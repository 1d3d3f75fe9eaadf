import { fdatasyncSync, openSync, writeSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { open } from "lmdb";
import { filler, makeRoom, openBenchRuntime, say } from "./bench-runtime.js";
import { fillHistory } from "./history.js";
import { median, quantile, type Row, short } from "./statistics.js";

const rounds = 5;
const hopsPerRound = 200;

/** One message at a time between two agents: from the output of one to the input of the other, stored in between. */
interface PingPong {
  run(hops: number): Promise<number[]>;
  close(): Promise<void>;
}

async function openPingPong({ history }: { history: number }): Promise<PingPong> {
  let latencies: number[] = [];
  let saidAt = 0;
  let left = 0;
  let finished = () => {};
  const bench = await openBenchRuntime((_input, tools) => {
    if (saidAt > 0) latencies.push(performance.now() - saidAt);
    left -= 1;
    if (left <= 0) return finished();
    const other = tools.spec.name === "ping" ? "pong" : "ping";
    saidAt = performance.now();
    tools.say(`@${other} ${filler}`);
  });
  await makeRoom(bench.runtime, "pingpong", ["ping", "pong", "idle"]);
  if (history > 0) await fillHistory(bench.runtime, "pingpong", history);
  return {
    run: async (hops) => {
      latencies = [];
      saidAt = 0;
      left = hops + 1;
      const done = new Promise<void>((resolve) => {
        finished = resolve;
      });
      await say(bench.runtime, "pingpong", { to: ["ping"], body: "go" });
      await done;
      return latencies;
    },
    close: bench.close,
  };
}

/** The machine's floor: one LMDB transaction, and one write with fdatasync, each awaited. */
async function openFloors() {
  const dir = await mkdtemp(join(tmpdir(), "parley-floor-"));
  const bare = open<string, number>({ path: join(dir, "lmdb"), overlappingSync: false, encoding: "string" });
  const file = openSync(join(dir, "raw"), "w");
  const record = JSON.stringify({
    id: "x".repeat(20),
    version: 1,
    parent: "y".repeat(20),
    at: 0,
    by: "ping",
    events: [{ body: filler }],
  });
  let key = 0;
  const timed = async (work: () => unknown) => {
    const samples: number[] = [];
    for (let at = 0; at < hopsPerRound; at++) {
      const from = performance.now();
      await work();
      samples.push(performance.now() - from);
    }
    return samples;
  };
  return {
    lmdb: () => timed(() => bare.put(key++, record)),
    raw: () =>
      timed(() => {
        writeSync(file, record);
        fdatasyncSync(file);
      }),
    close: async () => {
      await bare.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export async function latencyRows(): Promise<Row[]> {
  const empty = await openPingPong({ history: 0 });
  const long = await openPingPong({ history: 100_000 });
  const floors = await openFloors();
  const samples = { empty: [] as number[], long: [] as number[], lmdb: [] as number[], raw: [] as number[] };
  const ratios: { floor: number[]; history: number[] } = { floor: [], history: [] };
  await empty.run(100);
  await long.run(100);
  for (let round = 0; round < rounds; round++) {
    const [bare, raw, short0, long0] = [
      await floors.lmdb(),
      await floors.raw(),
      await empty.run(hopsPerRound),
      await long.run(hopsPerRound),
    ];
    samples.lmdb.push(...bare);
    samples.raw.push(...raw);
    samples.empty.push(...short0);
    samples.long.push(...long0);
    ratios.floor.push(median(short0) / median(bare));
    ratios.history.push(median(long0) / median(short0));
  }
  await Promise.all([empty.close(), long.close(), floors.close()]);
  const [floor, history] = [median(ratios.floor), median(ratios.history)];
  const both = (of: number[]) => `p50 ${short(quantile(of, 0.5))} p99 ${short(quantile(of, 0.99))} ms`;
  return [
    { id: "–", what: "floor: write + fdatasync", result: both(samples.raw) },
    { id: "–", what: "floor: bare LMDB put, durable", result: both(samples.lmdb) },
    {
      id: "P1",
      what: "said → handed over, durable, one at a time",
      result: `${both(samples.empty)} = ${short(floor)}× LMDB`,
      aim: "≤ 1.5×",
      met: floor <= 1.5,
    },
    {
      id: "P4",
      what: "the same in a room of 100,000 commits",
      result: `${both(samples.long)} = ${short(history)}× empty`,
      aim: "≤ 1.15×",
      met: history <= 1.15,
    },
  ];
}

/** Messages a second while every agent always has one under way. `broadcast`: to everybody, one of whom passes it on. */
async function throughput({
  rooms,
  agents,
  broadcast,
  seconds,
}: {
  rooms: number;
  agents: number;
  broadcast: boolean;
  seconds: number;
}) {
  let heard = 0;
  const bench = await openBenchRuntime(
    (input, tools) => {
      if (!("body" in input.message)) return;
      const [, token, next] = /^(t\d+) n(\d+)/.exec(input.message.body) ?? [];
      const own = Number(tools.spec.name.slice(1));
      if (token === undefined || Number(next) !== own) return;
      heard += 1;
      const after = (own + 1) % agents;
      tools.say(`${broadcast ? "@room" : `@a${after}`} ${token} n${after} ${filler}`);
    },
    { maxRooms: 2_000 },
  );
  const names = Array.from({ length: agents }, (_, index) => `a${index}`);
  const each = Array.from({ length: rooms }, (_, room) => `room${room}`);
  await Promise.all(each.map((roomId) => makeRoom(bench.runtime, roomId, names)));
  const tokens = names.map((name, token) => ({ to: [name], body: `t${token} n${token}` }));
  await Promise.all(each.flatMap((roomId) => tokens.map((token) => say(bench.runtime, roomId, token))));
  await pause(1_000);
  const before = heard;
  const from = performance.now();
  await pause(seconds * 1_000);
  const perSecond = ((heard - before) * 1_000) / (performance.now() - from);
  await bench.close();
  return perSecond;
}

/** Commits of 300 bytes a second that the bare log takes from as many writers, three a time as a turn writes them. */
async function bareAppends(writers: number): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), "parley-floor-"));
  const bare = open<string, [number, number]>({ path: dir, overlappingSync: false, encoding: "string" });
  let stored = 0;
  let over = false;
  const write = async (writer: number) => {
    for (let at = 0; !over; at += 3) {
      await Promise.all([0, 1, 2].map((step) => bare.put([writer, at + step], filler)));
      stored += 3;
    }
  };
  const working = Array.from({ length: writers }, (_, writer) => write(writer));
  await pause(300);
  const before = stored;
  await pause(1_500);
  const perSecond = (stored - before) / 1.5;
  over = true;
  await Promise.all(working);
  await bare.close();
  await rm(dir, { recursive: true, force: true });
  return perSecond;
}

/** Three times each with the floor in between, because the machine's load changes; medians are shown. */
async function alternating(works: Record<string, () => Promise<number>>): Promise<Record<string, number>> {
  const samples = new Map<string, number[]>();
  for (let round = 0; round < 3; round++) {
    for (const [name, work] of Object.entries(works)) samples.set(name, [...(samples.get(name) ?? []), await work()]);
  }
  return Object.fromEntries(Array.from(samples, ([name, values]) => [name, median(values)]));
}

export async function oneRoomRows(): Promise<Row[]> {
  const { floor = 0, one = 0 } = await alternating({
    floor: () => bareAppends(10),
    one: () => throughput({ rooms: 1, agents: 10, broadcast: true, seconds: 3 }),
  });
  return [
    { id: "–", what: "floor: bare LMDB puts, 10 writers, three at a time", result: `${short(floor)} commits/s` },
    {
      id: "P2",
      what: "one room, 10 agents, broadcast, turns included",
      result: `${short(one)} messages/s = ${short(one / floor)}× floor commits`,
      aim: "> 8,000",
      met: one > 8_000,
    },
  ];
}

export async function manyRoomRows(): Promise<Row[]> {
  const {
    floor = 0,
    many = 0,
    thousand = 0,
  } = await alternating({
    floor: () => bareAppends(150),
    many: () => throughput({ rooms: 50, agents: 3, broadcast: false, seconds: 3 }),
    thousand: () => throughput({ rooms: 1_000, agents: 3, broadcast: false, seconds: 3 }),
  });
  return [
    { id: "–", what: "floor: bare LMDB puts, 150 writers, three at a time", result: `${short(floor)} commits/s` },
    {
      id: "P3",
      what: "50 rooms × 3 agents, turns included",
      result: `${short(many)} messages/s = ${short((many * 3) / floor)}× floor commits`,
      aim: "> 15,000",
      met: many > 15_000,
    },
    {
      id: "P3",
      what: "1,000 rooms × 3 agents",
      result: `${short(thousand)} messages/s = ${short(thousand / many)}× of 50 rooms`,
      aim: "≥ 0.8×",
      met: thousand >= 0.8 * many,
    },
  ];
}
