import { agentImageTag, CLAUDE_CODE_VERSION } from "../../adapters/docker/image/claude-code-release.js";
import { ensureBuilt } from "../cli/support/ensure-built.js";
import { flag, optional, readCommand, wholeNumber } from "../support/command-options.js";
import { startSecondEngine } from "../support/second-engine.js";
import { isKept } from "./agent-restart-counts.js";
import { restartUnderAgents } from "./agent-restarts.js";
import { restartUnderLoad } from "./engine-restarts.js";

/**
 * Restarts a Docker engine of its own while agents work: `npm run engine:restarts -- --runs 20`. `--kill` kills it, `--live` keeps containers running.
 * `--agents 8` runs a whole Parley with so many Claude Codes on it; without it the engine runs shells alone.
 */
const { values } = readCommand({
  command: "npm run engine:restarts --",
  options: {
    runs: wholeNumber(20),
    workers: wholeNumber(8),
    agents: optional(wholeNumber(8), "8"),
    live: flag,
    kill: flag,
  },
});

const { runs } = values;
const print = (counts: object) => process.stdout.write(`${JSON.stringify(counts)}\n`);

const engine = await startSecondEngine({ liveRestore: values.live });
try {
  await engine.copyImage(agentImageTag(CLAUDE_CODE_VERSION));
  if (values.agents === undefined) await restartShells();
  else await restartAgents(values.agents);
} finally {
  await engine.remove();
}

async function restartShells(): Promise<void> {
  const signal = values.kill ? "SIGKILL" : "SIGTERM";
  await restartUnderLoad({
    engine,
    installationId: "restarts",
    workers: values.workers,
    runs,
    signal,
    onRun: print,
  });
}

async function restartAgents(agents: number): Promise<void> {
  await ensureBuilt();
  const results = await restartUnderAgents({ engine, agents, runs, onRun: print });
  const kept = results.filter((counts) => isKept(counts, { liveRestore: values.live })).length;
  process.stdout.write(`${kept} of ${runs} restarts kept every promise\n`);
  if (kept < runs) process.exitCode = 1;
}
