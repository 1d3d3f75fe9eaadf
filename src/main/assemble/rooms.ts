import { cutSecretForms } from "../../core/text/secret-forms.js";
import type { InstallationLimits } from "../../core/values/installation-spending.js";
import type { PlaceFiles, ReadWorkFiles } from "../../ports/agent-files.js";
import type { Agents } from "../../ports/agents.js";
import type { Blobs } from "../../ports/blobs.js";
import type { Broadcast } from "../../ports/broadcast.js";
import type { Clock } from "../../ports/clock.js";
import type { EgressEnd } from "../../ports/egress.js";
import type { EventLog } from "../../ports/event-log.js";
import type { FleetCalls } from "../../ports/fleet-calls.js";
import type { Health } from "../../ports/health.js";
import type { Ids } from "../../ports/ids.js";
import type { Leases } from "../../ports/leases.js";
import type { Limits } from "../../ports/limits.js";
import type { Logger } from "../../ports/logger.js";
import type { Nodes } from "../../ports/nodes.js";
import type { Reservations } from "../../ports/reservations.js";
import type { Snapshots } from "../../ports/snapshots.js";
import type { Wakeups } from "../../ports/wakeups.js";
import type { Workspaces } from "../../ports/workspaces.js";
import type { CutSecrets } from "../../runtime/agents/kept-output.js";
import { createNodeRooms, createRuntime, type FleetRooms, type Runtime } from "../../runtime/node/runtime.js";
import type { RuntimeRules } from "../../runtime/roles/runtime-rules.js";
import { cutWorkspaces } from "../../runtime/rooms/cut-workspaces.js";
import type { Reachability } from "../../runtime/rooms/picture.js";
import { createRoomFiles, type RoomFiles } from "../../runtime/rooms/room-files.js";
import { type RoutedCalls, routeCalls } from "../../runtime/rooms/routed-calls.js";
import type { RoomService } from "../../runtime/rooms/service.js";
import { createSpendingHolds, type SpendingHolds } from "../../runtime/rooms/spending-hold.js";
import { createSpendingLedger, type SpendingLedger } from "../../runtime/rooms/spending-ledger.js";
import { createTurnTaking } from "../../runtime/rooms/turn-taking.js";
import type { UploadCaps } from "../../runtime/rooms/uploads.js";
import { createWorkFolders, type WorkFolders } from "../../runtime/rooms/work-folders.js";
import type { SandboxSweep } from "../../runtime/sandbox/sweep.js";
import { createWorkFiles } from "../../runtime/sandbox/work-files.js";

/** The ways this process can run agents, and what they brought along. */
export interface AgentRuntimes {
  /** By the name an agent's `runtime` has, the preferred first. */
  runtimes: Readonly<Record<string, Agents>>;
  checks: Readonly<Record<string, () => Promise<Health>>>;
  /** By runtime: how long an agent without a turn keeps its process. Absent: as long as this process runs. */
  idleStopMs?: Readonly<Record<string, number>>;
  /** Absent where no agent can read files. */
  placeFiles?: PlaceFiles;
  /** The work folders of agents. Absent where no agent has one. */
  workspaces?: Workspaces;
  /** What an agent has on disk. Absent where nobody counts. */
  diskOf?: Reachability["diskOf"];
  /** Removes agents' leftovers. */
  sweep: SandboxSweep;
  /** The facts about the runtimes. Absent: none. */
  views?: RuntimeRules;
  stop(): Promise<void>;
}

/** Dependencies of agent runtimes. */
export interface RuntimeSurroundings {
  rooms: RoomService;
  /** Told of every connection of an agent that ended. */
  onEgressEnd: (end: EgressEnd) => void;
  /** Told of what was refused because of a cap, by the cap's name in the metrics. */
  onCapReached: (cap: string) => void;
  /** Reservations of model calls that all processes share. Absent: this process has its own. */
  reservations?: Reservations | undefined;
  /** Counts that all processes share. Absent: this process has its own. */
  limits?: Limits | undefined;
  ledger: SpendingLedger;
  spendingLimits: InstallationLimits;
  /** False: other processes may write to the same rooms. */
  onlyNode: boolean;
  ids: Ids;
}

/** Opens the agent runtimes on the rooms they are to serve. */
export type OpenAgentRuntimes = (given: RuntimeSurroundings) => AgentRuntimes;

/** Adapters that rooms and agents need. */
export interface RoomPorts {
  eventLog: EventLog;
  snapshots: Snapshots;
  wakeups: Wakeups;
  /** The bus between the processes of a fleet; absent if there is only one. */
  broadcast?: Broadcast;
  /** The processes of the fleet. Absent where there is one process, or the others are not known. */
  nodes?: Nodes;
  /** How the processes of the fleet reach each other, and what only one may do. Absent: each process writes every room. */
  calls?: FleetCalls | undefined;
  leases?: Leases | undefined;
  /** Reservations of model calls that all processes share. Absent: this process has its own. */
  reservations?: Reservations | undefined;
  /** Counts that all processes share. Absent: this process has its own. */
  limits?: Limits | undefined;
  /** Long results of tools. Absent: only their beginnings are kept. */
  blobs?: Blobs;
  /** Cuts the secrets of this installation out of what agents did. Absent: those known by their form alone. */
  cutSecrets?: CutSecrets;
  openAgentRuntimes: OpenAgentRuntimes;
  clock: Clock;
  ids: Ids;
  logger: Logger;
}

