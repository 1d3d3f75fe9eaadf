import { createHash } from "node:crypto";
import type { Blobs } from "../../src/ports/blobs.js";
import { PortError } from "../../src/ports/port-error.js";
import { createFetch } from "./fetch.js";
import { createStreamServer } from "./server.js";

export interface StreamBlobsOptions {
  /** As of the log. */
  url: string;
  token?: string | undefined;
  prefix?: string;
  /** Files on this machine: what was read is kept there, and its bounds are the bounds. */
  cache: Blobs;
}

/** A server takes bodies up to a size, and holds all others up while it stores one. */
const pieceBytes = 512 * 1024;
const sha256Syntax = /^[0-9a-f]{64}$/;

/** A piece of a file as it lies in the file's stream. Twice the same changes nothing. */
interface Piece {
  at: number;
  data: string;
}

/**
 * Files on the stream server, a stream each, for all processes: `files/<sha256>`. What was put there is read back before it counts as stored, and what is
 * read must have its hash. Files never change, so a copy on this machine is as good.
 */
export function createStreamBlobs(options: StreamBlobsOptions): Blobs & { close(): Promise<void> } {
  const { url, token, prefix = "", cache } = options;
  const http = createFetch();
  const server = createStreamServer({ url, token, prefix, fetch: http.fetch });
  const nameOf = (sha256: string) => `files/${sha256}`;

  async function read(sha256: string): Promise<Uint8Array | undefined> {
    const batch = await server.read(nameOf(sha256), undefined);
    return batch && assembled(batch.messages, sha256);
  }

  async function write(sha256: string, bytes: Uint8Array): Promise<void> {
    const name = nameOf(sha256);
    await server.create(name);
    for (const piece of piecesOf(bytes)) await server.append(name, JSON.stringify(piece));
    if (!(await read(sha256))) throw notThere(sha256);
  }

  return {
    async put(given) {
      const bytes = Uint8Array.from(given);
      const sha256 = await cache.put(bytes);
      if (!(await read(sha256))) await write(sha256, bytes);
      return sha256;
    },
    async get(sha256) {
      if (!sha256Syntax.test(sha256)) return undefined;
      const here = await cache.get(sha256);
      if (here) return here;
      const bytes = await read(sha256);
      // Without room for a copy it is read from there again.
      if (bytes) await cache.put(bytes).catch(() => undefined);
      return bytes;
    },
    close: http.close,
  };
}

function piecesOf(bytes: Uint8Array): Piece[] {
  const count = Math.max(1, Math.ceil(bytes.length / pieceBytes));
  return Array.from({ length: count }, (_, index) => {
    const at = index * pieceBytes;
    return { at, data: Buffer.from(bytes.subarray(at, at + pieceBytes)).toString("base64") };
  });
}

/** The file, if its pieces are all there and are its. */
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
