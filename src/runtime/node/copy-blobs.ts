import { createHash } from "node:crypto";
import type { Blobs, ListedBlob } from "../../ports/blobs.js";
import { PortError } from "../../ports/port-error.js";

/** Files and the words for where they are in messages. */
export interface NamedBlobs {
  name: string;
  blobs: Blobs;
}

/** Counts of all files and of those copied; `bytes` of all files. */
export interface CopiedBlobs {
  files: number;
  bytes: number;
  copied: number;
}

/**
 * Copies the files that the target lacks, then reads every file there and compares its bytes with its hash. Rejects with a `PortError`, or with the signal's
 * reason; what was copied stays.
 */
export async function copyBlobs(
  from: NamedBlobs,
  to: NamedBlobs,
  { signal, onCopied }: { signal: AbortSignal; onCopied: () => void },
): Promise<CopiedBlobs> {
  const sum: CopiedBlobs = { files: 0, bytes: 0, copied: 0 };
  for await (const { sha256, bytes } of allBlobs(from.blobs)) {
    signal.throwIfAborted();
    const isThere = (await to.blobs.stat(sha256))?.bytes === bytes && (await hashOf(to.blobs, sha256)) === sha256;
    if (!isThere) await copyBlob(from, to, sha256);
    sum.files += 1;
    sum.bytes += bytes;
    sum.copied += isThere ? 0 : 1;
    onCopied();
  }
  return sum;
}

/** Not from the very start: a listing from there removes unfinished uploads, and the source is not changed. No hash comes before "0". */
async function* allBlobs(blobs: Blobs): AsyncIterable<ListedBlob> {
  for (let after = "0"; ; ) {
    const listed = await blobs.list({ after });
    yield* listed;
    const last = listed.at(-1);
    if (last === undefined) return;
    after = last.sha256;
  }
}

async function copyBlob(from: NamedBlobs, to: NamedBlobs, sha256: string): Promise<void> {
  const bytes = await from.blobs.open(sha256);
  if (bytes === undefined || (await to.blobs.put(bytes)) !== sha256) throw damaged(from.name, sha256);
  if ((await hashOf(to.blobs, sha256)) !== sha256) throw damaged(to.name, sha256);
}

async function hashOf(blobs: Blobs, sha256: string): Promise<string | undefined> {
  const bytes = await blobs.open(sha256);
  if (bytes === undefined) return undefined;
  const hash = createHash("sha256");
  for await (const piece of bytes) hash.update(piece);
  return hash.digest("hex");
}

function damaged(name: string, sha256: string): PortError {
  return new PortError(
    `The file ${sha256} in ${name} is damaged: its bytes have another hash. Restore it from a copy, or remove it there, then run this again.`,
    { code: "corrupt", retryable: false },
  );
}
