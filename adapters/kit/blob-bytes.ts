import type { BlobBytes, BlobRange } from "../../src/ports/blobs.js";

/** Lines that one page of `Blobs.list` has at most, and by default. */
export const maxListedBlobs = 500;

const sha256Syntax = /^[0-9a-f]{64}$/;

/** Whether this can be the name of a blob; nothing else may become part of a path or an address. */
export function isSha256(text: string): boolean {
  return sha256Syntax.test(text);
}

/** The chunks of a file to store. Throws the error from `tooLarge` as soon as more than `maxBytes` bytes came. */
export async function* piecesUpTo(
  bytes: BlobBytes,
  { maxBytes, tooLarge }: { maxBytes: number; tooLarge: () => Error },
): AsyncIterable<Uint8Array> {
  let count = 0;
  for await (const piece of bytes instanceof Uint8Array ? [bytes] : bytes) {
    count += piece.byteLength;
    if (count > maxBytes) throw tooLarge();
    if (piece.byteLength > 0) yield piece;
  }
}

/** The part of a blob of `bytes` bytes that a range names; `end` is excluded. Throws a `RangeError` for negative, fractional or reversed bounds. */
export function rangeWithin({ start, end = bytesOfNoEnd }: BlobRange, bytes: number): { start: number; end: number } {
  const isRange = Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && end >= start;
  if (!isRange) throw new RangeError(`From ${start} to ${end} is not a range of bytes.`);
  return { start: Math.min(start, bytes), end: Math.min(end, bytes) };
}

const bytesOfNoEnd = Number.MAX_SAFE_INTEGER;

/** How many lines a page of a listing has, where `limit` were asked for. */
export function listLimit(limit: number | undefined): number {
  return Math.max(1, Math.min(limit ?? maxListedBlobs, maxListedBlobs));
}
