import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { openLmdb } from "../../adapters/lmdb/open-lmdb.js";
import { createMemoryLogger } from "../../adapters/memory/logger.js";
import { type CreatedRoom, call, untilAnswered } from "../support/parley-client.js";
import { type ParleyProcess, startParley } from "../support/parley-process.js";
import { filler } from "./bench-runtime.js";
import { appendHistory } from "./history.js";
import { openSse, type SseClient } from "./sse-client.js";
import { median, quantile, type Row, short } from "./statistics.js";

const echo = { name: "echo", runtime: "scripted", script: [{ match: "^ping", reply: "@mia pong" }] };

async function inFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), "parley-bench-"));
  return work(dir).finally(() => rm(dir, { recursive: true, force: true }));
}

async function newRoom(server: ParleyProcess, agents: unknown[] = []): Promise<CreatedRoom> {
  const body = { name: "bench", owner: "mia", agents, policy: { loopGuard: false } };
  const made = await call<CreatedRoom>(`${server.url}/api/rooms`, { token: server.adminToken, body });
  if (made.status !== 201) throw new Error(`no room was made: ${JSON.stringify(made.body)}`);
  return made.body;
}

function post(server: ParleyProcess, room: CreatedRoom, body: string) {
  return call(`${server.url}/api/rooms/${room.roomId}/messages`, { token: room.token, body: { body, to: ["room"] } });
}

