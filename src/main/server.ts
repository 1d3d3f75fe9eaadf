import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { defaultCacheDir } from "../../adapters/docker/image/fetch-claude-code.js";
import { createRandomIds } from "../../adapters/memory/ids.js";
import { createSystemClock } from "../../adapters/memory/system-clock.js";
import { createWebAssets, createWebPage } from "../../adapters/web/assets.js";
import type { Config } from "../config.js";
import type { InstallationLimits } from "../core/values/installation-spending.js";
import { type HttpServer, serve } from "../http/serve.js";
import type { Clock } from "../ports/clock.js";
import type { Ids } from "../ports/ids.js";
import type { Logger } from "../ports/logger.js";
import { keptSecret, openDataDir, writePrivate, writeRunFile } from "../runtime/node/data-dir.js";
import { openDemoRoom, ownerCode } from "../runtime/node/demo-room.js";
import type { LiveRoles } from "../runtime/roles/live-roles.js";
import { type ChosenAgentRuntimes, chooseAgentRuntimes } from "./agent-runtimes.js";
import { assemble, type Parts, type Settings } from "./assemble.js";
import { approversOf, openChats } from "./chats.js";
import { type Fleet, openFleet } from "./fleet.js";
import { createLogger } from "./logger.js";
import { files, packageRoot, packageVersion, readMessagingSkill } from "./package-files.js";
import { readPrices } from "./read-prices.js";
import { openRoles, rolesHealth } from "./read-roles.js";
import { secretCutterOf } from "./secret-cutter.js";
import { openStorage, type Storage } from "./storage.js";

export interface ServerSurroundings {
  env: Readonly<Record<string, string | undefined>>;
  /** Prints a line to standard output, for people and for programs that wait for it. */
  say: (line: string) => void;
  /** A line for people, on standard error. */
  complain: (line: string) => void;
  /** False: it runs agents and timers of the fleet and answers nobody. */
  withHttp: boolean;
}

/** A server that runs. */
interface StartedServer {
  stop: () => Promise<void>;
  /** Forgets at once, without waiting, that it runs here: the process ends before `stop` is through. */
  abandon: () => void;
}

const megabyte = 1_024 * 1_024;

/** Dependencies of everything else. */
interface Ground {
  dataDir: string;
  storage: Storage;
  secret: string;
  roles: LiveRoles;
  clock: Clock;
  ids: Ids;
  logger: Logger;
}

/** Puts a server together and opens it. */
export async function startServer(config: Config, given: ServerSurroundings): Promise<StartedServer> {
  const ground = await openGround(config, given);
  const { dataDir, storage, secret, clock, ids, logger } = ground;
  const page = createWebPage(await createWebAssets({ dir: join(packageRoot, "dist", "web") }));
  const agentRuntimes = await chooseRuntimes(config, given, ground);
  const node = config.nodeName ?? hostname();
  const instance = ids.next();
  let http: HttpServer | undefined;
  const address = () => http && (config.nodeUrl ?? nodeUrlOf(http));
  const fleet = await openFleet({
    config,
    node,
    instance,
    secret,
    runtimes: agentRuntimes.names,
    address,
    clock,
    logger,
  });
  if (fleet.broadcast) storage.hear?.(fleet.broadcast);
  const leaveFleet = await fleet.nodes?.join();
  const parts = await assembleServer({ config, ground, agentRuntimes, fleet, node, instance, page });
  http = given.withHttp ? await listen(config, parts, clock) : undefined;
  if (http) await fleet.nodes?.announce();
  const url = http && urlOf(http);
  await parts.start({ origin: url });
  const runFile = url === undefined ? undefined : await writeRunFile(dataDir, { url, pid: process.pid });
  const code = given.withHttp ? await demoCode({ config, storage, parts }) : undefined;
  if (code !== undefined)
    given.say(
      `Open ${parts.appDeps.publicOrigin()}/#${code} in a browser: the demo room, as its owner. Its agents follow a script. The link works once, for 15 minutes; parley open demo prints another.`,
    );
  given.say(`parley ready ${JSON.stringify({ ...(url !== undefined && { url }), dataDir, pid: process.pid })}`);
  return {
    abandon: () => runFile?.removeNow(),
    stop: async () => {
      const runOn = await parts.stop({ endHttp: http && (() => http.close({ graceMs: 3_000 })) });
      ground.roles.stop();
      if (runOn > 0) given.complain(whoRunsOn(runOn));
      await leaveFleet?.();
      await parts.agentRuntimes.stop();
      await runFile?.remove();
      await fleet.close();
      await storage.close();
    },
  };
}

async function openGround(config: Config, { complain }: ServerSurroundings): Promise<Ground> {
  const dataDir = await openDataDir(config.dataDir);
  const logger = createLogger(config);
  const clock = createSystemClock();
  const storage = await openStorage({ config, dataDir, clock, logger });
  const secret = config.secret ?? (await keptSecret(dataDir, "secret"));
  const roles = await openRoles(config, { complain, clock, logger });
  return { dataDir, storage, secret, roles, clock, ids: createRandomIds(), logger };
}

async function chooseRuntimes(
  config: Config,
  { env, complain }: ServerSurroundings,
  { dataDir, storage, secret, roles, clock, logger }: Ground,
): Promise<ChosenAgentRuntimes> {
  return chooseAgentRuntimes({
    blobs: storage.blobs,
    config,
    dataDir: resolve(dataDir),
    secret,
    catalogue: roles.catalogue,
    messagingSkill: await readMessagingSkill(),
    prices: config.pricesFile === undefined ? undefined : await readPrices(config.pricesFile),
    cacheDir: defaultCacheDir(env),
    path: env.PATH ?? "",
    clock,
    logger,
    report: complain,
  });
}

