import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Blobs, ListedBlob } from "../../src/ports/blobs.js";
import type { Clock } from "../../src/ports/clock.js";
import { PortError } from "../../src/ports/port-error.js";
import { isSha256, listLimit, piecesUpTo, rangeWithin } from "../kit/blob-bytes.js";
import { createSerialWork } from "../kit/serial-work.js";

/** A listing removes unfinished files of earlier processes that were not written to for this long: a crash left them. */
const unfinishedMs = 3_600_000;

/**
 * Files in a folder, named by their content: `ab/ab3f…`. A file is written in `unfinished` and moved to its place once it is on the disk, so every
 * file in its place is whole, also after a crash. One process uses the folder. `maxBytes`: of one file; default 50 MiB. `clock`: default the
 * machine's.
 */
export function createFileBlobs(options: { dir: string; maxBytes?: number; clock?: Pick<Clock, "nowMs"> }): Blobs {
  const { dir, maxBytes = 50 * 1024 * 1024, clock = { nowMs: Date.now } } = options;
  const serial = createSerialWork();
  const unfinishedDir = join(dir, "unfinished");
  /** Names of the files that this process is writing. The wall clock may jump while it does, and a machine may sleep. */
  const underWay = new Set<string>();
  const pathOf = (sha256: string) => join(dir, sha256.slice(0, 2), sha256);

  /** Moves the written file to its hash, or renews the one there. */
  async function keep(written: Written, unfinished: string): Promise<void> {
    const path = pathOf(written.sha256);
    const there = await statOf(path);
    if (there?.bytes === written.bytes) {
      const at = new Date(clock.nowMs());
      return await utimes(path, at, at);
    }
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await rename(unfinished, path);
    await syncFolder(dirname(path));
  }

  return {
    async put(bytes) {
      const name = randomUUID();
      const unfinished = join(unfinishedDir, name);
      const pieces = piecesUpTo(bytes, { maxBytes, tooLarge: () => tooLarge(maxBytes) });
      underWay.add(name);
      try {
        await storing(dir, () => mkdir(unfinishedDir, { recursive: true, mode: 0o700 }));
        const written = await writeDurably(unfinished, { pieces, dir, nowMs: clock.nowMs });
        await serial.inTurn(written.sha256, () => storing(dir, () => keep(written, unfinished)));
        return written.sha256;
      } finally {
        await rm(unfinished, { force: true }).catch(() => undefined);
        underWay.delete(name);
      }
    },
    async open(sha256, range = { start: 0 }) {
      const there = isSha256(sha256) ? await reading(dir, () => statOf(pathOf(sha256))) : undefined;
      return there && piecesOf(pathOf(sha256), { ...rangeWithin(range, there.bytes), dir });
    },
    stat: async (sha256) => (isSha256(sha256) ? reading(dir, () => statOf(pathOf(sha256))) : undefined),
    list: async ({ after = "", limit } = {}) =>
      reading(dir, async () => {
        if (after === "")
          await removeUnfinished(unfinishedDir, { beforeMs: clock.nowMs() - unfinishedMs, except: underWay });
        return await listFiles(dir, { after, limit: listLimit(limit) });
      }),
    async remove(sha256, { putBeforeMs = Number.POSITIVE_INFINITY } = {}) {
      if (!isSha256(sha256)) return false;
      return await serial.inTurn(sha256, async () => {
        const there = await reading(dir, () => statOf(pathOf(sha256)));
        if (!there || there.atMs >= putBeforeMs) return false;
        await storing(dir, () => rm(pathOf(sha256), { force: true }));
        return true;
      });
    },
  };
}

interface Written {
  sha256: string;
  bytes: number;
}

/** Writes as the pieces come. An error of theirs is passed on, one of the disk is a `PortError`. */
async function writeDurably(
  path: string,
  { pieces, dir, nowMs }: { pieces: AsyncIterable<Uint8Array>; dir: string; nowMs: () => number },
): Promise<Written> {
  const hash = createHash("sha256");
  const file = await storing(dir, () => open(path, "wx", 0o600));
  let bytes = 0;
  try {
    for await (const piece of pieces) {
      // A copy: later changes to the caller's chunk affect neither the hash nor the file.
      const own = Uint8Array.from(piece);
      hash.update(own);
      bytes += own.byteLength;
      await storing(dir, () => file.appendFile(own));
    }
    await storing(dir, () => finish(file, nowMs()));
  } finally {
    await file.close();
  }
  return { sha256: hash.digest("hex"), bytes };
}

async function finish(file: FileHandle, atMs: number): Promise<void> {
  const at = new Date(atMs);
  await file.utimes(at, at);
  await file.sync();
}

async function* piecesOf(
  path: string,
  { start, end, dir }: { start: number; end: number; dir: string },
): AsyncIterable<Uint8Array> {
  if (start >= end) return;
  try {
    for await (const piece of createReadStream(path, { start, end: end - 1 })) yield piece;
  } catch (error) {
    throw cannotRead(error, dir);
  }
}

async function listFiles(dir: string, { after, limit }: { after: string; limit: number }): Promise<ListedBlob[]> {
  const folders = (await namesIn(dir)).filter((name) => /^[0-9a-f]{2}$/.test(name) && name >= after.slice(0, 2));
  const listed: ListedBlob[] = [];
  for (const folder of folders) {
    for (const sha256 of await namesIn(join(dir, folder))) {
      if (!isSha256(sha256) || sha256 <= after) continue;
      const there = await statOf(join(dir, folder, sha256));
      if (there) listed.push({ sha256, ...there });
      if (listed.length === limit) return listed;
    }
  }
  return listed;
}

async function removeUnfinished(
  dir: string,
  { beforeMs, except }: { beforeMs: number; except: ReadonlySet<string> },
): Promise<void> {
  for (const name of await namesIn(dir)) {
    if (except.has(name)) continue;
    const there = await statOf(join(dir, name));
    if (there && there.atMs < beforeMs) await rm(join(dir, name), { force: true });
  }
}

/** Sorted; empty if there is no folder. */
async function namesIn(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  });
  return names.sort();
}

async function statOf(path: string): Promise<{ bytes: number; atMs: number } | undefined> {
  try {
    const { size, mtimeMs } = await stat(path);
    return { bytes: size, atMs: Math.round(mtimeMs) };
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
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

async function storing<T>(dir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof PortError ? error : cannotStore(error, dir);
  }
}

async function reading<T>(dir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw cannotRead(error, dir);
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

function tooLarge(maxBytes: number): PortError {
  const message = `A file is not kept: it has more than ${maxBytes} bytes. Attach a smaller one.`;
  return new PortError(message, { code: "full", retryable: false });
}

function cannotStore(error: unknown, dir: string): PortError {
  const isFull = codeOf(error) === "ENOSPC" || codeOf(error) === "EDQUOT";
  const message = isFull
    ? `The disk under ${dir} is full, so a file could not be kept. Free some space and attach it again.`
    : `A file could not be kept in ${dir} (${codeOf(error)}). Look at the folder's rights and the disk.`;
  return new PortError(message, { code: isFull ? "full" : "unavailable", retryable: !isFull, cause: error });
}

function cannotRead(error: unknown, dir: string): PortError {
  const message = `A file in ${dir} cannot be read (${codeOf(error)}). Look at the folder's rights and the disk.`;
  return new PortError(message, { code: "unavailable", retryable: true, cause: error });
}
