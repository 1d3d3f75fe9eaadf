import { createHash } from "node:crypto";
import { agentReader } from "../../core/room/react.js";
import type { PlaceFiles } from "../../ports/agent-files.js";
import type { Agents } from "../../ports/agents.js";
import type { Broadcast } from "../../ports/broadcast.js";
import type { Clock } from "../../ports/clock.js";
import type { EventLog } from "../../ports/event-log.js";
import type { FleetCalls } from "../../ports/fleet-calls.js";
import type { Ids } from "../../ports/ids.js";
import type { Leases } from "../../ports/leases.js";
import type { Logger } from "../../ports/logger.js";
import type { Nodes } from "../../ports/nodes.js";
import type { Snapshots } from "../../ports/snapshots.js";
import type { Wakeups } from "../../ports/wakeups.js";
import { type BegunTools, createBegunTools } from "../agents/begun-tools.js";
import { type AgentJournal, createAgentJournal } from "../agents/journal.js";
import type { OutputKeeperOptions } from "../agents/kept-output.js";
import { createMailbox } from "../agents/mailbox.js";
import { type AgentPool, createAgentPool } from "../agents/pool.js";
import { type ActivityHub, createActivityHub } from "../presence/activity.js";
import { createSharedActivity } from "../presence/shared-activity.js";
import { createRoomCache, type RoomCache } from "../rooms/cache.js";
import { createLogFormat } from "../rooms/format.js";
import type { HandedOutcome } from "../rooms/hand-to-holder.js";
import { homePool, inFleet, onOneProcess, type PoolOf, runtimePool } from "../rooms/placement.js";
import { createRoomService, type RoomService } from "../rooms/service.js";
import { createSharedWriting } from "../rooms/share-writing.js";
import { createSweep, type Sweep } from "../rooms/sweep.js";
import { createTimer } from "../rooms/timer.js";

/** One writer per room among several processes. */
export interface FleetRooms {
  calls: FleetCalls;
  leases: Leases;
  /** Parley's version. */
  parley: string;
  /** Told how each command ended that was handed to another process. */
  onHanded?: ((outcome: HandedOutcome) => void) | undefined;
}

/** Dependencies of a node's rooms. */
export interface NodeRoomsOptions {
  eventLog: EventLog;
  snapshots: Snapshots;
  wakeups: Wakeups;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  /** True where only one process can hold the data; false: rooms in memory may be behind the log. */
  onlyNode: boolean;
  /** Name of this process; the same over restarts. */
  node: string;
  /** The processes of the fleet, and the highest format of the log this one knows (default that of this version). */
  nodes?: Nodes | undefined;
  knownFormat?: number | undefined;
  /** Rooms kept in memory while nothing is written to them. Default 1,000. */
  maxRooms?: number | undefined;
  /** How the processes of a fleet reach each other, and what gives one of them a room to write. Absent: each process writes every room. */
  fleet?: FleetRooms | undefined;
}

/** The rooms as this node serves them. Agents are not part of it: they are opened on these rooms. */
export interface NodeRooms {
  rooms: RoomService;
  cache: RoomCache;
  /** Takes no more commands from other processes, and releases the leases of the rooms this process writes. */
  stopSharing(): Promise<void>;
}

/** Dependencies for running agents in a node's rooms. */
export interface RuntimeOptions extends OutputKeeperOptions {
  rooms: RoomService;
  cache: RoomCache;
  eventLog: EventLog;
  snapshots: Snapshots;
  wakeups: Wakeups;
  /** Keyed by an agent's `runtime`. */
  runtimes: Readonly<Record<string, Agents>>;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  /** Name of this process, stable across restarts. */
  node: string;
  /** Id of this life of the node. */
  instance: string;
  /** True where only one process can hold the data: it then ends lost turns of every node. */
  onlyNode: boolean;
  /** The bus between the processes of a fleet; absent if there is only one. */
  broadcast?: Broadcast | undefined;
  turnIdleMs: number;
  /** By runtime: idle time after which an agent's process ends, in ms. */
  idleStopMs?: Readonly<Record<string, number>> | undefined;
  placeFiles?: PlaceFiles | undefined;
  /** As in `MailboxOptions`. */
  isSpendingHeld: (roomId: string) => Promise<boolean>;
}

/** Readers of a node at work: agents, timers and the sweep. */
export interface Runtime {
  rooms: RoomService;
  activity: ActivityHub;
  agents: AgentPool;
  cache: RoomCache;
  sweep: Sweep;
  /** Instance id of this start of the node. */
  instance: string;
  /** Removes the shown activity of a node that has left the fleet. */
  nodeGone(node: string): void;
  /** Starts the readers. */
  start(): void;
  /**
   * Stops readers, closes agents and flushes buffers. Open turns are redelivered at the next start or taken over. Resolves to the number of
   * agents left running for that.
   */
  stop(): Promise<number>;
}

/** Hex SHA-256 of a text in UTF-8. */
export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