export interface RoomSettings {
  /** This process' name; the same over restarts. */
  node: string;
  /** Id of this life of the process; made where it is absent. */
  instance?: string;
  /** True where only one process can hold the data; false: others may write to the same log. */
  onlyNode: boolean;
  /** An agent that says nothing for so long in a turn is interrupted. */
  turnIdleMs: number;
  /** Rooms kept in memory while nothing is written to them. Default 1,000. */
  maxRooms?: number;
  /** Highest format of the log this process knows. Default that of this version. */
  knownFormat?: number;
  /** Parley's version. Processes of another version are not asked to decide. Default none. */
  version?: string;
  /** Bounds on files that agents send. Absent: the defaults. */
  fileCaps?: Pick<UploadCaps, "maxFileBytes" | "maxRoomBytes"> | undefined;
  /** Limits of spending beyond those of rooms and agents. Default none. */
  spendingLimits?: InstallationLimits;
}

/** Rooms and the agents in them. */
export interface RoomParts {
  rooms: RoomService;
  runtime: Runtime;
  agentRuntimes: AgentRuntimes;
  ledger: SpendingLedger;
  holds: SpendingHolds;
  /** Files that messages carry. */
  files: RoomFiles;
  /** The work folders of all agents. */
  workFolders: WorkFolders;
  /** Takes no more commands from other processes, and releases the leases of the rooms this process writes. */
  stopSharing(): Promise<void>;
}

const nothingToSweep: SandboxSweep = { start: () => {}, stop: () => {}, removeHomesOf: async () => 0 };

/** Agents that run in no sandbox: they leave nothing behind and read no files. */
export function withoutSandboxes(
  runtimes: Readonly<Record<string, Agents>>,
  { idleStopMs, workspaces }: { idleStopMs?: Readonly<Record<string, number>>; workspaces?: Workspaces } = {},
): AgentRuntimes {
  return {
    runtimes,
    checks: {},
    ...(idleStopMs && { idleStopMs }),
    ...(workspaces && { workspaces }),
    sweep: nothingToSweep,
    stop: async () => {},
  };
}

/** Work folders without the secrets that are known; other processes of the fleet ask for those of this one. */
function workFoldersOf(
  {
    calls,
    cutSecrets = (text) => cutSecretForms(text),
  }: Pick<RoomPorts, "cutSecrets"> & { calls?: RoutedCalls | undefined },
  { node, version = "" }: RoomSettings,
  { rooms, agentRuntimes: { workspaces } }: Pick<RoomParts, "rooms" | "agentRuntimes">,
): WorkFolders {
  const own = workspaces && cutWorkspaces(workspaces, cutSecrets);
  const folders = createWorkFolders({ rooms, own, node, calls, parley: version });
  calls?.answerFirst((_from, request) => folders.answer(request));
  return folders;
}

/** The smallest part that works: rooms, then the agent runtimes on them, then what runs the agents. Nothing runs before `runtime.start`. */
export function assembleRooms(
  ports: RoomPorts,
  settings: RoomSettings,
  {
    onEgressEnd = () => {},
    onCapReached = () => {},
    onHanded,
  }: Partial<Pick<RuntimeSurroundings, "onEgressEnd" | "onCapReached">> & Pick<FleetRooms, "onHanded"> = {},
): RoomParts {
  const { eventLog, snapshots, wakeups, broadcast, nodes, leases, clock, ids, logger } = ports;
  const { node, instance = ids.next(), onlyNode, turnIdleMs, maxRooms, knownFormat, version = "" } = settings;
  const calls = ports.calls && routeCalls(ports.calls);
  const { rooms, cache, stopSharing } = createNodeRooms({
    eventLog,
    snapshots,
    wakeups,
    clock,
    ids,
    logger,
    node,
    onlyNode,
    nodes,
    knownFormat,
    maxRooms,
    ...(!onlyNode && calls && leases && { fleet: { calls, leases, parley: version, onHanded } }),
  });
  const { spendingLimits = { installation: {}, person: {} } } = settings;
  const ledger = createSpendingLedger({ eventLog, snapshots, clock, ids, isShared: !onlyNode });
  const holds = createSpendingHolds({ rooms, eventLog, ledger, limits: spendingLimits, clock, logger });
  const { reservations, limits } = ports;
  const spending = { reservations, limits, ledger, spendingLimits };
  const agentRuntimes = ports.openAgentRuntimes({ rooms, onEgressEnd, onCapReached, ...spending, onlyNode, ids });
  const { runtimes, idleStopMs, placeFiles } = agentRuntimes;
  const files = createRoomFiles({ eventLog, turns: createTurnTaking() });
  const served = { ...ports, calls: onlyNode ? undefined : calls };
  const workFolders = workFoldersOf(served, settings, { rooms, agentRuntimes });
  const runtime = createRuntime({
    rooms,
    cache,
    eventLog,
    snapshots,
    wakeups,
    broadcast,
    runtimes,
    clock,
    ids,
    logger,
    node,
    instance,
    onlyNode,
    turnIdleMs,
    idleStopMs,
    placeFiles,
    blobs: ports.blobs,
    readFiles: workFilesOf({ ...ports, ...settings, workspaces: agentRuntimes.workspaces, files }),
    cutSecrets: ports.cutSecrets,
    isSpendingHeld: holds.isHeld,
  });
  return { rooms, runtime, agentRuntimes, ledger, holds, files, workFolders, stopSharing };
}

interface WorkFileParts extends Pick<RoomPorts, "blobs" | "logger">, Pick<RoomSettings, "fileCaps"> {
  files: RoomFiles;
  workspaces: Workspaces | undefined;
}

/** Attaches files of work folders to messages, where there are such folders and a place to keep files. */
function workFilesOf({ blobs, workspaces, files, logger, fileCaps }: WorkFileParts): ReadWorkFiles | undefined {
  return blobs && workspaces && createWorkFiles({ blobs, workspaces, files, logger, ...fileCaps });
}
