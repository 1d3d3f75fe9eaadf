import type { StreamServerProcess } from "../support/stream-server.js";

export interface RawCommit {
  id: string;
  parent: string;
  version: number;
  /** Unix ms. */
  at: number;
  events: { type: string; [field: string]: unknown }[];
}

/** The server's actual data of a room or another stream, read without Parley. */
export interface RawLog {
  /** By version: an entry counts if it is the first whose parent is the last one that counted. */
  accepted: readonly RawCommit[];
  /** Stored, and of no effect: another had its version, or it was decided on something that never counted. */
  voided: number;
  /** Versions nothing is there for. */
  holes: number;
}

export const readRawLog = (
  { log }: { log: { readStream(stream: string): Promise<RawLog> } },
  roomId: string,
): Promise<RawLog> => log.readStream(`room/${roomId}`);

export async function readRawStream(streams: StreamServerProcess, stream: string): Promise<RawLog> {
  const answer = await fetch(`${streams.url}/parley/${stream}?offset=-1`);
  if (!answer.ok) throw new Error(`the stream server answered ${answer.status}`);
  const messages = (await answer.json()) as { v: number; c: RawCommit }[];
  const accepted: RawCommit[] = [];
  let voided = 0;
  let holes = 0;
  for (const { v, c } of messages) {
    const last = accepted.at(-1);
    const next = (last?.version ?? 0) + 1;
    if (v === next && c.parent === (last?.id ?? "")) accepted.push(c);
    else if (v > next) holes += 1;
    else voided += 1;
  }
  return { accepted, voided, holes };
}
