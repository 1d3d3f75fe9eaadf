import { spawn } from "node:child_process";
import { join } from "node:path";
import { openLmdb } from "../../adapters/lmdb/open-lmdb.js";
import { createMemoryLogger } from "../../adapters/memory/logger.js";
import type { AnswerOf } from "../../src/protocol/operation-types.js";
import { type CreatedRoom, call, untilAnswered } from "../support/parley-client.js";
import { type ParleyProcess, startParley } from "../support/parley-process.js";
import { filler } from "./bench-runtime.js";
import { appendHistory } from "./history.js";
import { inFolder, newRoom, post } from "./server-tools.js";
import { openSse } from "./sse-client.js";
import { median, quantile, type Row, short } from "./statistics.js";

const echo = { name: "echo", runtime: "scripted", script: [{ match: "^ping", reply: "@mia pong" }] };

/** Puts a room with this much history into a data folder, as a server would find it. */
export async function prepareHistory(dataDir: string, commits: number, agents: unknown[]): Promise<CreatedRoom> {
  const server = await startParley({ dataDir });
  const room = await newRoom(server, agents);
  await server.kill("SIGTERM");
  const { eventLog, close } = await openLmdb({ dir: dataDir, log: createMemoryLogger() });
  const head = await eventLog.head(`room/${room.roomId}`);
  await appendHistory(eventLog, room.roomId, { commits, from: head ?? { version: 0, id: "" } });
  await close();
  return room;
}

export async function catchUpRows(): Promise<Row[]> {
  return inFolder(async (dataDir) => {
    const room = await prepareHistory(dataDir, 100_000, [echo]);
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
  const asked = await untilAnswered<AnswerOf<"postMessage">>(() => `${url()}/messages`, {
    token: room.token,
    body: { body: "ping", to: ["echo"] },
  });
  const answered = await call<AnswerOf<"getRoom">>(`${url()}?atLeast=${asked.body.version + 2}`, { token: room.token });
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
      rooms.push({ size, dataDir, room: await prepareHistory(dataDir, size, [echo]) });
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
