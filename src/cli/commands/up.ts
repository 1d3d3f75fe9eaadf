import type { Command } from "../command.js";
import { UsageError } from "../errors.js";

/** As `upCommand`: started by `main`. */
export const workerCommand: Command = {
  path: ["worker"],
  summary: "start a process of a fleet that runs agents and answers nobody",
  details:
    "It serves the same rooms as every process with the same DATABASE_URL, REDIS_URL, PARLEY_SECRET and " +
    "PARLEY_ADMIN_TOKEN, and is configured like parley up; it opens no port. Give it a PARLEY_NODE_NAME that it keeps: " +
    "the agents it starts stay with it.",
  arguments: [],
  options: {},
  examples: ["parley worker", "PARLEY_NODE_NAME=build-2 parley worker"],
  async run() {
    throw new UsageError("parley worker takes no options; the environment configures it, as it does parley up.");
  },
};

/** Here for the help and the completion: the server is started by `main`, which hands over everything else. */
export const upCommand: Command = {
  path: ["up"],
  summary: "start the server in this terminal",
  details:
    "It takes no options: the environment and a .env file in this folder configure it, and .env.example explains every key. " +
    "The most used: PARLEY_PORT (4400; 0 picks a free one), PARLEY_HOST (127.0.0.1), PARLEY_DATA_DIR (.parley). " +
    "Ctrl-C ends it; everything that was said is kept.",
  arguments: [],
  options: {},
  examples: ["parley up", "PARLEY_PORT=0 PARLEY_DATA_DIR=/tmp/try parley up"],
  async run() {
    throw new UsageError("parley up takes no options; set PARLEY_PORT, PARLEY_DATA_DIR and others in the environment.");
  },
};
