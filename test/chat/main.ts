import { chaosOptions, runChaosCommand } from "../contract/chaos-command.js";
import { readCommand } from "../support/command-options.js";
import { createMemoryChatDriver } from "./memory-driver.js";

/** Runs of chaos on the platform in memory, on a virtual clock: `npm run chaos -- --runs 20`. */
const { values } = readCommand({ command: "npm run chaos --", options: chaosOptions });
process.exitCode = await runChaosCommand("memory", createMemoryChatDriver, values);
