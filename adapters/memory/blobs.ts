import { createHash } from "node:crypto";
import type { Blobs } from "../../src/ports/blobs.js";
import type { Clock } from "../../src/ports/clock.js";
import { PortError } from "../../src/ports/port-error.js";
import { isSha256, listLimit, piecesUpTo, rangeWithin } from "../kit/blob-bytes.js";

/** Bytes given out at once by `open`. */
const pieceBytes = 64 * 1024;

/** Files in memory. `maxBytes` is for all of them together; default 64 MiB. `clock`: default the machine's. */
export function createMemoryBlobs(options: { maxBytes?: number; clock?: Pick<Clock, "nowMs"> } = {}): Blobs {
  const { maxBytes = 64 * 1024 * 1024, clock = { nowMs: Date.now } } = options;
  const blobs = new Map<string, { content: Uint8Array; atMs: number }>();
  let storedBytes = 0;

  return {
    async put(bytes) {
      const pieces: Uint8Array[] = [];
      for await (const piece of piecesUpTo(bytes, { maxBytes, tooLarge: () => noRoom(maxBytes) }))
        pieces.push(piece.slice());
      const content = new Uint8Array(Buffer.concat(pieces));
      const sha256 = createHash("sha256").update(content).digest("hex");
      if (!blobs.has(sha256)) {
        if (storedBytes + content.length > maxBytes) throw noRoom(maxBytes);
        storedBytes += content.length;
      }
      blobs.set(sha256, { content, atMs: clock.nowMs() });
      return sha256;
    },
    async open(sha256, range = { start: 0 }) {
      const content = blobs.get(sha256)?.content;
      if (!content) return undefined;
      const { start, end } = rangeWithin(range, content.length);
      return copiesOf(content.subarray(start, end));
    },
    async stat(sha256) {
      const blob = blobs.get(sha256);
      return blob && { bytes: blob.content.length, atMs: blob.atMs };
    },
    async list({ after = "", limit } = {}) {
      const names = [...blobs.keys()].filter((sha256) => sha256 > after).sort();
      return names.slice(0, listLimit(limit)).flatMap((sha256) => {
        const blob = blobs.get(sha256);
        return blob ? [{ sha256, bytes: blob.content.length, atMs: blob.atMs }] : [];
      });
    },
    async remove(sha256, { putBeforeMs = Number.POSITIVE_INFINITY } = {}) {
      const blob = isSha256(sha256) ? blobs.get(sha256) : undefined;
      if (!blob || blob.atMs >= putBeforeMs) return false;
      storedBytes -= blob.content.length;
      return blobs.delete(sha256);
    },
  };
}

async function* copiesOf(content: Uint8Array): AsyncIterable<Uint8Array> {
  for (let at = 0; at < content.length; at += pieceBytes) yield content.slice(at, at + pieceBytes);
}

function noRoom(maxBytes: number): PortError {
  const message = `There is no room for this file: at most ${maxBytes} bytes are kept. The files before it are there. Attach a smaller one.`;
  return new PortError(message, { code: "full", retryable: false });
}
