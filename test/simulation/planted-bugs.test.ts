import { expect, test } from "vitest";
import { plantedBugs } from "./planted-bugs.js";
import { simulate } from "./simulate.js";

/** Number of seeds within which each bug is found. */
const maxSeeds = 12;

test.each(plantedBugs.map((bug) => [bug.name, bug] as const))(
  `finds within ${maxSeeds} seeds that %s`,
  { timeout: 300_000 },
  async (_, planted) => {
    for (let seed = 1; seed <= maxSeeds; seed++) {
      const counts = await simulate({ seed, steps: 120, nodes: 1 + (seed % 3), planted });
      if (counts[planted.foundBy] > 0) return;
    }
    expect.fail(`${planted.foundBy} stayed 0 over ${maxSeeds} seeds`);
  },
);
