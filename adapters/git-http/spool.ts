import { createReadStream } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";

/** What was sent, kept until somebody has decided about it. */
export interface Spooled {
  /** Byte for byte what was read; once. */
  open(): ReadableStream<Uint8Array>;
  remove(): Promise<void>;
}

/** Reads all of a body into a file that only this user can read. Undefined: it is longer than `maxBytes`. */
export async function spool(source: ReadableStream<Uint8Array>, maxBytes: number): Promise<Spooled | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "parley-push-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  const path = join(folder, "body");
  try {
    const file = await open(path, "wx", 0o600);
    let bytes = 0;
    try {
      for await (const chunk of source) {
        bytes += chunk.length;
        if (bytes <= maxBytes) await file.write(chunk);
      }
    } finally {
      await file.close();
    }
    if (bytes > maxBytes) {
      await remove();
      return undefined;
    }
    return { open: () => Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
