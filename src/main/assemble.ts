import type { AgentMember } from "../core/room/room.js";
import { createApp } from "../http/app.js";
import type { AppDeps } from "../http/deps.js";
import { isKnownHost } from "../http/known-hosts.js";
import { createMetrics, type Metrics } from "../http/metrics.js";
import { createStreamSlots, type StreamCaps, type StreamSlots } from "../http/stream-slots.js";
import type { AgentCalls } from "../ports/agent-calls.js";
import type { Blobs } from "../ports/blobs.js";
import type { Chat } from "../ports/chat.js";
import type { Health } from "../ports/health.js";
import type { HttpMount } from "../ports/http-mount.js";
import type { Leases } from "../ports/leases.js";
import type { Limits } from "../ports/limits.js";
import type { SearchIndex } from "../ports/search-index.js";
import type { SharedPlaces } from "../ports/shared-places.js";
import type { Tickets } from "../ports/tickets.js";
import { type ChatBridges, createChatBridges } from "../runtime/chat/bridges.js";
import type { ExternalDoors } from "../runtime/external/doors.js";
import { sha256 } from "../runtime/node/runtime.js";
import { createPeopleOnline, type PeopleOnline } from "../runtime/presence/people-online.js";
import type { RoleCatalogue } from "../runtime/roles/roles.js";
import { capRooms, type RoomCaps } from "../runtime/rooms/caps.js";
import { type BlobCollection, createBlobCollection } from "../runtime/rooms/collect-blobs.js";
import { createScanSearch } from "../runtime/rooms/scan-search.js";
import type { RoomService } from "../runtime/rooms/service.js";
import { createSetups } from "../runtime/rooms/setups.js";
import { createTurnTaking, type TurnTaking } from "../runtime/rooms/turn-taking.js";
import type { UploadCaps } from "../runtime/rooms/uploads.js";
import { createRoomFeeds, type RoomFeeds } from "../runtime/viewers/room-feed.js";
import { type AccessParts, assembleAccess } from "./assemble/access.js";
import { assembleExternal } from "./assemble/external.js";
import { meteredLog } from "./assemble/metered-log.js";
import { roleViewOf } from "./assemble/role-view.js";
import { assembleRooms, type RoomParts, type RoomPorts, type RoomSettings } from "./assemble/rooms.js";
import { filePartsOf, readersOf } from "./assemble/stored-parts.js";

/** The adapters of a whole process, as somebody else chose them. */
export interface Ports extends RoomPorts {
  /** Attachments of people. */
  blobs: Blobs;
  limits: Limits;
  /** Places of live streams. */
  places: SharedPlaces;
  tickets: Tickets;
  leases: Leases;
  /** Why the process that is to run this agent is not there; undefined: it is, or nobody can say. */
  whyOffline: (agent: AgentMember) => string | undefined;
  /** Chat platforms, each another one. */
  chats: readonly Chat[];
  /** Answers sessions that call tools. Absent: they have no address. */
  toolCalls?: AgentCalls;
  /** Finds messages. Default: a scan of the log. */
  search?: SearchIndex;
  /** The roles agents can be made of. */
  catalogue: RoleCatalogue;
  /** How further parts are, for health, by name. */
  checks: Readonly<Record<string, () => Promise<Health>>>;
  /** Endpoints for the other processes of a fleet. Default none. */
  mounts?: readonly HttpMount[];
  /** Answers addresses outside the API; undefined: not an address of the page either. Absent: there is no page. */
  page?: (request: Request) => Promise<Response | undefined>;
}

export interface Settings extends RoomSettings {
  /** Parley's version. */
  version: string;
  /** The secret from which tokens, invite codes and room ids are derived. */
  secret: string;
  adminToken: string;
  /** Origin people reach Parley under. Absent: the one given to `start`. */
  publicOrigin?: string | undefined;
  /** Name or address it listens on. Absent: loopback alone. */
  boundHost?: string | undefined;
  /** Further names it is reached under. Default none. */
  hostNames?: readonly string[];
  /** Reverse proxies whose X-Forwarded-For is believed. */
  trustProxyHops: number;
  /** Caps on the requests and streams of people. Absent: without caps. */
  caps?: RoomCaps & { streams?: StreamCaps; files?: UploadCaps };
  /** Per chat platform: ids of users, roles or groups that may decide in every room. */
  approvers: Readonly<Record<string, readonly string[]>>;
  /** Bytes a viewer may leave unread before it is cut. Default 256 KiB. */
  maxUnreadBytes?: number;
  /** Budget of new rooms whose policy names none, in US dollars. Absent: none. */
  defaultBudgetUsd?: number | undefined;
  /** Default true; false only in the test that shows that posts have to be looked up. */
  lookUp?: boolean;
  /** Whether metrics tell what Node says of itself. Default false. */
  processMetrics?: boolean;
}

