import { createMemorySnapshots } from "../../adapters/memory/snapshots.js";
import { parseConfig } from "../../src/config.js";
import { startServer } from "../../src/main/server.js";
import { connectLog } from "./log-server.js";

/** `parley up` (or `worker`), but for the log: that of the test's own server at DURABLE_STREAMS_URL. */
const parsed = parseConfig(process.env);
if (!parsed.ok) throw new Error(parsed.problems.join("\n"));
const { config } = parsed;
const server = await startServer(config, {
  env: process.env,
  withHttp: process.argv[2] !== "worker",
  say: (line) => process.stdout.write(`${line}\n`),
  complain: (line) => process.stderr.write(`${line}\n`),
  openStorage: async () => ({
    eventLog: connectLog(config.durableStreamsUrl ?? ""),
    snapshots: createMemorySnapshots(),
    close: async () => {},
  }),
});
process.on("SIGTERM", () => void server.stop().then(() => process.exit(0)));
