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

/** What a node is made of; the composition root chooses the adapters. */
export interface RuntimeOptions {
  eventLog: EventLog;
  snapshots: Snapshots;
  wakeups: Wakeups;
  /** By the name an agent's `runtime` has. */
  runtimes: Readonly<Record<string, Agents>>;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  /** This process' name; the same over restarts. */
  node: string;
  /** True where only one process can hold the data: it then ends lost turns of every node. */
  onlyNode: boolean;
  /** How the processes of a fleet hear each other; absent where there is only one. */
  broadcast?: Broadcast;
  turnIdleMs: number;
  /** By runtime: how long an agent without a turn keeps its process. */
  idleStopMs?: Readonly<Record<string, number>> | undefined;
  placeFiles?: PlaceFiles | undefined;
  maxRooms?: number;
  /** Id of this life of the node; made where it is absent. */
  instance?: string;
}

export interface Runtime {
  rooms: RoomService;
  activity: ActivityHub;
  agents: AgentPool;
  cache: RoomCache;
  sweep: Sweep;
  /** Id of this life of the node. */
  instance: string;
  /** A node of the fleet is gone: what its agents were doing is shown no more. */
  nodeGone(node: string): void;
  /** Readers start to work. */
  start(): void;
  /**
   * Readers stop, agents are closed, everything gathered is written. Open turns are delivered again at the next start, or taken up: gives how many agents
   * run on for that.
   */
  stop(): Promise<number>;
}

/** SHA-256 hex of a text's UTF-8. */
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
