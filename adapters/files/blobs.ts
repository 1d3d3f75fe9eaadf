import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Blobs } from "../../src/ports/blobs.js";
import { PortError } from "../../src/ports/port-error.js";

const sha256Syntax = /^[0-9a-f]{64}$/;

/**
 * Files in a folder, named by what they hold: `ab/ab3f…`. A file is written beside its place and moved there when it is on the disk,
 * so what is there is whole, also after a crash. `maxBytes`: of one file; default 10 MiB.
 */
export function createFileBlobs(options: { dir: string; maxBytes?: number }): Blobs {
  const { dir, maxBytes = 10 * 1024 * 1024 } = options;
  const pathOf = (sha256: string) => join(dir, sha256.slice(0, 2), sha256);

  async function put(bytes: Uint8Array): Promise<string> {
    if (bytes.length > maxBytes) throw tooLarge(bytes.length, maxBytes);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const path = pathOf(sha256);
    if (await isThere(path)) return sha256;
    const folder = dirname(path);
    const unfinished = join(folder, `.${randomUUID()}`);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeDurably(unfinished, bytes);
      await rename(unfinished, path);
      await syncFolder(folder);
    } catch (error) {
      await rm(unfinished, { force: true }).catch(() => undefined);
      throw cannotStore(error, dir);
    }
    return sha256;
  }

  return {
    put,
    async get(sha256) {
      if (!sha256Syntax.test(sha256)) return undefined;
      return await readFile(pathOf(sha256)).catch((error: unknown) => {
        if (codeOf(error) === "ENOENT") return undefined;
        throw new PortError(
          `A file in ${dir} cannot be read (${codeOf(error)}). Look at the folder's rights and the disk.`,
          {
            code: "unavailable",
            retryable: true,
            cause: error,
          },
        );
      });
    },
  };
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A name is on the disk only when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

function tooLarge(bytes: number, maxBytes: number): PortError {
  const message = `A file of ${bytes} bytes is not kept: at most ${maxBytes} are. Attach a smaller one.`;
  return new PortError(message, { code: "full", retryable: false });
}

function cannotStore(error: unknown, dir: string): PortError {
  const isFull = codeOf(error) === "ENOSPC" || codeOf(error) === "EDQUOT";
  const message = isFull
    ? `The disk under ${dir} is full, so a file could not be kept. Free some space and attach it again.`
    : `A file could not be kept in ${dir} (${codeOf(error)}). Look at the folder's rights and the disk.`;
  return new PortError(message, { code: isFull ? "full" : "unavailable", retryable: !isFull, cause: error });
}
