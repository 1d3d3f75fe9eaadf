import { describe, expect, test } from "vitest";
import { describeDelays, runChaos } from "./chat-chaos.js";
import type { ChatDriver, CreateChatDriver } from "./chat-driver.js";
import { testGates } from "./chat-gates.js";
import { testInbound } from "./chat-inbound.js";
import { testOutbound } from "./chat-outbound.js";
import { testSafety } from "./chat-safety.js";
import { testStory } from "./chat-story.js";
import { testTrouble } from "./chat-trouble.js";

export interface ChatContractOptions {
  createDriver: CreateChatDriver;
  /** Number of chaos runs of 60 events each. Default 2; a separate command does long runs. */
  chaosRuns?: number;
  /** Parts of the suite to run. Default: all. */
  parts?: readonly ChatPart[];
  /** Number of messages in the long backlog. Default 500; use fewer with real time. */
  backlog?: number;
}

const chatParts = ["story", "people", "gates", "rooms", "text", "trouble", "chaos"] as const;
export type ChatPart = (typeof chatParts)[number];

/** Defines a test with a fresh platform and Parley. Afterwards no platform rule may be violated and no person pinged. */
export type WithDriver = (name: string, run: (driver: ChatDriver) => Promise<void>, timeoutMs?: number) => void;

/** Contract suite of a chat bridge, independent of the platform. */
export function testChatContract(name: string, options: ChatContractOptions): void {
  const { createDriver, chaosRuns = 2, backlog = 500, parts = chatParts } = options;
  let seed = 0;
  const withDriver: WithDriver = (title, run, timeoutMs = 180_000) => {
    test(
      title,
      async () => {
        seed += 1;
        const driver = await createDriver({ seed });
        await run(driver);
        expect(await driver.violations()).toEqual([]);
        expect(await driver.pings()).toEqual([]);
        await driver.stop();
      },
      timeoutMs,
    );
  };

  const part = (one: ChatPart, title: string, body: () => void) =>
    parts.includes(one) && describe(`${name}: ${title}`, body);

  part("story", "the whole story", () => testStory(withDriver));
  part("people", "what people do", () => testInbound(withDriver));
  part("gates", "gates", () => testGates(withDriver));
  part("rooms", "what a room shows", () => testOutbound(withDriver, { backlog }));
  part("text", "text of agents", () => testSafety(withDriver));
  part("trouble", "trouble on the platform", () => testTrouble(withDriver));

  part("chaos", "chaos", () => {
    test.each(Array.from({ length: chaosRuns }, (_, at) => at + 1))(
      "kills, faults and lost connections, seed %i: nothing lost, nothing twice, in order",
      async (chaosSeed) => {
        const { counts, liveDelaysMs } = await runChaos(createDriver, { seed: chaosSeed });
        process.stdout.write(`${name} chaos seed ${chaosSeed} ${JSON.stringify(counts)}\n`);
        process.stdout.write(`${describeDelays(liveDelaysMs)}\n`);
        expect(counts).toMatchObject({
          lost: 0,
          twice: 0,
          outOfOrder: 0,
          heardTwice: 0,
          inverted: 0,
          unheard: 0,
          violations: 0,
        });
        expect(counts.kills).toBeGreaterThan(0);
        expect(counts.faults).toBeGreaterThan(0);
        expect(liveDelaysMs.length + counts.missed).toBe(counts.events);
      },
      600_000,
    );

    test("posts duplicates if unknown outcomes are not looked up", async () => {
      const { counts } = await runChaos(createDriver, { seed: 1, lookUp: false });
      expect(counts.twice).toBeGreaterThan(0);
    }, 600_000);
  });
}
