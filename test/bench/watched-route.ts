import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { createMemoryLogger } from "../../adapters/memory/logger.js";
import { createSystemClock } from "../../adapters/memory/system-clock.js";
import { createTurnTaking } from "../../src/runtime/rooms/turn-taking.js";
import { createRoomFeeds } from "../../src/runtime/viewers/room-feed.js";
import { type BenchRuntime, filler, makeRoom, openBenchRuntime, say } from "./bench-runtime.js";
import { openCrowd } from "./crowd.js";
import { maxOpenFiles } from "./server-tools.js";
import { median, quantile, type Row, short } from "./statistics.js";

const rounds = 5;
const hopsPerRound = 40;
const betweenHopsMs = 50;
/** Until viewers have the message. */
const settleMs = 500;
/** Between two pieces of what an agent writes, where viewers watch it write. */
const betweenPiecesMs = 20;

/** An agent's message to another, one each 50 ms: from its being said to its being handed over, stored in between. */
async function openRoute() {
  let saidAt = 0;
  let handedOver = (_tookMs: number) => {};
  const bench = await openBenchRuntime((_input, tools) => {
    if (tools.spec.name === "pong") return handedOver(performance.now() - saidAt);
    saidAt = performance.now();
    tools.say(`@pong ${filler}`);
  });
  const hop = async (roomId: string) => {
    const handed = new Promise<number>((resolve) => {
      handedOver = resolve;
    });
    await say(bench.runtime, roomId, { to: ["ping"], body: "go" });
    const tookMs = await handed;
    await pause(betweenHopsMs);
    return tookMs;
  };
  return { bench, hop };
}

/** The rooms' viewers in this process, as a server has them. */
async function serveViewers({ runtime, eventLog }: BenchRuntime) {
  const { rooms, activity } = runtime;
  const feeds = createRoomFeeds({
    eventLog,
    rooms,
    activity,
    clock: createSystemClock(),
    logger: createMemoryLogger(),
    turns: createTurnTaking(),
  });
  const standing = () => ({ role: "owner", audience: "all" }) as const;
  const server = createServer((request, response) => {
    const start = () => response.writeHead(200, { "content-type": "text/event-stream" });
    void feeds.open({ roomId: (request.url ?? "").slice(1), standing, activity: true }, start);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    feeds.close();
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

/** An agent of both rooms that never stops writing. Returns a function that stops it. */
function writeOn({ runtime }: BenchRuntime): () => void {
  const text = "a few words of it ";
  const timer = setInterval(() => {
    for (const roomId of ["watched", "unwatched"])
      runtime.activity.publish(roomId, { type: "activity.text", agent: "pong", turnId: "bench", text });
  }, betweenPiecesMs);
  return () => clearInterval(timer);
}

async function watchedRoute({ viewers, isWriting }: { viewers: number; isWriting: boolean }): Promise<Row> {
  const { bench, hop } = await openRoute();
  await Promise.all(["watched", "unwatched"].map((roomId) => makeRoom(bench.runtime, roomId, ["ping", "pong"])));
  const served = await serveViewers(bench);
  const crowd = await openCrowd(served.url, { path: "/watched", viewers });
  const stopWriting = isWriting ? writeOn(bench) : () => {};
  const samples: { watched: number[]; unwatched: number[] } = { watched: [], unwatched: [] };
  const ratios: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const tookMs: { watched: number[]; unwatched: number[] } = { watched: [], unwatched: [] };
    for (let at = 0; at < hopsPerRound; at++) tookMs.unwatched.push(await hop("unwatched"));
    for (let at = 0; at < hopsPerRound; at++) tookMs.watched.push(await hop("watched"));
    await pause(settleMs);
    if (round < 0) continue;
    samples.watched.push(...tookMs.watched);
    samples.unwatched.push(...tookMs.unwatched);
    ratios.push(median(tookMs.watched) / median(tookMs.unwatched));
  }
  stopWriting();
  await crowd.leave();
  served.close();
  await bench.close();
  const ratio = median(ratios);
  const both = (of: number[]) => `p50 ${short(median(of))} p99 ${short(quantile(of, 0.99))} ms`;
  return {
    id: "P6",
    what: `said → handed over, ${viewers} viewers, a message each 50 ms${isWriting ? ", an agent writing" : ""}`,
    result: `${both(samples.watched)}, nobody watching ${both(samples.unwatched)} = ${short(ratio)}×`,
    aim: "≤ 1.2×",
    met: ratio <= 1.2,
  };
}

export async function watchedRouteRows(): Promise<Row[]> {
  const files = await maxOpenFiles();
  const rows: Row[] = [];
  for (const isWriting of [false, true])
    for (const viewers of [100, 1_000])
      if (files >= viewers + 100) rows.push(await watchedRoute({ viewers, isWriting }));
  return rows;
}
