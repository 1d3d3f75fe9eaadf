import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createMemoryLogger } from "../../adapters/memory/logger.js";
import { createSystemClock } from "../../adapters/memory/system-clock.js";
import type { AnswerOf } from "../../src/protocol/operation-types.js";
import { type FleetProcesses, openFleet, openPostgresFleet } from "../support/fleet.js";
import { type CreatedRoom, call, untilAnswered } from "../support/parley-client.js";
import { makeRoom, say } from "./bench-runtime.js";
import { type LogKind, openFleetLog, openRawAppends } from "./fleet-log.js";
import { appendHistory, fillHistory } from "./history.js";
import { median, quantile, type Row, short } from "./statistics.js";
import { openWiring, type Servers, startServers, type Wiring } from "./wirings.js";

/** 0: one process with a data folder. */
const wirings = [0, 1, 2] as const;
const nameOf = (processes: number): string =>
  processes === 0 ? "data folder" : processes === 1 ? "fleet of 1" : "fleet of 2";
const both = (of: readonly number[]) => `p50 ${short(quantile(of, 0.5))} p99 ${short(quantile(of, 0.99))} ms`;

const rounds = 3;
const hopsPerRound = 50;
const histories = [0, 10_000] as const;

interface PingPong extends Wiring {
  hops(count: number): Promise<number[]>;
}

async function openPingPong(processes: number, { servers, history }: { servers: Servers; history: number }) {
  const wiring = await openWiring(processes, { kind: "ping-pong" }, servers);
  await makeRoom(wiring.runtime, "pingpong", ["ping", "pong", "idle"], wiring.runtimeOf);
  await fillHistory(wiring.runtime, "pingpong", history);
  const pingPong: PingPong = {
    ...wiring,
    async hops(count) {
      const done = wiring.finished();
      await say(wiring.runtime, "pingpong", { to: ["ping"], body: `hop ${count} 0` });
      await done;
      await pause(50);
      return (await wiring.take()).latenciesMs;
    },
  };
  return pingPong;
}

export async function fleetLatencyRows(kind: LogKind): Promise<Row[]> {
  const servers = await startServers(kind);
  const raw = await openRawAppends(servers.log);
  const floor: number[] = [];
  const runs: { processes: number; history: number; pingPong: PingPong; samples: number[]; perRound: number[] }[] = [];
  for (const history of histories)
    for (const processes of wirings)
      runs.push({
        processes,
        history,
        pingPong: await openPingPong(processes, { servers, history }),
        samples: [],
        perRound: [],
      });
  for (const { pingPong } of runs) await pingPong.hops(10);
  for (let round = 0; round < rounds; round += 1) {
    floor.push(...(await raw(hopsPerRound)));
    for (const run of runs) {
      const samples = await run.pingPong.hops(hopsPerRound);
      run.samples.push(...samples);
      run.perRound.push(median(samples));
    }
  }
  for (const { pingPong } of runs) await pingPong.close();
  await servers.stop();
  const emptyOf = (processes: number) => runs.find((run) => run.processes === processes && run.history === 0);
  return [
    { id: "–", what: "floor: one raw append on the same server", result: both(floor) },
    ...runs.map(({ processes, history, samples, perRound }): Row => {
      const times = median(perRound) / median(emptyOf(processes)?.perRound ?? []);
      if (history > 0)
        return {
          id: "P4",
          what: `… in a room of ${history.toLocaleString("en")} commits, ${nameOf(processes)}`,
          result: `${both(samples)} = ${short(times)}× empty`,
        };
      const raws = processes === 0 ? "" : ` = ${short(median(perRound) / median(floor))}× raw append`;
      return { id: "P1", what: `said → handed over, ${nameOf(processes)}`, result: `${both(samples)}${raws}` };
    }),
  ];
}

/** Messages a second while every agent always has one on the way. */
async function throughput(
  processes: number,
  options: { servers: Servers; rooms: number; agents: number; broadcast: boolean; seconds: number },
): Promise<number> {
  const { servers, rooms, agents, broadcast, seconds } = options;
  const wiring = await openWiring(processes, { kind: "relay", agents, broadcast }, servers);
  const names = Array.from({ length: agents }, (_, index) => `a${index}`);
  const each = Array.from({ length: rooms }, (_, room) => `room${room}`);
  const atOnce = 50;
  for (let at = 0; at < rooms; at += atOnce) {
    const some = each.slice(at, at + atOnce);
    await Promise.all(some.map((roomId) => makeRoom(wiring.runtime, roomId, names, wiring.runtimeOf)));
    const tokens = names.map((name, token) => ({ to: [name], body: `t${token} n${token}` }));
    await Promise.all(some.flatMap((roomId) => tokens.map((token) => say(wiring.runtime, roomId, token))));
  }
  // Processes learn of each other within 2 s.
  await pause(3_000);
  await wiring.take();
  const from = performance.now();
  await pause(seconds * 1_000);
  const { heard } = await wiring.take();
  const perSecond = (heard * 1_000) / (performance.now() - from);
  await wiring.close();
  return perSecond;
}

