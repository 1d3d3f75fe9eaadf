import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";

/** A sent body, kept until a person has decided about it. */
export interface Spooled {
  /** The bytes as they were read; can be read once. */
  open(): ReadableStream<Uint8Array>;
  /** All of it at once. */
  whole(): Promise<Buffer>;
  remove(): Promise<void>;
}

/** Keeps bodies in files that only this user can read. */
export interface Spool {
  /** Reads all of a body. Undefined: it is longer than `maxBytes`. */
  keep(source: ReadableStream<Uint8Array>, maxBytes: number): Promise<Spooled | undefined>;
}

/** A folder of its own, for as long as `use` takes. */
export interface Scratch {
  within<T>(use: (folder: string) => Promise<T>): Promise<T>;
}

/** `dir` belongs to this process: leftovers of an earlier one are deleted. */
export function createSpool(dir: string): Spool & Scratch {
  let emptied: Promise<unknown> | undefined;

  async function newFolder(prefix: string): Promise<string> {
    emptied ??= rm(dir, { recursive: true, force: true }).then(() => mkdir(dir, { recursive: true, mode: 0o700 }));
    await emptied;
    return mkdtemp(join(dir, prefix));
  }

  async function write(path: string, source: ReadableStream<Uint8Array>, maxBytes: number): Promise<boolean> {
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
    return bytes <= maxBytes;
  }

  return {
    async keep(source, maxBytes) {
      const folder = await newFolder("push-");
      const remove = () => rm(folder, { recursive: true, force: true });
      const path = join(folder, "body");
      try {
        if (await write(path, source, maxBytes))
          return {
            whole: () => readFile(path),
            open: () => Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>,
            remove,
          };
      } catch (error) {
        await remove();
        throw error;
      }
      await remove();
      return undefined;
    },
    async within(use) {
      const folder = await newFolder("look-");
      try {
        return await use(folder);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}
