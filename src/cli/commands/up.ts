import type { Command } from "../command.js";
import { UsageError } from "../errors.js";

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
