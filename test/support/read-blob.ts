import type { BlobRange, Blobs } from "../../src/ports/blobs.js";

/** A blob in one piece; undefined: it is not there. */
export async function readBlob(blobs: Blobs, sha256: string, range?: BlobRange): Promise<Buffer | undefined> {
  const pieces = await blobs.open(sha256, range);
  if (!pieces) return undefined;
  const read: Uint8Array[] = [];
  for await (const piece of pieces) read.push(piece);
  return Buffer.concat(read);
}
