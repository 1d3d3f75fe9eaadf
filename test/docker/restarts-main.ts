import { agentImageTag, CLAUDE_CODE_VERSION } from "../../adapters/docker/image/claude-code-release.js";
import { flag, readCommand, wholeNumber } from "../support/command-options.js";
import { startSecondEngine } from "../support/second-engine.js";
import { restartUnderLoad } from "./engine-restarts.js";

/** Restarts a Docker engine of its own while agents work: `npm run engine:restarts -- --runs 20`. `--kill` kills it, `--live` keeps containers running. */
const { values } = readCommand({
  command: "npm run engine:restarts --",
  options: { runs: wholeNumber(20), workers: wholeNumber(8), live: flag, kill: flag },
});

const engine = await startSecondEngine({ liveRestore: values.live });
try {
  await engine.copyImage(agentImageTag(CLAUDE_CODE_VERSION));
  await restartUnderLoad({
    engine,
    installationId: "restarts",
    workers: values.workers,
    runs: values.runs,
    signal: values.kill ? "SIGKILL" : "SIGTERM",
    onRun: (counts) => process.stdout.write(`${JSON.stringify(counts)}\n`),
  });
} finally {
  await engine.remove();
}
