import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHttpFleetCalls } from "../../adapters/fleet-http/fleet-calls.js";
import { openLmdb } from "../../adapters/lmdb/open-lmdb.js";
import { type AgentTools, createFunctionAgents } from "../../adapters/memory/agents.js";
import { createRandomIds } from "../../adapters/memory/ids.js";
import { createMemoryLimits } from "../../adapters/memory/limits.js";
import { createMemoryLogger } from "../../adapters/memory/logger.js";
import { createMemoryReservations } from "../../adapters/memory/reservations.js";
import { createSystemClock } from "../../adapters/memory/system-clock.js";
import { createMemoryTickets } from "../../adapters/memory/tickets.js";
import { createMemoryWakeups } from "../../adapters/memory/wakeups.js";
import { openRedis } from "../../adapters/redis/open-redis.js";
import type { AgentInput } from "../../src/ports/agents.js";
import type { Clock } from "../../src/ports/clock.js";
import type { EventLog } from "../../src/ports/event-log.js";
import type { Logger } from "../../src/ports/logger.js";
import { type Runtime, sha256 } from "../../src/runtime/node/runtime.js";
import { assembleMemoryRooms } from "../support/memory-parts.js";
import { serveMount } from "../support/mount-server.js";
import { type LogServer, openFleetLog } from "./fleet-log.js";

/** The runtime as a server has it, on LMDB in a folder of its own, with agents that are plain functions. */
export interface BenchRuntime {
  runtime: Runtime;
  eventLog: EventLog;
  dir: string;
  close(): Promise<void>;
}

/** The shared parts of several processes, and which of them this is. Its agents' runtime has its name. */
export interface FleetPlace {
  redisUrl: string;
  log: Pick<LogServer, "kind" | "url">;
  /** Before the names of streams and keys. */
  prefix: string;
  node: string;
}

export async function openBenchRuntime(
  behave: (input: AgentInput, tools: AgentTools) => void,
  options: { dir?: string; maxRooms?: number; fleet?: FleetPlace } = {},
): Promise<BenchRuntime> {
  const { fleet } = options;
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), "parley-bench-")));
  const clock = createSystemClock();
  const logger = createMemoryLogger({ maxRecords: 100 });
  const lmdb = await openLmdb({ dir, log: logger });
  const shared = fleet && (await openShared({ fleet, dir, clock, logger }));
  const eventLog = shared?.eventLog ?? lmdb.eventLog;
  const { runtime } = assembleMemoryRooms({
    eventLog,
    snapshots: lmdb.snapshots,
    wakeups: shared?.redis.wakeups ?? createMemoryWakeups({ clock, log: logger }),
    ...(shared && { broadcast: shared.redis.broadcast, calls: shared.calls, leases: shared.redis.leases }),
    runtimes: { [fleet?.node ?? "function"]: createFunctionAgents({ behave, sha256 }) },
    clock,
    ids: createRandomIds(),
    logger,
    node: fleet?.node ?? "bench",
    onlyNode: fleet === undefined,
    ...(options.maxRooms !== undefined && { maxRooms: options.maxRooms }),
  });
  runtime.start();
  return {
    runtime,
    eventLog,
    dir,
    close: async () => {
      await runtime.stop();
      await shared?.close();
      await lmdb.close();
      if (options.dir === undefined) await rm(dir, { recursive: true, force: true });
    },
  };
}

async function openShared(options: { fleet: FleetPlace; dir: string; clock: Clock; logger: Logger }) {
  const { fleet, dir, clock, logger } = options;
  const { redisUrl, prefix, node } = fleet;
  const { eventLog, hear, close } = await openFleetLog(fleet.log, { prefix, dir, clock, logger });
  let server: Awaited<ReturnType<typeof serveMount>> | undefined;
  const ownUrl = () => server?.url;
  const redis = await openRedis({
    url: redisUrl,
    ownUrl,
    prefix,
    info: { name: node, runtimes: [node] },
    instance: createRandomIds().next(),
    process: { host: "bench", pid: process.pid },
    workers: 32,
    own: {
      wakeups: createMemoryWakeups({ clock, log: logger }),
      limits: createMemoryLimits({ clock }),
      tickets: createMemoryTickets({ clock }),
      reservations: createMemoryReservations(),
    },
    clock,
    logger,
  });
  hear(redis.broadcast);
  const calls = createHttpFleetCalls({
    node,
    key: new TextEncoder().encode(prefix),
    ownUrl,
    urlOf: (name) => redis.nodes.present()?.find((one) => one.name === name)?.url,
    clock,
  });
  server = await serveMount(calls.mount.handle);
  const leave = await redis.nodes.join();
  const closeAll = async () => {
    await leave();
    await calls.close();
    await server?.close();
    await redis.close();
    await close();
  };
  return { eventLog, redis, calls, close: closeAll };
}

/** `runtimeOf`: by place; in a fleet the process an agent is to run at. */
export async function makeRoom(
  runtime: Runtime,
  roomId: string,
  agents: readonly string[],
  runtimeOf: (index: number) => string = () => "function",
): Promise<void> {
  const executed = await runtime.rooms.execute(roomId, {
    type: "room.create",
    by: { kind: "admin" },
    name: roomId,
    owner: "mia",
    agents: agents.map((name, index) => ({ name, role: "agent", runtime: runtimeOf(index) })),
    policy: { loopGuard: false },
    invites: [],
  });
  if (executed.kind !== "accepted") throw new Error(`room not made: ${JSON.stringify(executed)}`);
}

let posted = 0;

export async function say(
  runtime: Runtime,
  roomId: string,
  { to, body }: { to: string[] | "room"; body: string },
): Promise<void> {
  const messageId = `bench-${posted++}`;
  await runtime.rooms.execute(roomId, {
    type: "message.post",
    by: { kind: "person", name: "mia" },
    messageId,
    body,
    to,
  });
}

/** 300 bytes. */
export const filler = "x".repeat(280);