interface ServerAdapters {
  config: Config;
  ground: Ground;
  agentRuntimes: ChosenAgentRuntimes;
  fleet: Fleet;
  node: string;
  instance: string;
  page: (request: Request) => Promise<Response | undefined>;
}

/** Hands the adapters over as they were chosen. */
async function assembleServer({ config, ground, agentRuntimes, fleet, ...rest }: ServerAdapters): Promise<Parts> {
  const { dataDir, storage, secret, roles, clock, ids, logger } = ground;
  const { node, instance, page } = rest;
  const adminToken = config.adminToken ?? (await keptSecret(dataDir, "admin-token"));
  const { onlyNode, wakeups, limits, tickets, reservations, leases, broadcast, nodes, calls, mounts, whyOffline } =
    fleet;
  return assemble(
    {
      eventLog: storage.eventLog,
      snapshots: storage.snapshots,
      blobs: storage.blobs,
      cutSecrets: secretCutterOf(config, { secret, adminToken }),
      wakeups,
      limits,
      places: fleet.places,
      tickets,
      reservations,
      leases,
      ...(broadcast && { broadcast }),
      ...(nodes && { nodes }),
      calls,
      ...(mounts && { mounts }),
      whyOffline,
      openAgentRuntimes: agentRuntimes.open,
      chats: await openChats(config, { clock, logger }),
      catalogue: roles.catalogue,
      checks: { ...storage.checks, ...(config.skillsDir !== undefined && rolesHealth(roles)), ...fleet.checks },
      page,
      clock,
      ids,
      logger,
    },
    {
      version: await packageVersion(),
      node,
      instance,
      onlyNode,
      caps: capsOf(config),
      spendingLimits: spendingLimitsOf(config),
      secret,
      adminToken,
      turnIdleMs: config.turnIdleSeconds * 1_000,
      publicOrigin: config.publicUrl,
      boundHost: config.host,
      hostNames: [hostname().toLowerCase(), ...(config.hostNames ?? [])],
      trustProxyHops: config.trustProxyHops,
      approvers: approversOf(config),
      defaultBudgetUsd: config.defaultBudgetUsd,
      processMetrics: true,
    },
  );
}

function capsOf(config: Config): NonNullable<Settings["caps"]> {
  return {
    maxMessagesPerMinute: config.maxMessagesPerMinute,
    maxRoomsPerHour: config.maxRoomsPerHour,
    maxInvitesPerHour: config.maxInvitesPerHour,
    maxAgentsPerRoom: config.maxAgentsPerRoom,
    files: {
      maxFileBytes: config.maxFileMb * megabyte,
      maxRoomBytes: config.maxRoomFilesMb * megabyte,
      maxPersonBytes: config.maxPersonFilesMb * megabyte,
      maxUploadsPerHour: config.maxUploadsPerHour,
    },
    streams: { perToken: config.maxStreamsPerToken, perAddress: config.maxStreamsPerAddress },
  };
}

function spendingLimitsOf(config: Config): InstallationLimits {
  const { installationUsd, installationUsdPerDay, installationUsdPerMonth } = config;
  const { personUsd, personUsdPerDay, personUsdPerMonth } = config;
  return {
    warnAt: config.spendingWarnAt,
    installation: { usd: installationUsd, usdPerDay: installationUsdPerDay, usdPerMonth: installationUsdPerMonth },
    person: { usd: personUsd, usdPerDay: personUsdPerDay, usdPerMonth: personUsdPerMonth },
  };
}

function listen({ host, port }: Config, { app, feeds }: Parts, clock: Clock): Promise<HttpServer> {
  return serve(app, { host, port, clock, endStreams: feeds.close });
}

function urlOf({ host, port }: Pick<HttpServer, "host" | "port">): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Where other processes reach this one; a process that listens on every address is reached under its machine's name. */
function nodeUrlOf(http: HttpServer): string {
  const isEvery = http.host === "0.0.0.0" || http.host === "::";
  return urlOf(isEvery ? { ...http, host: hostname() } : http);
}

function whoRunsOn(count: number): string {
  return count === 1
    ? "1 agent waits for a person and runs on: the next start takes it over."
    : `${count} agents wait for a person and run on: the next start takes them over.`;
}

/** A code for the owner of the demo room, where there is to be one. */
async function demoCode({ config, storage, parts }: { config: Config; storage: Storage; parts: Parts }) {
  const isNew = (await storage.eventLog.streams("room/")).length === 0;
  const marker = join(config.dataDir, "demo-room");
  const known = await files.readText(marker);
  const hasModel = config.anthropicApiKey !== undefined || config.claudeCodeOauthToken !== undefined;
  const wanted = config.demo === "on" || (config.demo === "auto" && !hasModel && (isNew || known !== undefined));
  const roomId = wanted ? await openDemoRoom({ makeRoom: parts.makeRoom }) : undefined;
  if (roomId === undefined) return undefined;
  if (known === undefined) await writePrivate(marker, `${roomId}\n`);
  return ownerCode(roomId, { rooms: parts.rooms, oneTimeCodes: parts.oneTimeCodes });
}
