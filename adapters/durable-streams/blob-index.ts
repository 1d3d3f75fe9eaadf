import type { BlobStat } from "../../src/ports/blobs.js";
import type { StreamServer } from "./server.js";

/**
 * The index entry of one file. `removal`: a process announced that it removes the file, which was last put at `lastPutMs`; `isPutSince`: it was put
 * again after that.
 */
export interface IndexedBlob extends BlobStat {
  removal?: { id: string; atMs: number; lastPutMs: number; isPutSince: boolean };
}

export type IndexState = ReadonlyMap<string, IndexedBlob>;

/** A line of the index, as it lies in its stream. Times are Unix milliseconds. */
export type IndexLine =
  | { type: "put"; sha256: string; bytes: number; atMs: number }
  | { type: "removing"; sha256: string; id: string; atMs: number }
  | { type: "removed" | "kept"; sha256: string; id: string };

/** An announced removal no longer counts once its process has been silent for this long. */
const removalMs = 60_000;

/** The state after more lines, in their order. Unknown lines are skipped. */
export function withLines(state: IndexState, lines: readonly unknown[]): IndexState {
  const next = new Map(state);
  for (const line of lines) {
    if (!isLine(line)) continue;
    const after = nextOf(next.get(line.sha256), line);
    if (after) next.set(line.sha256, after);
    else next.delete(line.sha256);
  }
  return next;
}

function nextOf(known: IndexedBlob | undefined, line: IndexLine): IndexedBlob | undefined {
  if (line.type === "put") {
    const { bytes, atMs } = line;
    return known?.removal ? { bytes, atMs, removal: { ...known.removal, isPutSince: true } } : { bytes, atMs };
  }
  if (!known) return undefined;
  const { bytes, atMs, removal } = known;
  if (line.type === "removing") {
    if (removal && line.atMs - removal.atMs < removalMs) return known;
    return { bytes, atMs, removal: { id: line.id, atMs: line.atMs, lastPutMs: atMs, isPutSince: false } };
  }
  if (removal?.id !== line.id) return known;
  return line.type === "removed" && !removal.isPutSince ? undefined : { bytes, atMs };
}

function isLine(line: unknown): line is IndexLine {
  const { type, sha256, bytes, atMs, id } = (line ?? {}) as Record<string, unknown>;
  if (typeof sha256 !== "string") return false;
  if (type === "put") return typeof bytes === "number" && typeof atMs === "number";
  if (type === "removing") return typeof id === "string" && typeof atMs === "number";
  return (type === "removed" || type === "kept") && typeof id === "string";
}

/** The index of all processes: one stream, whose order decides between a `put` and a removal of the same file. */
export interface BlobIndex {
  /** Adds a line and returns the index up to and including it. */
  add(line: IndexLine): Promise<IndexState>;
  /** With all that processes added before it was asked. */
  read(): Promise<IndexState>;
}

const streamName = "file-index";

/** Creates the stream with its first line. Rejects with a `PortError`. */
export function createBlobIndex(server: Pick<StreamServer, "append" | "create" | "read">): BlobIndex {
  let known: { state: IndexState; offset: string; life: string } | undefined;

  async function read(): Promise<IndexState> {
    const from = known;
    const batch = await server.read(streamName, from?.offset);
    if (!batch) {
      known = undefined;
      return new Map();
    }
    const { offset, life } = batch;
    if (from && life !== from.life) {
      // The server began again and may have lost the end of the stream.
      known = undefined;
      return await read();
    }
    const state = withLines(from?.state ?? new Map(), batch.messages);
    known = life === undefined ? undefined : { state, offset, life };
    return state;
  }

  return {
    read,
    async add(line) {
      const body = JSON.stringify(line);
      const sent = await server.append(streamName, body);
      if (sent.kind === "missing") {
        await server.create(streamName);
        await server.append(streamName, body);
      }
      return await read();
    },
  };
}