async function throughputRows(
  id: string,
  what: string,
  { kind, ...shape }: { kind: LogKind; rooms: number; agents: number; broadcast: boolean },
): Promise<Row[]> {
  const samples = new Map<number, number[]>();
  for (let round = 0; round < rounds; round += 1)
    for (const processes of wirings) {
      const servers = await startServers(kind);
      const perSecond = await throughput(processes, { ...shape, servers, seconds: 3 });
      samples.set(processes, [...(samples.get(processes) ?? []), perSecond]);
      await servers.stop();
    }
  return wirings.map((processes) => ({
    id,
    what: `${what}, ${nameOf(processes)}`,
    result: `${short(median(samples.get(processes) ?? []))} messages/s`,
  }));
}

export function fleetOneRoomRows(kind: LogKind): Promise<Row[]> {
  return throughputRows("P2", "one room, 10 agents, broadcast", { kind, rooms: 1, agents: 10, broadcast: true });
}

export async function fleetManyRoomRows(kind: LogKind): Promise<Row[]> {
  return [
    ...(await throughputRows("P3", "50 rooms × 3 agents", { kind, rooms: 50, agents: 3, broadcast: false })),
    ...(await throughputRows("P3", "200 rooms × 3 agents", { kind, rooms: 200, agents: 3, broadcast: false })),
  ];
}

const echo = { name: "echo", runtime: "scripted", script: [{ match: "^ping", reply: "@mia pong" }] };

async function openFleetOn(kind: LogKind) {
  if (kind === "postgres") {
    const fleet = await openPostgresFleet();
    return { ...fleet, log: { kind, url: fleet.postgres.url, prefix: "parley" } };
  }
  const fleet = await openFleet();
  return { ...fleet, log: { kind, url: fleet.streams.url, prefix: "parley" } };
}

/** A room with this much history, whose agent is at home at that process. */
async function roomWithHistory(
  fleet: FleetProcesses & { log: { kind: LogKind; url: string; prefix: string } },
  { name, commits }: { name: string; commits: number },
) {
  const first = await fleet.start(name);
  const body = { name: "bench", owner: "mia", agents: [echo], policy: { loopGuard: false } };
  const { body: room } = await call<CreatedRoom>(`${first.url}/api/rooms`, { token: first.adminToken, body });
  await answered(first.url, room);
  const dir = await mkdtemp(join(tmpdir(), "parley-bench-"));
  const logger = createMemoryLogger({ maxRecords: 10 });
  const { prefix } = fleet.log;
  const { eventLog, close } = await openFleetLog(fleet.log, { prefix, dir, clock: createSystemClock(), logger });
  const from = (await eventLog.head(`room/${room.roomId}`)) ?? { version: 0, id: "" };
  await appendHistory(eventLog, room.roomId, { commits, from });
  await close();
  await rm(dir, { recursive: true, force: true });
  await answered(first.url, room);
  await first.kill("SIGTERM");
  return room;
}

async function answered(url: string, { roomId, token }: CreatedRoom): Promise<void> {
  const room = `${url}/api/rooms/${roomId}`;
  const asked = await untilAnswered<AnswerOf<"postMessage">>(() => `${room}/messages`, {
    token,
    body: { body: "ping", to: ["echo"] },
  });
  for (let version = 0; version < asked.body.version + 2; ) {
    const seen = await call<AnswerOf<"getRoom">>(`${room}?atLeast=${asked.body.version + 2}`, { token });
    version = seen.body.version;
  }
}

/** From the start of a process, killed with -9 before, to the first message that was routed to an agent at home there and answered. */
export async function fleetRestartRows(kind: LogKind): Promise<Row[]> {
  const sizes = [0, 1_000, 100_000];
  const fleet = await openFleetOn(kind);
  const samples = new Map<string, number[]>();
  try {
    const rooms: { size: number; room: CreatedRoom }[] = [];
    for (const size of sizes) rooms.push({ size, room: await roomWithHistory(fleet, { name: "home", commits: size }) });
    for (const others of [0, 1]) {
      if (others > 0) await fleet.start("other");
      for (let round = 0; round < rounds; round += 1)
        for (const { size, room } of rooms) {
          const from = performance.now();
          const started = await fleet.start("home");
          await answered(started.url, room);
          const key = `${others} ${size}`;
          samples.set(key, [...(samples.get(key) ?? []), performance.now() - from]);
          await started.kill("SIGKILL");
        }
    }
  } finally {
    await fleet.stop();
  }
  return [0, 1].map((others) => {
    const [none = 0, small = 0, large = 0] = sizes.map((size) => median(samples.get(`${others} ${size}`) ?? []));
    return {
      id: "P9",
      what: `process start → first message routed, ${nameOf(others + 1)}`,
      result: `empty ${short(none)}, 1k ${short(small)}, 100k ${short(large)} ms`,
    };
  });
}
