import { connect } from "node:net";
import { hrtime } from "node:process";

/** Many viewers over bare sockets, in a process of their own. Tells when all are there, and when the last of them has a frame. */
export interface CrowdOrder {
  port: number;
  path: string;
  token?: string;
  viewers: number;
}

export type CrowdReport = { ready: true } | { frames: number; atMs: number };

const { port, path, token, viewers } = JSON.parse(process.argv[2] ?? "") as CrowdOrder;
const authorization = token === undefined ? "" : `Authorization: Bearer ${token}\r\n`;
const head = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n${authorization}\r\n`;
const mark = Buffer.from("\ndata: ");
const waitingFor = new Map<number, number>();
let greeted = 0;

function report(news: CrowdReport): void {
  process.send?.(news);
}

function onFrame(frames: number): void {
  const left = (waitingFor.get(frames) ?? viewers) - 1;
  waitingFor.set(frames, left);
  if (left > 0) return;
  waitingFor.delete(frames);
  report({ frames, atMs: Number(hrtime.bigint()) / 1e6 });
}

function marksIn(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + mark.length)) count += 1;
  return count;
}

function watch(): void {
  const socket = connect(port, "127.0.0.1", () => socket.write(head));
  let frames = 0;
  let rest = Buffer.alloc(0);
  let isGreeted = false;
  socket.on("data", (piece) => {
    if (!isGreeted && piece.includes("id: ")) {
      isGreeted = true;
      greeted += 1;
      if (greeted === viewers) report({ ready: true });
    }
    // A mark may lie across two pieces; neither side alone is long enough to hold one.
    const seam = Buffer.concat([rest, piece.subarray(0, mark.length - 1)]);
    for (let left = marksIn(seam) + marksIn(piece); left > 0; left--) onFrame(++frames);
    rest = Buffer.concat([rest, piece.subarray(1 - mark.length)]).subarray(1 - mark.length);
  });
  socket.on("close", () => process.exit(1));
}

for (let n = 0; n < viewers; n++) watch();
process.on("disconnect", () => process.exit(0));
