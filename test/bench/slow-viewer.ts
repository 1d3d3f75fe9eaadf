import { join } from "node:path";
import type { CreatedRoom } from "../support/parley-client.js";
import { type ParleyProcess, startParley } from "../support/parley-process.js";
import { until } from "../support/until.js";
import { type Crowd, monotonicMs, openCrowd } from "./crowd.js";
import { inFolder, newRoom, ownMemoryMiB, post } from "./server-tools.js";
import { openSse } from "./sse-client.js";
import { median, quantile, type Row, short } from "./statistics.js";

const viewers = 100;
const warmUp = 300;
const messages = 7_000;
const body = "x".repeat(30_000);
const postedMb = Math.round((messages * body.length) / 1e6);

interface Watched {
  server: ParleyProcess;
  room: CreatedRoom;
  place: { path: string; token: string };
  crowd: Crowd;
}

async function openWatched(dataDir: string): Promise<Watched> {
  // A small heap, so that garbage V8 has not collected yet is not counted as retained.
  const server = await startParley({ dataDir, env: { NODE_OPTIONS: "--max-old-space-size=80" } });
  const room = await newRoom(server);
  const place = { path: `/api/rooms/${room.roomId}/events`, token: room.token };
  return { server, room, place, crowd: await openCrowd(server.url, { ...place, viewers }) };
}

/** Milliseconds until the last who reads has the room's nth message. */
async function postNth({ server, room, crowd }: Watched, nth: number): Promise<number> {
  const from = monotonicMs();
  await post(server, room, body);
  return (await crowd.until(nth)) - from;
}

/** As much to each of two servers, a message here and a message there, so that the machine's load is the same for both. */
async function postAll(sides: readonly Watched[]): Promise<{ p99Ms: number; memoryMiB: number }[]> {
  const seen = sides.map(() => ({ lastViewerMs: [] as number[], memoryMiB: [] as number[] }));
  for (let nth = 1; nth <= messages; nth++) {
    for (const [at, side] of sides.entries()) {
      seen[at]?.lastViewerMs.push(await postNth(side, warmUp + nth));
      if (nth > messages / 2 && nth % 20 === 0) seen[at]?.memoryMiB.push(await ownMemoryMiB(side.server.pid));
    }
  }
  return seen.map(({ lastViewerMs, memoryMiB }) => ({
    p99Ms: quantile(lastViewerMs, 0.99),
    memoryMiB: median(memoryMiB),
  }));
}

/** A hundred viewers read along at either server; at one of them one more stops reading. */
export async function slowViewerRows(): Promise<Row[]> {
  return inFolder(async (dir) => {
    const stopped = await openWatched(join(dir, "stopped"));
    const calm = await openWatched(join(dir, "calm"));
    for (const side of [stopped, calm]) for (let nth = 1; nth <= warmUp; nth++) await postNth(side, nth);
    const { server, place } = stopped;
    const slow = await openSse(server.url, place);
    slow.pause();
    const [own = { p99Ms: 0, memoryMiB: 0 }, other = own] = await postAll([stopped, calm]);
    slow.resume();
    await slow.closed;
    const again = await openSse(server.url, { ...place, lastEventId: slow.lastId() });
    await until("it has the rest", () => slow.frames() + again.frames() >= messages, 60_000);
    again.close();
    await Promise.all([stopped, calm].map(({ crowd }) => crowd.leave()));
    await Promise.all([stopped, calm].map((side) => side.server.kill("SIGTERM")));
    const [grownMiB, ratio] = [own.memoryMiB - other.memoryMiB, own.p99Ms / other.p99Ms];
    const isWhole = slow.frames() < messages && slow.frames() + again.frames() === messages;
    const memory = `own memory ${short(own.memoryMiB)} MiB, ${short(other.memoryMiB)} where nobody stops`;
    const resumed = `cut after ${short(slow.frames())}, resumed with ${short(again.frames())} of ${short(messages)}`;
    return [
      {
        id: "P7",
        what: `1 viewer stops, ${viewers} read, ${postedMb} MB are posted`,
        result: `${memory}; ${resumed}; others' p99 ${short(own.p99Ms)} ms = ${short(ratio)}×`,
        aim: "≤ 8 MiB more, cut, whole, ≤ 1.2×",
        met: grownMiB <= 8 && isWhole && ratio <= 1.2,
      },
    ];
  });
}
