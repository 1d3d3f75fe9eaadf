import { chaosOptions, runChaosCommand } from "../../contract/chaos-command.js";
import { flag, readCommand } from "../../support/command-options.js";
import { createDiscordDriver } from "./driver.js";
import { createDiscordProcessDriver } from "./process-driver.js";

/**
 * Runs of chaos on the Discord emulator, on a clock four times as fast: `npm run chaos:discord -- --runs 20`. With `--process` Parley is a process
 * that is killed with kill -9, and time is real.
 */
const { values } = readCommand({ command: "npm run chaos:discord --", options: { ...chaosOptions, process: flag } });
const createDriver = values.process ? createDiscordProcessDriver() : createDiscordDriver;
process.exit(await runChaosCommand("discord", createDriver, values));
