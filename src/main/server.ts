import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { defaultCacheDir } from "../../adapters/docker/image/fetch-claude-code.js";
import { createRandomIds } from "../../adapters/memory/ids.js";
import { createSystemClock } from "../../adapters/memory/system-clock.js";
import { createWebAssets, createWebPage } from "../../adapters/web/assets.js";
import type { Config } from "../config.js";
import { createApp } from "../http/app.js";
import { createMetrics } from "../http/metrics.js";
import { serve } from "../http/serve.js";
import type { HttpMount } from "../ports/chat.js";
import { createInvites } from "../runtime/access/invites.js";
import { createOneTimeCodes, type OneTimeCodes } from "../runtime/access/one-time-codes.js";
import { createTokens } from "../runtime/access/tokens.js";
import { createChatBridges } from "../runtime/chat/bridges.js";
import { keptSecret, openDataDir, writePrivate, writeRunFile } from "../runtime/node/data-dir.js";
import { openDemoRoom, ownerCode } from "../runtime/node/demo-room.js";
import { createRuntime, type Runtime, sha256 } from "../runtime/node/runtime.js";
import { createPeopleOnline } from "../runtime/presence/people-online.js";
import { createResolveAgent } from "../runtime/roles/roles.js";
import { createRoomMaker, type MakeRoom } from "../runtime/rooms/create.js";
import type { RoomService } from "../runtime/rooms/service.js";
import { createTurnTaking } from "../runtime/rooms/turn-taking.js";
import { createRoomFeeds } from "../runtime/viewers/room-feed.js";
import { openAgentRuntimes } from "./agent-runtimes.js";
import { approversOf, openChats } from "./chats.js";
import { openFleet } from "./fleet.js";
import { createLogger } from "./logger.js";
import { meteredLog } from "./metered-log.js";
import { files, packageRoot, packageVersion, readMessagingSkill } from "./package-files.js";
import { readPrices } from "./read-prices.js";
import { readRoles, rolesHealth } from "./read-roles.js";
import { openStorage } from "./storage.js";

export interface ServerSurroundings {
  env: Readonly<Record<string, string | undefined>>;
  /** A line for people and for programs that wait for it, on standard output. */
  say: (line: string) => void;
  /** A line for people, on standard error. */
  complain: (line: string) => void;
  /** False: it runs agents and timers of the fleet and answers nobody. */
  withHttp: boolean;
}

