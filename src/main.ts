#!/usr/bin/env node
import { readdir, readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { defaultCacheDir } from "../adapters/docker/image/fetch-claude-code.js";
import { openLmdb } from "../adapters/lmdb/open-lmdb.js";
import { createRandomIds } from "../adapters/memory/ids.js";
import { createMemoryLimits } from "../adapters/memory/limits.js";
import { createSystemClock } from "../adapters/memory/system-clock.js";
import { createMemoryWakeups } from "../adapters/memory/wakeups.js";
import { createWebAssets, createWebPage } from "../adapters/web/assets.js";
import { runCli } from "./cli/run.js";
import { type Config, parseConfig } from "./config.js";
import { createApp } from "./http/app.js";
import { createMetrics } from "./http/metrics.js";
import { serve } from "./http/serve.js";
import { openAgentRuntimes } from "./main/agent-runtimes.js";
import type { Logger } from "./ports/logger.js";
import { PortError } from "./ports/port-error.js";
import { createRoomMaker, type MakeRoom } from "./runtime/create-room.js";
import { keptSecret, openDataDir, writePrivate, writeRunFile } from "./runtime/data-dir.js";
import { openDemoRoom, ownerCode } from "./runtime/demo-room.js";
import { createInvites } from "./runtime/invites.js";
import { createOneTimeCodes, type OneTimeCodes } from "./runtime/one-time-codes.js";
import { createResolveAgent, type FileReader, loadRoles } from "./runtime/roles.js";
import { createRoomFeeds } from "./runtime/room-feed.js";
import type { RoomService } from "./runtime/room-service.js";
import { createRuntime, type Runtime, sha256 } from "./runtime/runtime.js";
import { createTokens } from "./runtime/tokens.js";
import { createTurnTaking } from "./runtime/turn-taking.js";

/** Exit codes: wrong configuration or usage, and a server that could not start. */
const exitUsage = 2;
const exitFailed = 1;
/** Longest that stopping takes, ms. */
const stopDeadlineMs = 9_000;

/** Where the package lies: `dist/src/main.js` or `src/main.ts`. */
const packageRoot = fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? ".." : "../..", import.meta.url));

const files: FileReader = {
  listFolders: async (path) => {
    const entries = await readdir(path, { withFileTypes: true }).catch(() => undefined);
    return entries?.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  },
  readText: (path) => readFile(path, "utf8").catch(() => undefined),
};

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function complain(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function main(argv: readonly string[]): Promise<number | undefined> {
  loadDotEnv();
  const [command, ...rest] = argv;
  if (command === "up" && rest.length === 0) return up();
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
    parts: new Set(["docker", "claude-code"]),
    signal: interrupted.signal,
  });
}

function loadDotEnv(): void {
  try {
    process.loadEnvFile();
  } catch {
    // No .env here: the environment is all there is.
  }
}

/** Starts a server; it runs until a signal ends it. */
async function up(): Promise<number | undefined> {
  const parsed = parseConfig(process.env);
  if (!parsed.ok) {
    complain(`parley cannot start: ${parsed.problems.length} of its settings cannot be used. Nothing was changed.`);
    for (const problem of parsed.problems) complain(`  ${problem}`);
    return exitUsage;
  }
  try {
    const server = await startServer(parsed.config);
    stopOnSignals(server.stop);
    return undefined;
  } catch (error) {
    if (!(error instanceof PortError) && !isSystemError(error)) throw error;
    complain(`parley cannot start: ${whyNot(error, parsed.config)}`);
    return exitFailed;
  }
}

/** What went wrong and what to do next, for what a machine says in capitals. */
function whyNot(error: Error, { host, port, dataDir }: Config): string {
  const advice: Record<string, string> = {
    EADDRINUSE: `something else listens on ${host}:${port} already. Stop it, or set PARLEY_PORT to another port (0 picks a free one).`,
    EADDRNOTAVAIL: `this machine has no address ${host}. Set PARLEY_HOST to one it has, such as 127.0.0.1.`,
    ENOTFOUND: `the name ${host} cannot be found. Set PARLEY_HOST to an address of this machine, such as 127.0.0.1.`,
    EACCES: `this user may not use ${dataDir} or port ${port} (${error.message}). Set PARLEY_DATA_DIR or PARLEY_PORT to what it may use.`,
    EEXIST: `${dataDir} is a file. Set PARLEY_DATA_DIR to a folder.`,
  };
  return (isSystemError(error) && advice[error.code ?? ""]) || error.message;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}

