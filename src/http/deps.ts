import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type { DecidingActivity } from "../core/room/activity.js";
import type { ResolveAgent, ResolveSettings } from "../core/room/agent-request.js";
import type { AgentMember } from "../core/room/room.js";
import type { InstallationLimits } from "../core/values/installation-spending.js";
import type { AgentCalls } from "../ports/agent-calls.js";
import type { Blobs } from "../ports/blobs.js";
import type { Clock } from "../ports/clock.js";
import type { EventLog } from "../ports/event-log.js";
import type { Health } from "../ports/health.js";
import type { HttpMount } from "../ports/http-mount.js";
import type { Ids } from "../ports/ids.js";
import type { Limits } from "../ports/limits.js";
import type { Logger } from "../ports/logger.js";
import type { SearchIndex } from "../ports/search-index.js";
import type { RoleView } from "../protocol/roles.js";
import type { RuntimeView } from "../protocol/runtimes.js";
import type { Credentials } from "../runtime/access/credentials.js";
import type { Invites } from "../runtime/access/invites.js";
import type { OneTimeCodes } from "../runtime/access/one-time-codes.js";
import type { Tokens } from "../runtime/access/tokens.js";
import type { ExternalDoors } from "../runtime/external/doors.js";
import type { MakeRoom } from "../runtime/rooms/create.js";
import type { Reachability } from "../runtime/rooms/picture.js";
import type { TurnReader } from "../runtime/rooms/read-steps.js";
import type { RoomFiles } from "../runtime/rooms/room-files.js";
import type { RoomService } from "../runtime/rooms/service.js";
import type { Setups } from "../runtime/rooms/setups.js";
import type { SpendingHolds } from "../runtime/rooms/spending-hold.js";
import type { SpendingLedger } from "../runtime/rooms/spending-ledger.js";
import type { TurnTaking } from "../runtime/rooms/turn-taking.js";
import type { FileUploads } from "../runtime/rooms/uploads.js";
import type { WorkFolders } from "../runtime/rooms/work-folders.js";
import type { RoomFeeds } from "../runtime/viewers/room-feed.js";
import type { Metrics } from "./metrics.js";
import type { StreamSlots } from "./stream-slots.js";

/** Dependencies of the API. */
export interface AppDeps {
  /** Parley's version. */
  version: string;
  rooms: RoomService;
  eventLog: EventLog;
  feeds: RoomFeeds;
  /** Tells those who watch a room what goes on in it right now. */
  activity: { publish(roomId: string, activity: DecidingActivity): void };
  /** What agents that run outside Parley may do. */
  external: ExternalDoors;
  /** Answers requests of the Model Context Protocol. Absent: there is no such address. */
  toolCalls?: AgentCalls;
  limits: Limits;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  metrics: Metrics;
  tokens: Tokens;
  credentials: Credentials;
  invites: Invites;
  oneTimeCodes: OneTimeCodes;
  makeRoom: MakeRoom;
  resolveAgent: ResolveAgent;
  resolveSettings: ResolveSettings;
  /** The roles that agents can have; it changes with their files. */
  roles: () => RoleView[];
  /** The runtimes that agents can run with. */
  runtimes: () => RuntimeView[];
  /** Set-ups for agents that repositories bring along. */
  setups: Setups;
  turns: TurnTaking;
  /** What model calls of all rooms used, and the switch that stops them. */
  ledger: SpendingLedger;
  /** Tells rooms of that switch. */
  holds: SpendingHolds;
  spendingLimits: InstallationLimits;
  /** The work folders of agents. */
  workFolders: WorkFolders;
  /** Finds messages of rooms. */
  search: SearchIndex;
  /** Reads what agents did in their turns. */
  turnReader: TurnReader;
  /** Files that messages carry, which of them a room names, and those on their way in. */
  blobs: Blobs;
  files: RoomFiles;
  uploads: FileUploads;
  adminToken: string;
  /** Origin people reach Parley under; with https cookies are Secure. Asked for each time: the port may be known late. */
  publicOrigin: () => string;
  /** Whether a `Host` header names an address of Parley's own. */
  isKnownHost: (header: string) => boolean;
  /** Reverse proxies whose X-Forwarded-For is believed. */
  trustProxyHops: number;
  /** Places for live streams. */
  streamSlots: StreamSlots;
  /** Parts that say how they are; only `log` decides whether Parley is healthy. */
  checks: Readonly<Record<string, () => Promise<Health>>> & { log: () => Promise<Health> };
  /** Public facts for a page, beside the version. */
  pageConfig: () => Readonly<Record<string, unknown>>;
  /** Why an agent can do nothing now, because the node that is to run it is not there; undefined: it is, or nobody can say. */
  whyOffline: (agent: AgentMember) => string | undefined;
  /** What an agent has on disk, as this process counted it. Absent: nobody counts. */
  diskOf?: Reachability["diskOf"];
  /** Removes the homes of a purged room's agents on this machine; gives how many there were. */
  removeHomesOf: (roomId: string) => Promise<number>;
  /** Addresses of chat platforms; asked for each time, for they come when the platforms are connected. */
  mounts?: () => readonly HttpMount[];
  /** Answers addresses outside the API; undefined: not an address of the page either. */
  page?: (request: Request) => Promise<Response | undefined>;
}

/** `Bindings` are absent where no server is: in tests. */
export interface AppEnv {
  Bindings: Partial<HttpBindings>;
  Variables: { requestId: string };
}

export type AppContext = Context<AppEnv>;