async function cpuSeconds(server: ParleyProcess): Promise<number> {
  const text = await (
    await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${server.adminToken}` } })
  ).text();
  return Number(/^process_cpu_seconds_total (\S+)/m.exec(text)?.[1]);
}

/** Memory of its own. The whole RSS would count the pages of the log's file, which the kernel takes back when it wants them. */
async function ownMemoryMiB({ pid }: ParleyProcess): Promise<number> {
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024;
}

interface FanOut {
  microsecondsPerDelivery: number;
  lastViewerMs: number[];
}

/** `sends` frames, paced, to `clients`; the cost of the same number of sends without viewers is taken off. */
async function fanOut(options: {
  clients: SseClient[];
  sends: number;
  send: () => Promise<unknown>;
  cpu: () => Promise<number>;
}): Promise<FanOut> {
  const { clients, sends, send, cpu } = options;
  const before = await cpu();
  const lastViewerMs: number[] = [];
  for (let at = 0; at < sends; at++) {
    const wanted = clients.map((client) => client.frames() + 1);
    const from = performance.now();
    await send();
    while (clients.some((client, index) => client.frames() < (wanted[index] ?? 0))) await pause(1);
    lastViewerMs.push(Math.max(...clients.map((client) => client.lastAt())) - from);
  }
  const used = (await cpu()) - before;
  return { microsecondsPerDelivery: (used * 1e6) / (sends * Math.max(1, clients.length)), lastViewerMs };
}

async function rawServer(): Promise<{ url: string; stop: () => void }> {
  const child = spawn(process.execPath, ["--import", "tsx", "test/bench/raw-sse-server.ts"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith("ready ")) return { url: line.slice("ready ".length), stop: () => child.kill() };
  }
  throw new Error("the raw server did not start");
}

export async function viewerRows(): Promise<Row[]> {
  return inFolder(async (dataDir) => {
    const server = await startParley({ dataDir });
    const raw = await rawServer();
    const room = await newRoom(server);
    const cpuOfRaw = async () => Number(await (await fetch(`${raw.url}/cpu`)).text());
    const rows: Row[] = [];
    for (const viewers of [1, 10, 100, 1_000]) {
      const sends = viewers >= 1_000 ? 60 : 200;
      const open = (url: string, path: string, token?: string) =>
        Promise.all(
          Array.from({ length: viewers }, () => openSse(url, token === undefined ? { path } : { path, token })),
        );
      const rawClients = await open(raw.url, "/events");
      const ownClients = await open(server.url, `/api/rooms/${room.roomId}/events`, room.token);
      const send = () => post(server, room, filler);
      const sendRaw = () => fetch(raw.url, { method: "POST" }).then((response) => response.text());
      const idleOwn = await fanOut({ clients: [], sends: 100, send, cpu: () => cpuSeconds(server) });
      void idleOwn;
      const floor = await fanOut({ clients: rawClients, sends, send: sendRaw, cpu: cpuOfRaw });
      const own = await fanOut({ clients: ownClients, sends, send, cpu: () => cpuSeconds(server) });
      for (const client of [...rawClients, ...ownClients]) client.close();
      const ratio = own.microsecondsPerDelivery / floor.microsecondsPerDelivery;
      const result = `${short(own.microsecondsPerDelivery)} µs CPU/delivery (raw ${short(floor.microsecondsPerDelivery)}), last p99 ${short(quantile(own.lastViewerMs, 0.99))} ms`;
      rows.push({
        id: "P6",
        what: `${viewers} viewers, each message to all (the POST included)`,
        result,
        ...(viewers >= 100 && { aim: "≤ 2× raw", met: ratio <= 2 }),
      });
    }
    raw.stop();
    await server.kill("SIGTERM");
    return rows;
  });
}

export async function slowViewerRows(): Promise<Row[]> {
  return inFolder(async (dataDir) => {
    // A small heap, so that what V8 has not swept yet does not pass for what is kept.
    const server = await startParley({ dataDir, env: { NODE_OPTIONS: "--max-old-space-size=80" } });
    const room = await newRoom(server);
    const path = `/api/rooms/${room.roomId}/events`;
    const slow = await openSse(server.url, { path, token: room.token });
    const fast = await openSse(server.url, { path, token: room.token });
    for (let at = 0; at < 50; at++) await post(server, room, filler);
    slow.pause();
    const before = await ownMemoryMiB(server);
    const big = "x".repeat(30_000);
    for (let at = 0; at < 700; at++) await Promise.all(Array.from({ length: 10 }, () => post(server, room, big)));
    const grown = (await ownMemoryMiB(server)) - before;
    const got = fast.frames();
    slow.close();
    fast.close();
    await server.kill("SIGTERM");
    const result = `own memory ${grown >= 0 ? "+" : ""}${short(grown)} MiB, the other viewer got ${short(got)} of 7,050`;
    return [
      {
        id: "P7",
        what: "one viewer stops reading while 200 MB are posted",
        result,
        aim: "cut, memory flat (≤ 40 MiB of garbage)",
        met: grown <= 40 && got >= 7_000,
      },
    ];
  });
}

/** Puts a room with this much history into a data folder, as a server would find it. */
async function prepareHistory(dataDir: string, commits: number): Promise<CreatedRoom> {
  const server = await startParley({ dataDir });
  const room = await newRoom(server, [echo]);
  await server.kill("SIGTERM");
  const { eventLog, close } = await openLmdb({ dir: dataDir, log: createMemoryLogger() });
  const head = await eventLog.head(`room/${room.roomId}`);
  await appendHistory(eventLog, room.roomId, { commits, from: head ?? { version: 0, id: "" } });
  await close();
  return room;
}

export async function catchUpRows(): Promise<Row[]> {
  return inFolder(async (dataDir) => {
    const room = await prepareHistory(dataDir, 100_000);
    const server = await startParley({ dataDir });
    const other = await newRoom(server);
    await post(server, other, "warm");
    await call(`${server.url}/api/rooms/${room.roomId}`, { token: room.token });
    const calm = await timedPosts(server, other, () => false, 200);
    const from = performance.now();
    const viewer = await openSse(server.url, { path: `/api/rooms/${room.roomId}/events?after=0`, token: room.token });
    const stalls = await timedPosts(server, other, () => viewer.frames() < 100_000, 100_000);
    const seconds = (viewer.lastAt() - from) / 1_000;
    viewer.close();
    await server.kill("SIGTERM");
    const rate = viewer.frames() / seconds;
    const extra = quantile(stalls, 0.99) - quantile(calm, 0.5);
    return [
      {
        id: "P8",
        what: "100,000 events from the start: first byte",
        result: `${short(viewer.firstByteMs())} ms`,
        aim: "≤ 20 ms",
        met: viewer.firstByteMs() <= 20,
      },
      {
        id: "P8",
        what: "… events a second",
        result: short(rate),
        aim: "≥ 125,000 (half of the peer's raw)",
        met: rate >= 125_000,
      },
      {
        id: "P8",
        what: "… a message in another room meanwhile",
        result: `p50 ${short(median(stalls))} p99 ${short(quantile(stalls, 0.99))} ms (calm p50 ${short(median(calm))})`,
        aim: "stall p99 ≤ 10 ms",
        met: extra <= 10,
      },
    ];
  });
}

async function timedPosts(
  server: ParleyProcess,
  room: CreatedRoom,
  goOn: () => boolean,
  atMost: number,
): Promise<number[]> {
  const samples: number[] = [];
  do {
    const from = performance.now();
    await post(server, room, filler);
    samples.push(performance.now() - from);
  } while (samples.length < atMost && (goOn() || samples.length < 50));
  return samples;
}

/** From the start of the process to the first message that was routed to an agent and answered. */
async function routedAfterStart(dataDir: string, room: CreatedRoom): Promise<{ readyMs: number; routedMs: number }> {
  const from = performance.now();
  const server = await startParley({ dataDir });
  const url = () => `${server.url}/api/rooms/${room.roomId}`;
  const asked = await untilAnswered<{ version: number }>(() => `${url()}/messages`, {
    token: room.token,
    body: { body: "ping", to: ["echo"] },
  });
  const answered = await call<{ version: number }>(`${url()}?atLeast=${asked.body.version + 2}`, { token: room.token });
  const routedMs = performance.now() - from;
  if (answered.body.version < asked.body.version + 2) throw new Error("the message was not routed");
  await server.kill("SIGKILL");
  return { readyMs: server.readyMs, routedMs };
}

export async function restartRows(): Promise<Row[]> {
  const sizes = [0, 1_000, 100_000];
  const routed = new Map<number, number[]>(sizes.map((size) => [size, []]));
  await inFolder(async (dir) => {
    const rooms: { size: number; dataDir: string; room: CreatedRoom }[] = [];
    for (const size of sizes) {
      const dataDir = join(dir, String(size));
      rooms.push({ size, dataDir, room: await prepareHistory(dataDir, size) });
    }
    for (const { dataDir, room } of rooms) await settleSnapshot(dataDir, room);
    for (let round = 0; round < 5; round++) {
      for (const { size, dataDir, room } of rooms)
        routed.get(size)?.push((await routedAfterStart(dataDir, room)).routedMs);
    }
  });
  const [none = 0, small = 0, large = 0] = sizes.map((size) => median(routed.get(size) ?? []));
  const result = `empty ${short(none)}, 1k ${short(small)}, 100k ${short(large)} ms`;
  return [
    {
      id: "P9",
      what: "process start → first message routed (killed with -9 before)",
      result,
      aim: "100k ≤ empty + 20 ms",
      met: large - none <= 20,
    },
  ];
}

/** One life of the server that ends in good order: the room's snapshot is as fresh as a running server keeps it. */
async function settleSnapshot(dataDir: string, room: CreatedRoom): Promise<void> {
  const server = await startParley({ dataDir });
  await call(`${server.url}/api/rooms/${room.roomId}`, { token: room.token });
  await server.kill("SIGTERM");
}

export async function idleMemoryRows(): Promise<Row[]> {
  return inFolder(async (dataDir) => {
    const output = await new Promise<string>((resolve, reject) => {
      const child = spawn(process.execPath, ["--expose-gc", "--import", "tsx", "test/bench/idle-memory.ts", dataDir], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let text = "";
      child.stdout.on("data", (chunk) => (text += String(chunk)));
      child.once("exit", (code) => (code === 0 ? resolve(text) : reject(new Error(`idle-memory ended with ${code}`))));
    });
    const { heapKiB, rssKiB } = JSON.parse(output) as { heapKiB: number; rssKiB: number };
    return [
      {
        id: "P11",
        what: "an idle room × 3 agents (10,000 against 500)",
        result: `${short(heapKiB)} KiB heap, ${short(rssKiB)} KiB RSS`,
        aim: "≤ 4 KiB heap",
        met: heapKiB <= 4,
      },
    ];
  });
}
