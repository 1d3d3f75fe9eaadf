import { expect, test } from "vitest";
import { needsRedis } from "../support/require.js";
import { runFaultStory } from "./fault-story.js";

needsRedis()("a fleet whose parts are killed, frozen, slowed and emptied under load", () => {
  for (const seed of [2, 3])
    test(`nothing acknowledged is lost, nothing is done twice, and all see one order (seed ${seed})`, {
      timeout: 240_000,
    }, async () => {
      const { happened, wrongs, totals, notes } = await runFaultStory({ seed, faults: 3, ups: 2, rooms: 2 });
      console.log(JSON.stringify({ happened, totals }));
      expect(
        Object.entries(wrongs).filter(([, count]) => count > 0),
        notes.join("\n"),
      ).toEqual([]);
      expect(totals.messages).toBeGreaterThan(20);
      expect(totals.decisions).toBeGreaterThan(10);
    });
});