const poolsOf = ({ onlyNode }: { onlyNode: boolean }): PoolOf => (onlyNode ? onOneProcess : inFleet);

/** The rooms of a log, folded in memory as they are asked for. */
export function createNodeRooms(options: NodeRoomsOptions): NodeRooms {
  const { eventLog, snapshots, wakeups, clock, ids, logger, node, onlyNode, nodes, knownFormat, maxRooms } = options;
  const cache = createRoomCache({ eventLog, snapshots, logger, ...(maxRooms !== undefined && { maxRooms }) });
  const { fleet } = options;
  const shared = fleet && createSharedWriting({ ...fleet, wakeups, cache, node, clock, ids });
  const rooms = createRoomService({
    eventLog,
    snapshots,
    wakeups,
    clock,
    ids,
    logger,
    cache,
    sha256,
    poolOf: poolsOf(options),
    isShared: !onlyNode,
    format: createLogFormat({ eventLog, clock, ids, node, onlyNode, nodes, known: knownFormat }),
    shareWriting: shared?.share,
    wakeAgents: shared?.wakeAgents,
  });
  return { rooms, cache, stopSharing: async () => shared?.stop() };
}

/** Agents, timers and the sweep over a node's rooms. Nothing of it runs before `start`. */
export function createRuntime(options: RuntimeOptions): Runtime {
  const { rooms, cache, eventLog, snapshots, wakeups, broadcast, clock, ids, logger, node, instance, onlyNode } =
    options;
  const shown = createSharedActivity({
    hub: createActivityHub(),
    ...(broadcast && { broadcast }),
    rooms,
    clock,
    logger,
    node,
  });
  const onLoss = (roomId: string, text: string) => tellRoom(options, roomId, text);
  const journal = createAgentJournal({ eventLog, clock, ids, logger, onLoss });
  const agents = createAgents(options, { journal, activity: shown.activity });
  const sweep = createSweep({ eventLog, snapshots, wakeups, rooms, clock, logger, poolOf: poolsOf(options) });
  const mailbox = createNodeMailbox(options, { agents, begunTools: createBegunTools({ eventLog, journal }) });
  const timer = createTimer({ rooms, wakeups, clock });
  const running: (() => Promise<void>)[] = [];

  return {
    rooms,
    activity: shown.activity,
    agents,
    cache,
    sweep,
    instance,
    nodeGone: shown.nodeGone,
    start: () => {
      const pools = onlyNode ? ["agent"] : [homePool(node), ...Object.keys(options.runtimes).map(runtimePool)];
      for (const pool of pools) running.push(wakeups.work(pool, mailbox));
      running.push(wakeups.work("timer", timer), sweep.start());
    },
    stop: async () => {
      await Promise.all(running.splice(0).map((end) => end()));
      const runOn = await agents.stop();
      shown.stop();
      await journal.flush();
      await cache.flush();
      return runOn;
    },
  };
}

function tellRoom({ rooms, logger }: RuntimeOptions, roomId: string, text: string): void {
  rooms
    .execute(roomId, { type: "notice.post", text, severity: "warning" })
    .catch((error: unknown) => logger.error({ roomId, error }, "a notice could not be stored"));
}

/** The agents at home here. */
function createAgents(
  options: RuntimeOptions,
  { journal, activity }: { journal: AgentJournal; activity: ActivityHub },
): AgentPool {
  const { rooms, wakeups, runtimes, clock, ids, logger, node, instance, onlyNode, turnIdleMs, idleStopMs } = options;
  return createAgentPool({
    blobs: options.blobs,
    cutSecrets: options.cutSecrets,
    rooms,
    runtimes,
    journal,
    activity,
    clock,
    ids,
    logger,
    sha256,
    node,
    instance,
    onlyNode,
    turnIdleMs,
    idleStopMs,
    wake: (roomId, name, delayMs) => {
      const reader = agentReader(roomId, name, onlyNode ? undefined : homePool(node));
      wakeups.wake(reader, delayMs === undefined ? {} : { delayMs });
    },
  });
}

/** Handler of an agent's mailbox. */
function createNodeMailbox(
  options: RuntimeOptions,
  { agents, begunTools }: { agents: AgentPool; begunTools: BegunTools },
): ReturnType<typeof createMailbox> {
  const { rooms, wakeups, runtimes, ids, placeFiles, isSpendingHeld, node, instance, onlyNode } = options;
  return createMailbox({
    rooms,
    runnerOf: agents.runnerOf,
    resumeOutage: agents.resumeOutage,
    knownRunner: agents.known,
    removeAgent: agents.removeAgent,
    wakeAt: (home, roomId, name) => wakeups.wake(agentReader(roomId, name, homePool(home))),
    newTurnId: () => ids.next(),
    sha256,
    placeFiles,
    isSpendingHeld,
    begunTools,
    canTakeOver: (runtime) => runtimes[runtime]?.takeOver !== undefined,
    node,
    instance,
    onlyNode,
  });
}
