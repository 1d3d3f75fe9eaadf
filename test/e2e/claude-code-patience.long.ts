import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureBuilt } from "../cli/support/ensure-built.js";
import type { Fault } from "../emulators/anthropic/script.js";
import { type ClaudeParley, startClaudeParley } from "../support/claude-parley.js";
import { eventually, type LoggedEvent } from "../support/parley-client.js";
import { needsDocker } from "../support/require.js";

/** From a person's message to the end of the turn. */
const longestMs = 90_000;

needsDocker()("with the time-outs as they are set for people", () => {
  let parley: ClaudeParley;

  beforeAll(async () => {
    await ensureBuilt();
    const agents = ["never", "stalls"].map((name) => ({ name, role: "coder" }));
    parley = await startClaudeParley({ script: () => ({ text: "Done." }), agents });
  }, 180_000);
  afterAll(() => parley?.stop(), 60_000);

  const endOf = (events: readonly LoggedEvent[], agent: string) =>
    events.filter((event) => event.type === "turn.ended" && event.agent === agent);

  test.concurrent.each<[string, string, Fault]>([
    ["never", "that never begins to answer", { kind: "slow", delayMs: 600_000 }],
    ["stalls", "that falls silent in the middle of an answer", { kind: "stall" }],
  ])(
    "%s: a model %s is given up within 90 s, with words",
    async (agent, _, fault) => {
      let isOn = false;
      parley.model.inject({
        fault,
        times: 1_000,
        when: ({ system }) => isOn && system.includes(`Your name is ${agent}.`),
      });
      // Its container is up, its process warm.
      await parley.say(`@${agent} hello`);
      await eventually(parley.events, (events) => endOf(events, agent).length === 1, 60_000);
      isOn = true;
      const from = performance.now();
      await parley.say(`@${agent} are you there?`);
      const events = await eventually(parley.events, (all) => endOf(all, agent).length === 2, 180_000);
      const tookMs = Math.round(performance.now() - from);
      const ended = endOf(events, agent)[1];
      const notices = events.filter(({ type, about }) => type === "notice.posted" && about === agent);
      console.log(
        `${agent}: ${(tookMs / 1_000).toFixed(1)} s; ${notices.map(({ text }) => text).join(" | ")}; ${ended?.error}`,
      );
      expect(ended).toMatchObject({ outcome: "failed", error: expect.stringContaining("It was given up") });
      expect(notices.length).toBeGreaterThan(0);
      expect(tookMs).toBeLessThan(longestMs);
    },
    300_000,
  );
});
