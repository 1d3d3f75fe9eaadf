import { constants, type Dirent, lstatSync } from "node:fs";
import { type FileHandle, open, opendir, readlink } from "node:fs/promises";
import { archiveTooLarge, tarEnd, tarHeader, tarPadding } from "../kit/tar-stream.js";
import { maxDepth } from "../kit/work-path.js";
import type { OpenedInside } from "./open-inside.js";

const chunkBytes = 256 * 1_024;
const slash = Buffer.from("/");
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_DIRECTORY } = constants;

/**
 * An opened folder as a tar archive, read as it is taken. Links are kept as links; sockets, pipes, devices, what may not be read and levels beyond the 256th are left out. A file that
 * shrinks meanwhile is filled up with zeros, one that grows is cut.
 */
export async function* archiveFolder(root: OpenedInside, maxBytes: number): AsyncIterable<Uint8Array> {
  const budget = { leftBytes: maxBytes, maxBytes };
  try {
    yield* entriesBelow(root.handle, { at: Buffer.from(root.path), shown: Buffer.alloc(0), depth: 1, budget });
    yield tarEnd;
  } finally {
    await root.handle.close();
  }
}

interface Walk {
  /** Path of the folder on this host. */
  at: Buffer;
  /** Path in the archive, with a slash at the end; empty at the root. */
  shown: Buffer;
  depth: number;
  budget: { leftBytes: number; maxBytes: number };
}

async function* entriesBelow(_folder: FileHandle, walk: Walk): AsyncIterable<Uint8Array> {
  const entries = await opendir(walk.at, { encoding: "buffer" as "utf8", bufferSize: 256 });
  for await (const entry of entries) yield* archiveEntry(entry, walk);
}

async function* archiveEntry(entry: Dirent, { at, shown, depth, budget }: Walk): AsyncIterable<Uint8Array> {
  const name = entry.name as unknown as Buffer;
  const path = Buffer.concat([at, slash, name]);
  const shownPath = Buffer.concat([shown, name]);
  if (entry.isSymbolicLink()) {
    const target = await readlink(path, { encoding: "buffer" }).catch(() => undefined);
    if (target) yield tarHeader({ ...plain, path: shownPath, kind: "link", modifiedS: modifiedOf(path), target });
    return;
  }
  if (!entry.isFile() && !entry.isDirectory()) return;
  const kindFlag = entry.isDirectory() ? O_DIRECTORY : 0;
  const handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | kindFlag).catch(() => undefined);
  if (!handle) return;
  try {
    if (entry.isFile()) yield* fileOf(handle, { path: shownPath, budget });
    else if (depth < maxDepth) {
      const folderPath = Buffer.concat([shownPath, slash]);
      yield tarHeader({ ...plain, path: folderPath, kind: "folder", modifiedS: modifiedOf(path) });
      const below = { at: pathOf(handle, path), shown: folderPath, depth: depth + 1, budget };
      yield* entriesBelow(handle, below);
    }
  } finally {
    await handle.close();
  }
}

const plain = { size: 0, isExecutable: false } as const;

/** On Linux the path of the very folder that was opened. */
function pathOf(handle: FileHandle, path: Buffer): Buffer {
  return process.platform === "linux" ? Buffer.from(`/proc/self/fd/${handle.fd}`) : path;
}

function modifiedOf(path: Buffer): number {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return Math.floor((found?.mtimeMs ?? 0) / 1_000);
}

async function* fileOf(
  handle: FileHandle,
  { path, budget }: { path: Buffer; budget: Walk["budget"] },
): AsyncIterable<Uint8Array> {
  const stats = await handle.stat();
  if (!stats.isFile()) return;
  const { size, mtimeMs, mode } = stats;
  budget.leftBytes -= size;
  if (budget.leftBytes < 0) throw archiveTooLarge(budget.maxBytes);
  const modifiedS = Math.floor(mtimeMs / 1_000);
  yield tarHeader({ path, kind: "file", size, modifiedS, isExecutable: (mode & 0o100) !== 0 });
  for (let at = 0; at < size; ) {
    const wanted = Math.min(chunkBytes, size - at);
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(wanted), 0, wanted, at);
    // Beyond its end by now: zeros, for its length is already said.
    const taken = bytesRead === 0 ? wanted : bytesRead;
    yield buffer.subarray(0, taken);
    at += taken;
  }
  yield tarPadding(size);
}
