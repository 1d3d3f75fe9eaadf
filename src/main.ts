#!/usr/bin/env node
import { runCli } from "./cli/run.js";
import { isFleet, parseConfig } from "./config.js";
import { packageVersion } from "./main/package-files.js";

/** Exit code of wrong configuration or usage. */
const exitUsage = 2;

async function main(argv: readonly string[]): Promise<number | undefined> {
  const envFileKeys = loadDotEnv();
  const [command, ...rest] = argv;
  if ((command === "up" || command === "worker") && rest.length === 0) return up({ withHttp: command === "up" });
  const interrupted = new AbortController();
  process.once("SIGINT", () => interrupted.abort());
  return runCli({
    argv,
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    cwd: process.cwd(),
    version: await packageVersion(),
    configProblems: (env) => {
      const parsed = parseConfig(env);
      return parsed.ok ? [] : parsed.problems;
    },
    runtimeProblems: async (runtimesDir) => (await import("./main/read-runtimes.js")).runtimeProblems(runtimesDir),
    runtimeImages: async (env) => (await import("./main/read-runtimes.js")).runtimeImages(env),
    roleProblems: async (skillsDir) => (await import("./main/read-roles.js")).ownRoleProblems(skillsDir),
    databaseHealth: async (env) => (await import("./main/database-health.js")).databaseHealth(env),
    moveLog: async (request) => (await import("./main/move-log.js")).moveBetween(request),
    backUp: async (request) => (await import("./main/backup.js")).backUp(request),
    restore: async (request) => (await import("./main/restore.js")).restore(request),
    buildAgentImage: async (request) => (await import("./main/build-image.js")).buildImage(request),
    githubHealth: async (env) => (await import("./main/repositories.js")).githubHealth(env),
    chatSetup: async (platform) => (await import("./main/chat-setup.js")).chatSetups[platform],
    envFileKeys: () => envFileKeys,
    startServer: (values) => {
      Object.assign(process.env, values);
      return up({ withHttp: true });
    },
    parts: new Set(["docker", "claude-code", "postgres", "redis", "github", "slack", "discord"]),
    signal: interrupted.signal,
  });
}

/** Returns the keys that only `.env` sets: the environment beats the file. */
function loadDotEnv(): ReadonlySet<string> {
  const before = new Set(Object.keys(process.env));
  try {
    process.loadEnvFile();
  } catch {
    // No .env here: the environment is all there is.
  }
  return new Set(Object.keys(process.env).filter((key) => !before.has(key)));
}

/** Starts a server; it runs until a signal ends it. Server-only modules are loaded here, so that every other command starts at once. */
async function up(how: { withHttp: boolean }): Promise<number | undefined> {
  const parsed = parseConfig(process.env);
  if (!parsed.ok) {
    const complain = (line: string) => process.stderr.write(`${line}\n`);
    complain(`parley cannot start: ${parsed.problems.length} of its settings cannot be used. Nothing was changed.`);
    for (const problem of parsed.problems) complain(`  ${problem}`);
    return exitUsage;
  }
  if (!how.withHttp && !isFleet(parsed.config)) {
    process.stderr.write("parley worker is one process of several: set DATABASE_URL, or use parley up.\n");
    return exitUsage;
  }
  const { runServer } = await import("./main/run-server.js");
  await runServer(parsed.config, { env: process.env, ...how });
  return undefined;
}

const exitCode = await main(process.argv.slice(2));
if (exitCode !== undefined) process.exitCode = exitCode;
