import type { StreamServerProcess } from "../support/stream-server.js";

interface RawCommit {
  id: string;
  parent: string;
  version: number;
  events: { type: string }[];
}

/** What the stream server really holds of a room, read without Parley. */
export interface RawLog {
  /** By version: what counts is the first whose parent is what counted before it. */
  accepted: readonly RawCommit[];
  /** Stored, and of no effect: another had its version, or it was decided on something that never counted. */
  voided: number;
  /** Versions nothing is there for. */
  holes: number;
}

export async function readRawLog(streams: StreamServerProcess, roomId: string): Promise<RawLog> {
  const answer = await fetch(`${streams.url}/parley/room/${roomId}?offset=-1`);
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
