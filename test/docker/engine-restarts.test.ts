import { expect, test } from "vitest";
import { agentImageTag, CLAUDE_CODE_VERSION } from "../../adapters/docker/image/claude-code-release.js";
import { newInstallationId } from "../support/docker-installation.js";
import { needsDocker } from "../support/require.js";
import { startSecondEngine } from "../support/second-engine.js";
import { restartUnderLoad } from "./engine-restarts.js";

/** Two restarts each. `npm run engine:restarts -- --runs 20` does more; `--live --kill` kills an engine with live restore, which takes minutes. */
const runs = 2;
const workers = 4;
const timeout = 300_000;

needsDocker()("an engine that is restarted under load", () => {
  test(
    "with live restore, loses nothing and does nothing twice",
    async () => {
      const engine = await startSecondEngine({ liveRestore: true });
      try {
        await engine.copyImage(agentImageTag(CLAUDE_CODE_VERSION));
        const installationId = newInstallationId();
        const results = await restartUnderLoad({ engine, installationId, workers, runs, signal: "SIGTERM" });
        for (const result of results) {
          expect(result).toMatchObject({ doneTwice: 0, missed: 0, toldTwice: 0, ends: [] });
          expect(result.done).toBe(result.ordered);
          expect(result.cuts).toBe(workers);
        }
        expect(results).toHaveLength(runs);
      } finally {
        await engine.remove();
      }
    },
    timeout,
  );

  test(
    "without live restore, is said to have ended every sandbox; one that ends by itself is not",
    async () => {
      const engine = await startSecondEngine({ liveRestore: false });
      try {
        await engine.copyImage(agentImageTag(CLAUDE_CODE_VERSION));
        const installationId = newInstallationId();
        const results = await restartUnderLoad({
          engine,
          installationId,
          workers,
          runs,
          signal: "SIGTERM",
          endsItself: 7,
        });
        for (const { ends } of results) {
          expect(ends.filter(({ byEngine }) => byEngine)).toHaveLength(workers);
          expect(ends.filter(({ byEngine }) => !byEngine)).toEqual([{ code: 7, outOfMemory: false }]);
        }
        expect(results).toHaveLength(runs);
      } finally {
        await engine.remove();
      }
    },
    timeout,
  );
});
