import type { PlaceLimit } from "../../src/ports/shared-places.js";

/** Places that this process has taken, by key. A key without any takes no memory. */
export interface PlaceCounts {
  of(key: string): number;
  /** Keys under which something is taken. */
  keys(): readonly string[];
  /** Takes a place under every key, or gives one back. */
  change(keys: readonly string[], by: 1 | -1): void;
  /** The first key that has no free place, by these counts alone. */
  fullKey(wanted: readonly PlaceLimit[]): string | undefined;
}

/** Makes counts of which nothing is taken. */
export function createPlaceCounts(): PlaceCounts {
  const taken = new Map<string, number>();
  const of = (key: string) => taken.get(key) ?? 0;
  return {
    of,
    keys: () => [...taken.keys()],
    change(keys, by) {
      for (const key of keys) {
        const count = of(key) + by;
        if (count > 0) taken.set(key, count);
        else taken.delete(key);
      }
    },
    fullKey: (wanted) => wanted.find(({ key, limit }) => of(key) >= limit)?.key,
  };
}
