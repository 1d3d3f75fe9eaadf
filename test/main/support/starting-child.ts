import { createServer } from "node:net";
import { parseConfig } from "../../../src/config.js";
import { runServer } from "../../../src/main/run-server.js";

/** A process that holds a connection open, as to a database, while its server fails to start: its data folder is a file. */
createServer().listen(0, "127.0.0.1");
const parsed = parseConfig({ PARLEY_DATA_DIR: process.argv[2] });
if (!parsed.ok) throw new Error(parsed.problems.join(" "));
await runServer(parsed.config, { env: {}, withHttp: true });