async function startServer(config: Config): Promise<{ stop: () => Promise<void> }> {
  const dataDir = await openDataDir(config.dataDir);
  const page = createWebPage(await createWebAssets({ dir: join(packageRoot, "dist", "web") }));
  const logger = createLogger(config);
  const clock = createSystemClock();
  const ids = createRandomIds();
  const storage = await openLmdb({ dir: dataDir, log: logger });
  const { eventLog, snapshots } = storage;
  const wakeups = createMemoryWakeups({ clock, log: logger });
  const secret = config.secret ?? (await keptSecret(dataDir, "secret"));
  const adminToken = config.adminToken ?? (await keptSecret(dataDir, "admin-token"));
  const catalogue = await readRoles(config, logger);
  const agentRuntimes = await openAgentRuntimes({
    config,
    dataDir: resolve(dataDir),
    secret,
    catalogue,
    messagingSkill: await readMessagingSkill(),
    cacheDir: defaultCacheDir(process.env),
    path: process.env.PATH ?? "",
    clock,
    logger,
    rooms: () => runtime.rooms,
    report: complain,
  });
  const { runtimes } = agentRuntimes;
  const runtime: Runtime = createRuntime({
    eventLog,
    snapshots,
    wakeups,
    runtimes,
    clock,
    ids,
    logger,
    node: config.nodeName ?? hostname(),
    onlyNode: true,
    turnIdleMs: config.turnIdleSeconds * 1_000,
  });
  const resolveAgent = createResolveAgent({ catalogue, usable: () => Object.keys(runtimes) });
  const tokens = createTokens({ secret, clock });
  const invites = createInvites({ secret, ids, clock, sha256 });
  const oneTimeCodes = createOneTimeCodes({ clock, ids });
  const { rooms } = runtime;
  const makeRoom = createRoomMaker({ rooms, eventLog, ids, clock, secret, sha256, tokens, invites, resolveAgent });
  const feeds = createRoomFeeds({ eventLog, rooms, activity: runtime.activity, clock, logger });
  const metrics = createMetrics({ viewers: feeds.viewers, roomsInMemory: runtime.cache.size, process: true });
  let publicOrigin = config.publicUrl ?? "";
  const app = createApp({
    version: await packageVersion(),
    rooms,
    eventLog,
    feeds,
    limits: createMemoryLimits({ clock }),
    clock,
    ids,
    logger,
    metrics,
    tokens,
    invites,
    oneTimeCodes,
    makeRoom,
    resolveAgent,
    turns: createTurnTaking(),
    adminToken,
    publicOrigin: () => publicOrigin,
    trustProxyHops: config.trustProxyHops,
    checks: { log: () => eventLog.check(), wakeups: () => wakeups.check(), ...agentRuntimes.checks },
    pageConfig: () => ({}),
    agentOnline: () => true,
    page,
  });
  const http = await serve(app, { host: config.host, port: config.port, clock, endStreams: feeds.close });
  const url = `http://${http.host.includes(":") ? `[${http.host}]` : http.host}:${http.port}`;
  publicOrigin ||= url;
  runtime.start();
  agentRuntimes
    .removeOrphans()
    .catch((error: unknown) => logger.warn({ error }, "sandboxes that nobody needs could not be removed"));
  const removeRunFile = await writeRunFile(dataDir, { url, pid: process.pid });
  const isNew = (await eventLog.streams("room/")).length === 0;
  const code = await demoCode({ config, isNew, makeRoom, rooms, oneTimeCodes });
  say(`parley ready ${JSON.stringify({ url, dataDir, pid: process.pid })}`);
  if (code !== undefined)
    say(
      `Open ${publicOrigin}/#${code} in a browser: the demo room, as its owner. The link works once, for 15 minutes.`,
    );
  return {
    stop: async () => {
      await http.close({ graceMs: 3_000 });
      await runtime.stop();
      await agentRuntimes.stop();
      await removeRunFile();
      await storage.close();
    },
  };
}

/** A code for the owner of the demo room, where there is to be one. */
async function demoCode(options: {
  config: Config;
  isNew: boolean;
  makeRoom: MakeRoom;
  rooms: RoomService;
  oneTimeCodes: OneTimeCodes;
}) {
  const { config, isNew, makeRoom, rooms, oneTimeCodes } = options;
  const marker = join(config.dataDir, "demo-room");
  const known = await files.readText(marker);
  const hasModel = config.anthropicApiKey !== undefined || config.claudeCodeOauthToken !== undefined;
  const wanted = config.demo === "on" || (config.demo === "auto" && !hasModel && (isNew || known !== undefined));
  const roomId = wanted ? await openDemoRoom({ makeRoom }) : undefined;
  if (roomId === undefined) return undefined;
  if (known === undefined) await writePrivate(marker, `${roomId}\n`);
  return ownerCode(roomId, { rooms, oneTimeCodes });
}

function createLogger(config: Config): Logger {
  return pino(
    {
      level: config.logLevel,
      redact: {
        paths: ["token", "secret", "authorization", "*.token", "*.secret", "*.authorization"],
        censor: "[hidden]",
      },
      serializers: { error: pino.stdSerializers.err },
    },
    pino.destination({ dest: 2, sync: false }),
  );
}

async function readRoles(config: Config, logger: Logger) {
  const folders = [join(packageRoot, "skills"), ...(config.skillsDir === undefined ? [] : [config.skillsDir])];
  const catalogue = await loadRoles(folders, files);
  for (const problem of catalogue.problems) logger.warn(problem, "a role's file cannot be used; the role is left out");
  return catalogue;
}

/** The text of the room-messaging skill without its front matter. */
async function readMessagingSkill(): Promise<string> {
  const markdown = await readFile(join(packageRoot, "skills", "room-messaging", "SKILL.md"), "utf8");
  return markdown.replace(/^---\n[\s\S]*?\n---\n/, "").trim();
}

async function packageVersion(): Promise<string> {
  const text = await readFile(join(packageRoot, "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** The first signal stops in good order; a second one, or the deadline, stops at once. What was acknowledged is on the disk either way. */
function stopOnSignals(stop: () => Promise<void>): void {
  let stopping = false;
  const onSignal = () => {
    if (stopping) process.exit(exitFailed);
    stopping = true;
    setTimeout(() => process.exit(exitFailed), stopDeadlineMs).unref();
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        complain(`parley did not stop in good order: ${error instanceof Error ? error.message : String(error)}`);
        process.exit(exitFailed);
      },
    );
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}

const exitCode = await main(process.argv.slice(2));
if (exitCode !== undefined) process.exitCode = exitCode;
