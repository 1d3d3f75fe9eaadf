import type { DiskUsage } from "../../src/ports/disk-usage.js";

/** Sizes as a test says. */
export interface MemoryDiskUsage extends DiskUsage {
  /** Undefined: it cannot be counted. */
  set(id: string, bytes: number | undefined): void;
  /** Ids of each count so far. */
  readonly counts: readonly (readonly string[])[];
}

/** Disk usage without a disk. */
export function createMemoryDiskUsage(): MemoryDiskUsage {
  const sizes = new Map<string, number | undefined>();
  const counts: string[][] = [];
  return {
    counts,
    set: (id, bytes) => void sizes.set(id, bytes),
    async count(ids) {
      counts.push([...ids]);
      return new Map(ids.filter((id) => sizes.has(id)).map((id) => [id, sizes.get(id)]));
    },
  };
}
