import { expect, test } from "vitest";
import { needsRedis } from "../support/require.js";
import { runFaultStory } from "./fault-story.js";
import { runSplitBrain } from "./split-brain.js";

needsRedis()("a fleet whose parts are killed, frozen, slowed and emptied under load", () => {
  for (const [seed, platform] of [
    [4, "slack"],
    [8, "discord"],
  ] as const)
    test(`nothing acknowledged is lost, nothing is done twice, and all see one order, in a thread too (seed ${seed}, ${platform})`, {
      timeout: 300_000,
    }, async () => {
      const { happened, wrongs, totals, notes } = await runFaultStory({
        seed,
        faults: 3,
        ups: 2,
        rooms: 1,
        chats: [platform],
      });
      console.log(JSON.stringify({ happened, totals }));
      expect(
        Object.entries(wrongs).filter(([, count]) => count > 0),
        notes.join("\n"),
      ).toEqual([]);
      expect(totals.messages).toBeGreaterThan(10);
      expect(totals.decisions).toBeGreaterThan(5);
      expect(totals.shownInChat).toBeGreaterThan(10);
      expect(totals.writtenInChat).toBeGreaterThan(2);
      expect(totals.decidedInChat).toBeGreaterThan(2);
    });

  test("a process that was frozen while another continued writes nothing that counts when it wakes", {
    timeout: 240_000,
  }, async () => {
    const { wrongs, notes, ...counts } = await runSplitBrain({ freezes: 4, seed: 1, longEvery: 4 });
    console.log(JSON.stringify(counts));
    expect(
      Object.entries(wrongs).filter(([, count]) => count > 0),
      notes.join("\n"),
    ).toEqual([]);
    expect(counts).toMatchObject({ freezes: 4, staleAccepted: 0 });
    expect(counts.lateAppends).toBeGreaterThan(0);
    expect(counts.lateAppendsRefused).toBe(counts.lateAppends);
  });
});
