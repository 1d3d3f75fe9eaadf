import { join } from "node:path";
import type { CreatedRoom } from "../support/parley-client.js";
import { type ParleyProcess, startParley } from "../support/parley-process.js";
import { filler } from "./bench-runtime.js";
import { type Crowd, monotonicMs, openCrowd } from "./crowd.js";
import { cpuSecondsOf, inFolder, maxOpenFiles, newRoom, post, type RawServer, startRawServer } from "./server-tools.js";
import { prepareHistory } from "./serving.js";
import { median, quantile, type Row, short } from "./statistics.js";

const rounds = 5;

/** The cost of one round of frames to all viewers, and the wait of the last viewer. */
interface Round {
  microsecondsPerSend: number;
  lastViewerMs: number[];
}

/** Frames one after the other, each sent when everybody has the one before. */
async function runRound(options: {
  pid: number;
  sends: number;
  send: () => Promise<void>;
  crowd?: Crowd;
  /** Frames the crowd had before. */
  had: number;
}): Promise<Round> {
  const { pid, sends, send, crowd, had } = options;
  const lastViewerMs: number[] = [];
  const before = await cpuSecondsOf(pid);
  for (let at = 1; at <= sends; at++) {
    const from = monotonicMs();
    await send();
    if (crowd) lastViewerMs.push((await crowd.until(had + at)) - from);
  }
  const used = (await cpuSecondsOf(pid)) - before;
  return { microsecondsPerSend: (used * 1e6) / sends, lastViewerMs };
}

interface Sides {
  server: ParleyProcess;
  raw: RawServer;
  /** The room without viewers. */
  empty: CreatedRoom;
}

/** Parley and the raw server in turns, and Parley without viewers: the cost of the message itself. */
async function compare(sides: Sides, { room, viewers }: { room: CreatedRoom; viewers: number }) {
  const { server, raw, empty } = sides;
  const rawCrowd = await openCrowd(raw.url, { path: "/events", viewers });
  const crowd = await openCrowd(server.url, { path: `/api/rooms/${room.roomId}/events`, token: room.token, viewers });
  const sends = viewers >= 1_000 ? 40 : 100;
  const of: { raw: Round[]; own: Round[]; alone: Round[] } = { raw: [], own: [], alone: [] };
  for (let round = -1; round < rounds; round++) {
    const had = (round + 1) * sends;
    const asRaw = await runRound({ pid: raw.pid, sends, send: raw.send, crowd: rawCrowd, had });
    const own = await runRound({
      pid: server.pid,
      sends,
      send: () => post(server, room, filler),
      crowd,
      had,
    });
    const alone = await runRound({ pid: server.pid, sends, send: () => post(server, empty, filler), had: 0 });
    if (round < 0) continue;
    of.raw.push(asRaw);
    of.own.push(own);
    of.alone.push(alone);
  }
  await Promise.all([rawCrowd.leave(), crowd.leave()]);
  return of;
}

function rowOf(of: Awaited<ReturnType<typeof compare>>, { viewers, what }: { viewers: number; what: string }): Row {
  const perDelivery = (list: Round[]) => median(list.map(({ microsecondsPerSend }) => microsecondsPerSend / viewers));
  const [own, raw, alone] = [perDelivery(of.own), perDelivery(of.raw), perDelivery(of.alone)];
  const ratio = median(
    of.own.map((round, at) => round.microsecondsPerSend / (of.raw[at]?.microsecondsPerSend ?? Number.NaN)),
  );
  const last = (list: Round[], share: number) =>
    quantile(
      list.flatMap(({ lastViewerMs }) => lastViewerMs),
      share,
    );
  const lastRatio = last(of.own, 0.99) / last(of.raw, 0.99);
  const cpu = `${short(own)} µs CPU a delivery = ${short(ratio)}× raw ${short(raw)}, ${short(own - alone)} without the POST`;
  const wait = `last viewer p50 ${short(last(of.own, 0.5))} p99 ${short(last(of.own, 0.99))} ms (raw ${short(last(of.raw, 0.5))}, ${short(last(of.raw, 0.99))})`;
  const row = { id: "P6", what, result: `${cpu}; ${wait}` };
  if (viewers === 100) return { ...row, aim: "≤ 30 µs, ≤ 3.5× raw", met: own <= 30 && ratio <= 3.5 };
  if (viewers < 1_000) return row;
  return { ...row, aim: "≤ 15 µs, p99 ≤ 2× raw", met: own <= 15 && lastRatio <= 2 };
}

/** Each message to everybody who watches. */
export async function viewerRows(): Promise<Row[]> {
  return inFolder(async (dir) => {
    const old = await prepareHistory(join(dir, "data"), 10_000, []);
    const server = await startParley({ dataDir: join(dir, "data") });
    const raw = await startRawServer();
    const sides = { server, raw, empty: await newRoom(server) };
    const young = await newRoom(server);
    const rows: Row[] = [];
    const files = await maxOpenFiles();
    for (const [viewers, room, more] of [
      [1, young, ""],
      [10, young, ""],
      [100, young, ""],
      [100, old, ", 10,000 commits before"],
      [1_000, young, ""],
    ] as const) {
      const what = `${viewers} viewers, each message to all${more}`;
      if (files < viewers + 100) rows.push({ id: "P6", what, result: `skipped: a process may open ${files} files` });
      else rows.push(rowOf(await compare(sides, { room, viewers }), { viewers, what }));
    }
    raw.stop();
    await server.kill("SIGTERM");
    return rows;
  });
}
