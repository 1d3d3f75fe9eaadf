import { parseArgs } from "node:util";
import { agentImageTag, CLAUDE_CODE_VERSION } from "../../adapters/docker/image/claude-code-release.js";
import { ensureBuilt } from "../cli/support/ensure-built.js";
import { startSecondEngine } from "../support/second-engine.js";
import { isKept } from "./agent-restart-counts.js";
import { restartUnderAgents } from "./agent-restarts.js";
import { restartUnderLoad } from "./engine-restarts.js";

/** `--agents 8` restarts the engine of a whole Parley with so many Claude Codes; without it the engine runs shells alone. */
const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "20" },
    workers: { type: "string", default: "8" },
    agents: { type: "string" },
    live: { type: "boolean", default: false },
    kill: { type: "boolean", default: false },
  },
});

const runs = Number(values.runs);
const print = (counts: object) => process.stdout.write(`${JSON.stringify(counts)}\n`);

const engine = await startSecondEngine({ liveRestore: values.live });
try {
  await engine.copyImage(agentImageTag(CLAUDE_CODE_VERSION));
  if (values.agents === undefined) await restartShells();
  else await restartAgents(Number(values.agents));
} finally {
  await engine.remove();
}

async function restartShells(): Promise<void> {
  const workers = Number(values.workers);
  const signal = values.kill ? "SIGKILL" : "SIGTERM";
  await restartUnderLoad({ engine, installationId: "restarts", workers, runs, signal, onRun: print });
}

async function restartAgents(agents: number): Promise<void> {
  await ensureBuilt();
  const results = await restartUnderAgents({ engine, agents, runs, onRun: print });
  const kept = results.filter((counts) => isKept(counts, { liveRestore: values.live })).length;
  process.stdout.write(`${kept} of ${runs} restarts kept every promise\n`);
  if (kept < runs) process.exitCode = 1;
}
