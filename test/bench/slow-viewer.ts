import type { CreatedRoom } from "../support/parley-client.js";
import { type ParleyProcess, startParley } from "../support/parley-process.js";
import { until } from "../support/until.js";
import { type Crowd, monotonicMs, openCrowd } from "./crowd.js";
import { inFolder, newRoom, ownMemoryMiB, post } from "./server-tools.js";
import { openSse } from "./sse-client.js";
import { median, quantile, type Row, short } from "./statistics.js";

const viewers = 100;
const messages = 7_000;
/** In the room where nobody stops. */
const calmMessages = 2_000;
const body = "x".repeat(30_000);

interface Watched {
  server: ParleyProcess;
  room: CreatedRoom;
  crowd: Crowd;
}

async function openWatched(server: ParleyProcess): Promise<Watched> {
  const room = await newRoom(server);
  const path = `/api/rooms/${room.roomId}/events`;
  return { server, room, crowd: await openCrowd(server.url, { path, token: room.token, viewers }) };
}

/** Each message when everybody who reads has the one before. */
async function postMany({ server, room, crowd }: Watched, count: number) {
  const lastViewerMs: number[] = [];
  const memoryMiB: number[] = [];
  for (let at = 1; at <= count; at++) {
    const from = monotonicMs();
    await post(server, room, body);
    lastViewerMs.push((await crowd.until(at)) - from);
    if (at % 20 === 0) memoryMiB.push(await ownMemoryMiB(server.pid));
  }
  return { p99Ms: quantile(lastViewerMs, 0.99), memoryMiB: median(memoryMiB.slice(-50)) };
}

/** A hundred viewers read along in either room; first where nobody stops, so that memory is where it stays. */
export async function slowViewerRows(): Promise<Row[]> {
  return inFolder(async (dataDir) => {
    // A small heap, so that what V8 has not swept yet does not pass for what is kept.
    const server = await startParley({ dataDir, env: { NODE_OPTIONS: "--max-old-space-size=80" } });
    const [calm, watched] = [await openWatched(server), await openWatched(server)];
    const without = await postMany(calm, calmMessages);
    const { room } = watched;
    const place = { path: `/api/rooms/${room.roomId}/events`, token: room.token };
    const slow = await openSse(server.url, place);
    slow.pause();
    const with_ = await postMany(watched, messages);
    slow.resume();
    await slow.closed;
    const again = await openSse(server.url, { ...place, lastEventId: slow.lastId() });
    await until("it has the rest", () => slow.frames() + again.frames() >= messages, 60_000);
    again.close();
    await Promise.all([calm.crowd.leave(), watched.crowd.leave()]);
    await server.kill("SIGTERM");
    const [grownMiB, ratio] = [with_.memoryMiB - without.memoryMiB, with_.p99Ms / without.p99Ms];
    const isWhole = slow.frames() < messages && slow.frames() + again.frames() === messages;
    const resumed = `cut after ${short(slow.frames())}, resumed with ${short(again.frames())} of ${short(messages)}`;
    return [
      {
        id: "P7",
        what: `1 viewer stops, ${viewers} read, 200 MB are posted`,
        result: `own memory ${grownMiB >= 0 ? "+" : ""}${short(grownMiB)} MiB; ${resumed}; others' p99 ${short(with_.p99Ms)} ms = ${short(ratio)}× nobody stopped`,
        aim: "≤ 8 MiB, cut, whole, ≤ 1.2×",
        met: grownMiB <= 8 && isWhole && ratio <= 1.2,
      },
    ];
  });
}
