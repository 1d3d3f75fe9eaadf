import { createHash, randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { BlobStat, Blobs, ListedBlob } from "../../src/ports/blobs.js";
import type { Clock } from "../../src/ports/clock.js";
import { PortError } from "../../src/ports/port-error.js";
import { isSha256, listLimit, rangeWithin } from "../kit/blob-bytes.js";
import { createBlobIndex, type IndexState } from "./blob-index.js";
import { createFetch } from "./fetch.js";
import { createStreamServer } from "./server.js";

export interface StreamBlobsOptions {
  /** As of the log. */
  url: string;
  token?: string | undefined;
  prefix?: string;
  /** Files on this machine: a cache of files that were read, which also sets the size limits. */
  cache: Blobs;
  /** Default: the machine's. */
  clock?: Pick<Clock, "nowMs">;
}

/** A server takes bodies up to a size, and holds all others up while it stores one. */
const pieceBytes = 512 * 1024;
/** A `put` waits for a removal that was announced before it: 50 looks, 10 s in all. A removal is two calls of 3 s at most. */
const maxLooks = 50;
const lookAgainMs = 200;
/** A removal that was announced longer ago than this is not begun, so that it ends while puts still wait for it. */
const maxAnnouncedMs = 5_000;

/** A piece of a file as it lies in the file's stream. Twice the same changes nothing. */
interface Piece {
  at: number;
  data: string;
}

/**
 * Files on the stream server, a stream each, for all processes: `files/<sha256>`. A file counts as stored once it was read back, and a file that is
 * read must have its hash. Files never change, so a copy on this machine is as good. Only files in the index are listed: files stored before the
 * index existed stay.
 */
export function createStreamBlobs(options: StreamBlobsOptions): Blobs & { close(): Promise<void> } {
  const { url, token, prefix = "", cache, clock = { nowMs: Date.now } } = options;
  const http = createFetch();
  const server = createStreamServer({ url, token, prefix, fetch: http.fetch });
  const index = createBlobIndex(server);

  async function read(sha256: string): Promise<Uint8Array | undefined> {
    const batch = await server.read(nameOf(sha256), undefined);
    return batch && assembled(batch.messages, sha256);
  }

  /** Sends the copy on this machine. */
  async function send(sha256: string): Promise<void> {
    await server.create(nameOf(sha256));
    const bytes = await cache.open(sha256);
    let at = 0;
    for await (const data of piecesOf(bytes ?? [])) {
      await server.append(nameOf(sha256), JSON.stringify({ at, data: data.toString("base64") } satisfies Piece));
      at += data.length;
    }
    if (!(await read(sha256))) throw notThere(sha256);
  }

  /** A removal that was announced first may still happen, and would delete a file that is sent now. */
  async function removalEnded(sha256: string, found: IndexState): Promise<void> {
    let state = found;
    for (let look = 0; state.get(sha256)?.removal && look < maxLooks; look += 1) {
      await delay(lookAgainMs);
      state = await index.read();
    }
  }

  async function stored(sha256: string): Promise<BlobStat | undefined> {
    const { bytes, atMs } = (await index.read()).get(sha256) ?? {};
    if (bytes !== undefined && atMs !== undefined) return { bytes, atMs };
    const there = await read(sha256);
    return there && { bytes: there.length, atMs: 0 };
  }

  return {
    async put(given) {
      const sha256 = await cache.put(given);
      const bytes = (await cache.stat(sha256))?.bytes ?? 0;
      const state = await index.add({ type: "put", sha256, bytes, atMs: clock.nowMs() });
      await removalEnded(sha256, state);
      if (!(await read(sha256))) await send(sha256);
      return sha256;
    },
    async open(sha256, range = { start: 0 }) {
      if (!isSha256(sha256)) return undefined;
      const here = await cache.open(sha256, range);
      if (here) return here;
      const bytes = await read(sha256);
      if (!bytes) return undefined;
      // Without space for a copy it is read from there again.
      await cache.put(bytes).catch(() => undefined);
      const { start, end } = rangeWithin(range, bytes.length);
      return only(bytes.subarray(start, end));
    },
    stat: async (sha256) => (isSha256(sha256) ? ((await cache.stat(sha256)) ?? (await stored(sha256))) : undefined),
    async list({ after = "", limit } = {}) {
      const most = listLimit(limit);
      const copies = await cache.list({ after, limit: most });
      const there = [...(await index.read())].map(([sha256, { bytes, atMs }]) => ({ sha256, bytes, atMs }));
      return merged([...copies, ...there.filter(({ sha256 }) => sha256 > after)]).slice(0, most);
    },
    async remove(sha256, { putBeforeMs = Number.POSITIVE_INFINITY } = {}) {
      if (!isSha256(sha256)) return false;
      const known = (await index.read()).get(sha256);
      if (known && known.atMs >= putBeforeMs) return false;
      const isGone = known !== undefined && (await removeFromServer(sha256, putBeforeMs));
      if (known && !isGone) return false;
      return (await cache.remove(sha256, { putBeforeMs })) || isGone;
    },
    close: http.close,
  };

  /** Announced in the index first: a later put waits, and an earlier put is visible here. */
  async function removeFromServer(sha256: string, putBeforeMs: number): Promise<boolean> {
    const id = randomUUID();
    const atMs = clock.nowMs();
    const removal = (await index.add({ type: "removing", sha256, id, atMs })).get(sha256)?.removal;
    if (removal?.id !== id) return false;
    // Frozen for too long after its announcement: a put may no longer wait for it.
    const isLate = clock.nowMs() - atMs > maxAnnouncedMs;
    if (isLate || removal.lastPutMs >= putBeforeMs) {
      await index.add({ type: "kept", sha256, id });
      return false;
    }
    await server.remove(nameOf(sha256));
    await index.add({ type: "removed", sha256, id });
    return true;
  }
}

const nameOf = (sha256: string) => `files/${sha256}`;

async function* only(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

/** By hash, each once, with the latest time. */
function merged(listed: readonly ListedBlob[]): ListedBlob[] {
  const latest = new Map<string, ListedBlob>();
  for (const blob of listed) {
    const known = latest.get(blob.sha256);
    if (!known || known.atMs < blob.atMs) latest.set(blob.sha256, blob);
  }
  return [...latest.values()].sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
}

/** Pieces of `pieceBytes`, the last one shorter; one that is empty for an empty file. */
async function* piecesOf(bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncIterable<Buffer> {
  let waiting = Buffer.alloc(0);
  let isEmpty = true;
  for await (const part of bytes) {
    waiting = Buffer.concat([waiting, part]);
    for (; waiting.length >= pieceBytes; waiting = waiting.subarray(pieceBytes)) yield waiting.subarray(0, pieceBytes);
    isEmpty = false;
  }
  if (isEmpty || waiting.length > 0) yield waiting;
}

/** The file, if all its pieces are there and belong to it. */
function assembled(messages: readonly unknown[], sha256: string): Uint8Array | undefined {
  const pieces = new Map<number, Buffer>();
  for (const message of messages) {
    const { at, data } = (message ?? {}) as Partial<Piece>;
    if (typeof at === "number" && typeof data === "string") pieces.set(at, Buffer.from(data, "base64"));
  }
  const bytes = Buffer.concat([...pieces.keys()].sort((a, b) => a - b).flatMap((at) => pieces.get(at) ?? []));
  const isWhole = createHash("sha256").update(bytes).digest("hex") === sha256;
  return isWhole && pieces.size > 0 ? Uint8Array.from(bytes) : undefined;
}

function notThere(sha256: string): PortError {
  return new PortError(
    `The stream server took the file ${sha256.slice(0, 12)}… and does not have it. It was not attached; attach it again, and look at that server.`,
    { code: "unavailable", retryable: true },
  );
}