/** A process put together, at rest. */
export interface Parts extends RoomParts, AccessParts {
  metrics: Metrics;
  people: PeopleOnline;
  feeds: RoomFeeds;
  /** Doors for agents that run outside Parley. */
  external: ExternalDoors;
  chats: ChatBridges;
  /** Removes files that no log names. */
  collection: BlobCollection;
  /** The parts behind `app`. */
  appDeps: AppDeps;
  app: ReturnType<typeof createApp>;
  /** Readers, chats and sweeps begin. `origin`: where people reach Parley, unless the settings name it. */
  start(given?: { origin?: string | undefined }): Promise<void>;
  /** Everything ends in order; `endHttp` when chats are silent and rooms still answer. Gives how many agents run on for the next start. */
  stop(given?: { endHttp?: (() => Promise<void>) | undefined }): Promise<number>;
}

/** Facts known only once the process can be reached. */
interface Reached {
  origin: string;
  mounts: readonly HttpMount[];
}

/** Wires a process: it chooses no adapter and starts nothing. */
export function assemble(ports: Ports, settings: Settings): Parts {
  const metrics = createMetrics({ process: settings.processMetrics ?? false });
  const metered = { ...ports, eventLog: meteredLog(ports.eventLog, { clock: ports.clock, onAppend: metrics.append }) };
  const { egress: onEgressEnd, capReached: onCapReached, handed: onHanded } = metrics;
  const fileCaps = settings.caps?.files;
  const roomParts = assembleRooms(metered, { ...settings, fileCaps }, { onEgressEnd, onCapReached, onHanded });
  const { runtime, agentRuntimes } = roomParts;
  ports.nodes?.onGone(runtime.nodeGone);
  const outer = { ...roomParts, rooms: cappedRooms(ports, settings, { ...roomParts, metrics }) };
  const access = assembleAccess(metered, settings, outer);
  const turns = createTurnTaking();
  const viewers = assembleViewers(metered, settings, { ...roomParts, turns });
  const { feeds, people } = viewers;
  const search = ports.search ?? createScanSearch({ eventLog: metered.eventLog, turns });
  const { whyOffline } = ports;
  const external = assembleExternal(metered, { ...outer, people, search, whyOffline, diskOf: agentRuntimes.diskOf });
  metrics.addGauges({ viewers: feeds.viewers, roomsInMemory: runtime.cache.size });
  const collection = createBlobCollection({ ...metered, turns });
  let endCollection = async () => {};
  const reached: Reached = { origin: settings.publicOrigin ?? "", mounts: ports.mounts ?? [] };
  const chats = assembleChats(metered, settings, { ...outer, ...access });
  const parts = { ...outer, ...access, feeds, chats, metrics, turns, reached, external };
  const appDeps = appDepsOf(metered, settings, parts);
  return {
    ...roomParts,
    ...access,
    ...viewers,
    external,
    metrics,
    chats,
    collection,
    appDeps,
    app: createApp(appDeps),
    start: async ({ origin = "" } = {}) => {
      reached.origin ||= origin;
      runtime.start();
      // Rooms that a stop of this process kept from being told are told now.
      void roomParts.holds.tellAgain();
      reached.mounts = [...(ports.mounts ?? []), ...(await chats.start())];
      agentRuntimes.sweep.start();
      endCollection = collection.start();
    },
    stop: async ({ endHttp } = {}) => {
      external.close();
      await chats.stop();
      await roomParts.stopSharing();
      await endHttp?.();
      people.stop();
      await endCollection();
      const runOn = await runtime.stop();
      agentRuntimes.sweep.stop();
      return runOn;
    },
  };
}

/** The rooms as people reach them, with what they may ask of them bounded. */
function cappedRooms(
  { limits }: Ports,
  { caps = {} }: Settings,
  { rooms, metrics }: RoomParts & { metrics: Metrics },
): RoomService {
  return capRooms(rooms, { limits, caps, onRefused: metrics.capReached });
}

