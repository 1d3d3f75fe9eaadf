import { parseArgs } from "node:util";
import { agentImageTag, CLAUDE_CODE_VERSION } from "../../adapters/docker/image/claude-code-release.js";
import { startSecondEngine } from "../support/second-engine.js";
import { restartUnderLoad } from "./engine-restarts.js";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "20" },
    workers: { type: "string", default: "8" },
    live: { type: "boolean", default: false },
    kill: { type: "boolean", default: false },
  },
});

const engine = await startSecondEngine({ liveRestore: values.live });
try {
  await engine.copyImage(agentImageTag(CLAUDE_CODE_VERSION));
  await restartUnderLoad({
    engine,
    installationId: "restarts",
    workers: Number(values.workers),
    runs: Number(values.runs),
    signal: values.kill ? "SIGKILL" : "SIGTERM",
    onRun: (counts) => process.stdout.write(`${JSON.stringify(counts)}\n`),
  });
} finally {
  await engine.remove();
}
