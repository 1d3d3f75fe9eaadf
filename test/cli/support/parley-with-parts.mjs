// The commands as a program of its own, for a build that has the optional parts named in TEST_PARTS.
import { runCli } from "../../../dist/src/cli/run.js";
import { parseConfig } from "../../../dist/src/config.js";

const interrupted = new AbortController();
process.once("SIGINT", () => interrupted.abort());
process.exitCode = await runCli({
  argv: process.argv.slice(2),
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  cwd: process.cwd(),
  version: "0.1.0-test",
  signal: interrupted.signal,
  parts: new Set((process.env.TEST_PARTS ?? "").split(",").filter((part) => part !== "")),
  configProblems: (env) => {
    const result = parseConfig(env);
    return result.ok ? [] : result.problems;
  },
});
