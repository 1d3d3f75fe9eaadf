import { createFunctionAgents } from "../../adapters/memory/agents.js";
import { createMemoryEventLog, type MemoryEventLog } from "../../adapters/memory/event-log.js";
import { createRandomIds } from "../../adapters/memory/ids.js";
import { createMemoryLimits } from "../../adapters/memory/limits.js";
import { createMemoryLogger } from "../../adapters/memory/logger.js";
import { createMemoryReservations } from "../../adapters/memory/reservations.js";
import { createSystemClock } from "../../adapters/memory/system-clock.js";
import { createMemoryTickets } from "../../adapters/memory/tickets.js";
import { createMemoryWakeups } from "../../adapters/memory/wakeups.js";
import { openRedis, type RedisParts } from "../../adapters/redis/open-redis.js";
import type { Command, CreateRoom } from "../../src/core/room/command.js";
import type { RoomEvent } from "../../src/core/room/event.js";
import { type Runtime, sha256 } from "../../src/runtime/node/runtime.js";
import { assembleMemoryRooms } from "./memory-parts.js";
import type { Behaviours } from "./runtime-fixture.js";

/** One process of a fleet, as far as rooms go. */
export interface FleetNode {
  readonly name: string;
  runtime: Runtime;
  redis: RedisParts;
  /** In good order. */
  stop(): Promise<void>;
}

/** Processes that share a log and a Redis, in one process; each has its own memory. */
export interface FleetFixture {
  log: MemoryEventLog;
  /** `runtimes`: the runtimes it can host; default `function`. */
  open(name: string, options?: { runtimes?: string[] }): Promise<FleetNode>;
  makeRoom(node: FleetNode, room?: Partial<CreateRoom>): Promise<void>;
  say(node: FleetNode, body: string, to: string[]): Promise<{ version: number }>;
  events(): Promise<RoomEvent[]>;
  /** The texts each agent was given, and on which node. */
  handed: { node: string; agent: string; text: string }[];
  close(): Promise<void>;
}

export const fleetRoomId = "fleetroom";

export function createFleetFixture(options: { redisUrl: string; agents: Behaviours }): FleetFixture {
  const clock = createSystemClock();
  const ids = createRandomIds();
  const log = createMemoryEventLog();
  const prefix = `fleet-${ids.next()}`;
  const handed: FleetFixture["handed"] = [];
  const nodes = new Set<FleetNode>();

  async function open(name: string, { runtimes = ["function"] } = {}): Promise<FleetNode> {
    const logger = createMemoryLogger({ maxRecords: 100 });
    const instance = ids.next();
    const agents = createFunctionAgents({
      behave: (input, tools) => {
        handed.push({ node: name, agent: tools.spec.name, text: input.text });
        return options.agents[tools.spec.name]?.(input, tools);
      },
      sha256,
    });
    const redis = await openRedis({
      url: options.redisUrl,
      prefix,
      info: { name, runtimes },
      instance,
      process: { host: "this", pid: process.pid },
      workers: 8,
      own: {
        wakeups: createMemoryWakeups({ clock, log: logger }),
        limits: createMemoryLimits({ clock }),
        tickets: createMemoryTickets({ clock }),
        reservations: createMemoryReservations(),
      },
      clock,
      logger,
    });
    const leave = await redis.nodes.join();
    const { runtime } = assembleMemoryRooms({
      eventLog: log,
      wakeups: redis.wakeups,
      broadcast: redis.broadcast,
      runtimes: Object.fromEntries(runtimes.map((runtimeName) => [runtimeName, agents])),
      clock,
      ids,
      logger,
      node: name,
      instance,
      onlyNode: false,
    });
    redis.nodes.onGone(runtime.nodeGone);
    runtime.start();
    const node: FleetNode = {
      name,
      runtime,
      redis,
      stop: async () => {
        if (!nodes.delete(node)) return;
        await runtime.stop();
        await leave();
        await redis.close();
      },
    };
    nodes.add(node);
    return node;
  }

  async function accepted(node: FleetNode, command: Command): Promise<{ version: number }> {
    const executed = await node.runtime.rooms.execute(fleetRoomId, command);
    if (executed.kind !== "accepted") throw new Error(JSON.stringify(executed));
    return executed;
  }

  return {
    log,
    open,
    handed,
    makeRoom: async (node, room) => {
      const names = Object.keys(options.agents);
      await accepted(node, {
        type: "room.create",
        by: { kind: "admin" },
        name: "fleet",
        owner: "mia",
        agents: names.map((name) => ({ name, role: "agent", runtime: "function" })),
        policy: { loopGuard: false },
        invites: [],
        ...room,
      });
    },
    say: (node, body, to) =>
      accepted(node, { type: "message.post", by: { kind: "person", name: "mia" }, messageId: ids.next(), body, to }),
    events: async () => {
      const found: RoomEvent[] = [];
      for (let after = 0; ; ) {
        const entries = await log.read(`room/${fleetRoomId}`, { after });
        for (const entry of entries) {
          after = entry.version ?? after;
          if (entry.kind === "commit") found.push(...(entry.commit.events as RoomEvent[]));
        }
        if (entries.length === 0) return found;
      }
    },
    close: async () => {
      for (const node of [...nodes]) await node.stop();
    },
  };
}
