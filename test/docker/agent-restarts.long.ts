import { expect, test } from "vitest";
import { agentImageTag, CLAUDE_CODE_VERSION } from "../../adapters/docker/image/claude-code-release.js";
import { ensureBuilt } from "../cli/support/ensure-built.js";
import { needsDocker } from "../support/require.js";
import { startSecondEngine } from "../support/second-engine.js";
import { isKept } from "./agent-restart-counts.js";
import { restartUnderAgents } from "./agent-restarts.js";

needsDocker()("an engine that is restarted while agents are in turns", () => {
  /** `npm run engine:restarts -- --agents 8 --runs 20` (`--live`) does more. */
  test.each([true, false])(
    "loses no message and spends no retry (live restore: %s)",
    { timeout: 900_000 },
    async (liveRestore) => {
      await ensureBuilt();
      const engine = await startSecondEngine({ liveRestore });
      try {
        await engine.copyImage(agentImageTag(CLAUDE_CODE_VERSION));
        const results = await restartUnderAgents({ engine, agents: 2, runs: 2 });
        expect(results.filter((counts) => !isKept(counts, { liveRestore }))).toEqual([]);
        expect(results).toHaveLength(2);
      } finally {
        await engine.remove();
      }
    },
  );
});
