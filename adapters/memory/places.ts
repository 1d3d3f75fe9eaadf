import type { SharedPlaces } from "../../src/ports/shared-places.js";
import { createPlaceCounts } from "../kit/place-counts.js";

/** Places of one process. */
export function createMemoryPlaces(): SharedPlaces {
  const counts = createPlaceCounts();
  return {
    async take(wanted) {
      const full = counts.fullKey(wanted);
      if (full !== undefined) return full;
      counts.change(
        wanted.map(({ key }) => key),
        1,
      );
      return undefined;
    },
    async giveBack(keys) {
      counts.change(keys, -1);
    },
  };
}
