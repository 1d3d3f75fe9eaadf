import { createHash } from "node:crypto";
import { agentReader } from "../../core/room/react.js";
import type { PlaceFiles } from "../../ports/agent-files.js";
import type { Agents } from "../../ports/agents.js";
import type { Broadcast } from "../../ports/broadcast.js";
import type { Clock } from "../../ports/clock.js";
import type { EventLog } from "../../ports/event-log.js";
import type { Ids } from "../../ports/ids.js";
import type { Logger } from "../../ports/logger.js";
import type { Snapshots } from "../../ports/snapshots.js";
import type { Wakeups } from "../../ports/wakeups.js";
import { createAgentJournal } from "../agents/journal.js";
import { createMailbox } from "../agents/mailbox.js";
import { type AgentPool, createAgentPool } from "../agents/pool.js";
import { type ActivityHub, createActivityHub } from "../presence/activity.js";
import { createSharedActivity } from "../presence/shared-activity.js";
import { createRoomCache, type RoomCache } from "../rooms/cache.js";
import { homePool, inFleet, onOneProcess, runtimePool } from "../rooms/placement.js";
import { createRoomService, type RoomService } from "../rooms/service.js";
import { createSweep, type Sweep } from "../rooms/sweep.js";
import { createTimer } from "../rooms/timer.js";

/** Parts of a node; the composition root chooses the adapters. */
export interface RuntimeOptions {
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
  /** True if only one process can hold the data; it then ends lost turns of every node. */
  onlyNode: boolean;
  /** Pub/sub between the processes of a fleet; absent for a single process. */
  broadcast?: Broadcast;
  turnIdleMs: number;
  /** By runtime: idle time after which an agent's process ends, in ms. */
  idleStopMs?: Readonly<Record<string, number>> | undefined;
  placeFiles?: PlaceFiles | undefined;
  maxRooms?: number;
  /** Instance id of this start of the node. Default: a new id. */
  instance?: string;
}

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

export function createRuntime(options: RuntimeOptions): Runtime {
  const { eventLog, snapshots, wakeups, clock, ids, logger, node } = options;
  const { instance = ids.next() } = options;
  const isShared = !options.onlyNode;
  const poolOf = isShared ? inFleet : onOneProcess;
  const shown = createSharedActivity({ ...options, hub: createActivityHub(), rooms: () => rooms });
  const { activity } = shown;
  const cache = createRoomCache({
    eventLog,
    snapshots,
    logger,
    ...(options.maxRooms !== undefined && { maxRooms: options.maxRooms }),
  });
  const rooms: RoomService = createRoomService({
    eventLog,
    snapshots,
    wakeups,
    clock,
    ids,
    logger,
    cache,
    sha256,
    poolOf,
    isShared,
  });
  const journal = createAgentJournal({ eventLog, clock, ids, logger });
  const wake = (roomId: string, name: string, delayMs?: number) => {
    wakeups.wake(
      agentReader(roomId, name, isShared ? homePool(node) : undefined),
      delayMs === undefined ? {} : { delayMs },
    );
  };
  const agents = createAgentPool({ ...options, rooms, journal, activity, sha256, instance, wake });
  const mailbox = createMailbox({
    rooms,
    runnerOf: agents.runnerOf,
    knownRunner: agents.known,
    removeAgent: agents.removeAgent,
    wakeAt: (home, roomId, name) => wakeups.wake(agentReader(roomId, name, homePool(home))),
    newTurnId: () => ids.next(),
    sha256,
    placeFiles: options.placeFiles,
    canTakeOver: (runtime) => options.runtimes[runtime]?.takeOver !== undefined,
    node,
    instance,
    onlyNode: options.onlyNode,
  });
  const sweep = createSweep({ eventLog, snapshots, wakeups, rooms, clock, logger, poolOf });
  const timer = createTimer({ rooms, wakeups, clock });
  const running: (() => Promise<void>)[] = [];

  return {
    rooms,
    activity,
    agents,
    cache,
    sweep,
    instance,
    nodeGone: shown.nodeGone,
    start: () => {
      const pools = isShared ? [homePool(node), ...Object.keys(options.runtimes).map(runtimePool)] : ["agent"];
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