function assembleViewers(
  { eventLog, broadcast, clock, logger }: Ports,
  { node, maxUnreadBytes }: Settings,
  { rooms, runtime, turns }: RoomParts & { turns: TurnTaking },
): { people: PeopleOnline; feeds: RoomFeeds } {
  const people = createPeopleOnline({ ...(broadcast && { broadcast }), clock, logger, node });
  const { activity } = runtime;
  return {
    people,
    feeds: createRoomFeeds({ eventLog, rooms, activity, clock, logger, people, turns, maxUnreadBytes }),
  };
}

function assembleChats(
  ports: Ports,
  { node, onlyNode, approvers, lookUp, publicOrigin }: Settings,
  { rooms, runtime, makeRoom, resolveAgent, resolveSettings, invites, oneTimeCodes }: RoomParts & AccessParts,
): ChatBridges {
  const { eventLog, snapshots, wakeups, limits, blobs, clock, ids, logger, leases, nodes, whyOffline } = ports;
  return createChatBridges({
    chats: ports.chats,
    rooms,
    activity: runtime.activity,
    eventLog,
    snapshots,
    wakeups,
    limits,
    blobs,
    clock,
    ids,
    logger,
    sha256,
    makeRoom,
    resolveAgent,
    resolveSettings,
    invites,
    approvers,
    roleNames: () => [...ports.catalogue.roles.keys()],
    oneTimeCodes,
    publicOrigin: () => publicOrigin || undefined,
    ...(lookUp !== undefined && { lookUp }),
    ...(!onlyNode && { fleet: { node, leases, whyOffline, ...(nodes && { nodes }) } }),
  });
}

interface AppParts extends RoomParts, AccessParts {
  feeds: RoomFeeds;
  chats: ChatBridges;
  metrics: Metrics;
  turns: TurnTaking;
  reached: Reached;
  external: ExternalDoors;
}

function streamSlotsOf({ places }: Ports, { caps }: Settings, metrics: Metrics): StreamSlots {
  return createStreamSlots({ caps: caps?.streams ?? {}, places, onRefused: () => metrics.capReached("streams") });
}

function appDepsOf(ports: Ports, settings: Settings, parts: AppParts): AppDeps {
  const { eventLog, limits, clock, ids, logger, page, whyOffline } = ports;
  const { rooms, runtime, agentRuntimes, feeds, chats, metrics, turns, reached, ledger, holds } = parts;
  const { tokens, credentials, invites, oneTimeCodes, makeRoom, resolveAgent, resolveSettings } = parts;
  const { boundHost, hostNames: names = [] } = settings;
  const knownHosts = () => ({ publicOrigin: reached.origin, boundHost, names });
  return {
    version: settings.version,
    rooms,
    eventLog,
    feeds,
    activity: runtime.activity,
    limits,
    clock,
    ids,
    logger,
    metrics,
    tokens,
    credentials,
    invites,
    oneTimeCodes,
    makeRoom,
    resolveAgent,
    resolveSettings,
    runtimes: () => [...(agentRuntimes.views?.views ?? [])],
    roles: () => [...ports.catalogue.roles.values()].map(roleViewOf),
    setups: createSetups({ rooms, blobs: ports.blobs, sha256 }),
    turns,
    ledger,
    holds,
    spendingLimits: settings.spendingLimits ?? { installation: {}, person: {} },
    external: parts.external,
    ...(ports.toolCalls && { toolCalls: ports.toolCalls }),
    workFolders: parts.workFolders,
    ...readersOf(ports, { rooms, turns }),
    ...filePartsOf(ports, settings, parts),
    adminToken: settings.adminToken,
    publicOrigin: () => reached.origin,
    isKnownHost: (header) => isKnownHost(header, knownHosts()),
    trustProxyHops: settings.trustProxyHops,
    streamSlots: streamSlotsOf(ports, settings, metrics),
    checks: {
      log: () => eventLog.check(),
      spending: holds.check,
      agents: async () => runtime.agents.check(),
      ...ports.checks,
      ...agentRuntimes.checks,
      ...chats.checks,
    },
    pageConfig: () => ({
      chats: ports.chats.map(({ platform }) => platform),
      runtimes: Object.keys(agentRuntimes.runtimes),
    }),
    whyOffline,
    diskOf: agentRuntimes.diskOf,
    removeHomesOf: agentRuntimes.sweep.removeHomesOf,
    mounts: () => reached.mounts,
    ...(page && { page }),
  };
}