/** Puts a server together and opens it. */
export async function startServer(config: Config, given: ServerSurroundings): Promise<{ stop: () => Promise<void> }> {
  const { env, say, complain, withHttp } = given;
  const dataDir = await openDataDir(config.dataDir);
  const page = createWebPage(await createWebAssets({ dir: join(packageRoot, "dist", "web") }));
  const logger = createLogger(config);
  const clock = createSystemClock();
  const ids = createRandomIds();
  const storage = await openStorage({ config, dataDir, clock, logger });
  const { snapshots, blobs } = storage;
  const metrics = createMetrics({
    viewers: () => feeds.viewers(),
    roomsInMemory: () => runtime.cache.size(),
    process: true,
  });
  const eventLog = meteredLog(storage.eventLog, { clock, onAppend: metrics.append });
  const secret = config.secret ?? (await keptSecret(dataDir, "secret"));
  const adminToken = config.adminToken ?? (await keptSecret(dataDir, "admin-token"));
  const catalogue = await readRoles(config, complain);
  const agentRuntimes = await openAgentRuntimes({
    blobs,
    config,
    dataDir: resolve(dataDir),
    secret,
    catalogue,
    messagingSkill: await readMessagingSkill(),
    prices: config.pricesFile === undefined ? undefined : await readPrices(config.pricesFile),
    cacheDir: defaultCacheDir(env),
    path: env.PATH ?? "",
    clock,
    logger,
    rooms: () => runtime.rooms,
    onEgressEnd: metrics.egress,
    report: complain,
  });
  const { runtimes } = agentRuntimes;
  const node = config.nodeName ?? hostname();
  const instance = ids.next();
  const fleet = await openFleet({ config, node, instance, secret, runtimes: Object.keys(runtimes), clock, logger });
  const leaveFleet = await fleet.nodes?.join();
  const runtime: Runtime = createRuntime({
    eventLog,
    snapshots,
    runtimes,
    clock,
    ids,
    logger,
    node,
    instance,
    wakeups: fleet.wakeups,
    onlyNode: fleet.onlyNode,
    ...(fleet.broadcast && { broadcast: fleet.broadcast }),
    placeFiles: agentRuntimes.placeFiles,
    idleStopMs: agentRuntimes.idleStopMs,
    turnIdleMs: config.turnIdleSeconds * 1_000,
  });
  fleet.nodes?.onGone(runtime.nodeGone);
  const resolveAgent = createResolveAgent({ catalogue, usable: () => Object.keys(runtimes) });
  const tokens = createTokens({ secret, clock });
  const invites = createInvites({ secret, ids, clock, sha256 });
  const oneTimeCodes = createOneTimeCodes({ tickets: fleet.tickets, ids, sha256 });
  const { rooms } = runtime;
  const makeRoom = createRoomMaker({ rooms, eventLog, ids, clock, secret, sha256, tokens, invites, resolveAgent });
  const people = createPeopleOnline({ ...(fleet.broadcast && { broadcast: fleet.broadcast }), clock, node });
  const feeds = createRoomFeeds({ eventLog, rooms, activity: runtime.activity, clock, logger, people });
  let publicOrigin = config.publicUrl ?? "";
  const chats = createChatBridges({
    chats: await openChats(config, { clock, logger }),
    rooms,
    activity: runtime.activity,
    eventLog,
    snapshots,
    wakeups: fleet.wakeups,
    limits: fleet.limits,
    ...(!fleet.onlyNode && { fleet: { ...fleet, node } }),
    blobs,
    clock,
    ids,
    logger,
    sha256,
    makeRoom,
    resolveAgent,
    invites,
    approvers: approversOf(config),
    roleNames: () => [...catalogue.roles.keys()],
    publicOrigin: () => publicOrigin,
  });
  let mounts: readonly HttpMount[] = [];
  const app = createApp({
    version: await packageVersion(),
    rooms,
    eventLog,
    feeds,
    limits: fleet.limits,
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
    checks: {
      log: () => eventLog.check(),
      ...rolesHealth(catalogue),
      ...fleet.checks,
      ...agentRuntimes.checks,
      ...chats.checks,
    },
    pageConfig: () => ({}),
    whyOffline: fleet.whyOffline,
    removeHomesOf: agentRuntimes.sweep.removeHomesOf,
    mounts: () => mounts,
    page,
  });
  const { host, port } = config;
  const http = withHttp ? await serve(app, { host, port, clock, endStreams: feeds.close }) : undefined;
  const url = http && `http://${http.host.includes(":") ? `[${http.host}]` : http.host}:${http.port}`;
  publicOrigin ||= url ?? "";
  runtime.start();
  mounts = await chats.start();
  agentRuntimes.sweep.start();
  const removeRunFile = url === undefined ? undefined : await writeRunFile(dataDir, { url, pid: process.pid });
  const isNew = (await eventLog.streams("room/")).length === 0;
  const code = withHttp ? await demoCode({ config, isNew, makeRoom, rooms, oneTimeCodes }) : undefined;
  say(`parley ready ${JSON.stringify({ ...(url !== undefined && { url }), dataDir, pid: process.pid })}`);
  if (code !== undefined)
    say(
      `Open ${publicOrigin}/#${code} in a browser: the demo room, as its owner. The link works once, for 15 minutes.`,
    );
  return {
    stop: async () => {
      await chats.stop();
      await http?.close({ graceMs: 3_000 });
      people.stop();
      const runOn = await runtime.stop();
      if (runOn > 0) complain(whoRunsOn(runOn));
      await leaveFleet?.();
      await agentRuntimes.stop();
      await removeRunFile?.();
      await fleet.close();
      await storage.close();
    },
  };
}

function whoRunsOn(count: number): string {
  return count === 1
    ? "1 agent waits for a person and runs on: the next start takes it over."
    : `${count} agents wait for a person and run on: the next start takes them over.`;
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
