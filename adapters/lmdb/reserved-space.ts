import { closeSync, openSync, statSync, writeSync } from "node:fs";
import { open } from "node:fs/promises";
import type { RootDatabase } from "lmdb";
import { PortError } from "../../src/ports/port-error.js";

/** The block that each write appends. */
const zeros = Buffer.alloc(256 * 1024);
const minGrowthBytes = 4 * 1024 * 1024;
const maxGrowthBytes = 16 * 1024 * 1024;

export interface WriteSize {
  /** Number of keys written. */
  puts: number;
  /** Of all values together. */
  bytes: number;
}

/**
 * Keeps blocks of the disk ahead of LMDB, so that a full disk is met here and not there: lmdb-js 3.5 formats the message of a failed
 * page write into a buffer that is too small and damages the process' memory. The file may be longer than LMDB uses.
 */
export interface ReservedSpace {
  /**
   * Makes sure that a transaction of this size finds room. Rejects with the file system's error, or with a `PortError` (`full`) where the
   * data would take more than its limit, having changed nothing that counts.
   */
  reserve(size: WriteSize): Promise<void>;
  /** Bytes that the data takes, the free pages between it included. */
  usedBytes(): number;
}

/** Pages one transaction can take at most: leaf, split and branch of each key, its overflow pages, the free list and the roots. */
function pagesFor({ puts, bytes }: WriteSize, pageBytes: number): number {
  return 48 + 4 * puts + Math.ceil(bytes / pageBytes) + puts;
}

interface Usage {
  pageBytes: number;
  usedBytes: number;
}

function readUsage(root: RootDatabase): Usage {
  const stats = root.getStats() as { pageSize: number; lastPageNumber: number };
  return { pageBytes: stats.pageSize, usedBytes: (stats.lastPageNumber + 1) * stats.pageSize };
}

function growth(needBytes: number, fileBytes: number): number {
  return Math.max(needBytes, minGrowthBytes, Math.min(maxGrowthBytes, Math.floor(fileBytes / 8)));
}

/** `maxBytes`: limit of the data's size. Default: only the disk limits it. */
export function createReservedSpace(
  { root, dataFile }: { root: RootDatabase; dataFile: string },
  { maxBytes = Number.POSITIVE_INFINITY }: { maxBytes?: number } = {},
): ReservedSpace {
  let usage = readUsage(root);
  let fileBytes = statSync(dataFile).size;

  async function extendTo(targetBytes: number): Promise<void> {
    // Opened for appending: whatever this module believes, it can never write over a page of LMDB's.
    const file = await open(dataFile, "a");
    try {
      for (fileBytes = (await file.stat()).size; fileBytes < targetBytes; ) {
        fileBytes += (await file.write(zeros)).bytesWritten;
      }
    } finally {
      await file.close();
    }
  }

  async function grow(needBytes: number): Promise<void> {
    const { usedBytes } = usage;
    try {
      await extendTo(Math.min(usedBytes + growth(needBytes, fileBytes), Math.max(maxBytes, usedBytes + needBytes)));
    } catch (error) {
      // A little may be left where much is not.
      if (fileBytes < usedBytes + needBytes) throw error;
    }
  }

  return {
    async reserve(size) {
      const needBytes = pagesFor(size, usage.pageBytes) * usage.pageBytes;
      const isWithinLimit = () => usage.usedBytes + needBytes <= maxBytes;
      const hasRoom = () => usage.usedBytes + needBytes <= fileBytes;
      if (!hasRoom() || !isWithinLimit()) usage = readUsage(root);
      if (!isWithinLimit()) throw limitReached(dataFile, maxBytes);
      if (!hasRoom()) await grow(needBytes);
      // Counted as if it took all of it; the actual size is read when this runs out.
      usage = { ...usage, usedBytes: usage.usedBytes + needBytes };
    },
    usedBytes: () => readUsage(root).usedBytes,
  };
}

/** The same for the little that is written while opening, when nothing else runs yet. */
export function reserveToOpen(root: RootDatabase, dataFile: string): void {
  if (statSync(dataFile).size - readUsage(root).usedBytes >= zeros.length) return;
  const file = openSync(dataFile, "a");
  try {
    for (let written = 0; written < zeros.length; ) written += writeSync(file, zeros, written);
  } finally {
    closeSync(file);
  }
}

function limitReached(dataFile: string, maxBytes: number): PortError {
  return new PortError(
    `${dataFile} has reached its limit of ${Math.round(maxBytes / 1_024 / 1_024)} MB. What is in it is kept; this write was not made.`,
    { code: "full", retryable: false },
  );
}
