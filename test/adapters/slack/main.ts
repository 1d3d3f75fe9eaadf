import { chaosOptions, runChaosCommand } from "../../contract/chaos-command.js";
import { flag, oneOf, readCommand } from "../../support/command-options.js";
import { createSlackDriver } from "./driver.js";
import { createSlackProcessDriver } from "./process-driver.js";

/**
 * Runs of chaos on the Slack emulator, on a clock four times as fast: `npm run chaos:slack -- --runs 20 --mode socket`. With `--process` Parley is a
 * process that is killed with kill -9, and time is real.
 */
const { values } = readCommand({
  command: "npm run chaos:slack --",
  options: { ...chaosOptions, mode: oneOf(["socket", "http"], "socket"), process: flag },
});
const createDriver = values.process ? createSlackProcessDriver(values.mode) : createSlackDriver(values.mode);
process.exit(await runChaosCommand(`slack ${values.mode}`, createDriver, values));
