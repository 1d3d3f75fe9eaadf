import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ParleyProcess, startParley } from "./parley-process.js";
import { type PostgresServer, startPostgres } from "./postgres.js";
import { type RedisServer, startRedis } from "./redis-server.js";
import { type StreamServerProcess, startStreamServer } from "./stream-server.js";

/** Real processes that serve the same rooms: a Redis of their own, everything on this machine. */
export interface FleetProcesses {
  readonly redis: RedisServer;
  /** Starts or restarts the process of that name. A worker does not serve people and has no url. */
  start(name: string, options?: { worker?: boolean; env?: Record<string, string> }): Promise<ParleyProcess>;
  stop(): Promise<void>;
}

/** Their rooms are on a stream server of their own. */
export interface Fleet extends FleetProcesses {
  readonly streams: StreamServerProcess;
}

/** Their rooms are in a PostgreSQL of their own. */
export interface PostgresFleet extends FleetProcesses {
  readonly postgres: PostgresServer;
}

export async function openFleet(): Promise<Fleet> {
  const streams = await startStreamServer();
  const fleet = await openProcesses({ env: { DURABLE_STREAMS_URL: streams.url }, stopLog: streams.stop });
  return { ...fleet, streams };
}

export async function openPostgresFleet(): Promise<PostgresFleet> {
  const postgres = await startPostgres();
  const fleet = await openProcesses({ env: { DATABASE_URL: postgres.url }, stopLog: postgres.stop });
  return { ...fleet, postgres };
}

async function openProcesses(log: {
  env: Record<string, string>;
  stopLog: () => Promise<void>;
}): Promise<FleetProcesses> {
  const folder = await mkdtemp(join(tmpdir(), "parley-fleet-"));
  const redis = await startRedis();
  const processes: ParleyProcess[] = [];

  return {
    redis,
    async start(name, { worker = false, env = {} } = {}) {
      const started = await startParley({
        dataDir: join(folder, name),
        deadlineMs: 180_000,
        program: ["dist/src/main.js", worker ? "worker" : "up"],
        env: {
          REDIS_URL: redis.url,
          ...log.env,
          PARLEY_SECRET: "a secret that all processes share",
          PARLEY_NODE_NAME: name,
          PARLEY_SANDBOX: "none",
          ...env,
        },
      });
      processes.push(started);
      return started;
    },
    async stop() {
      for (const { kill } of processes) await kill("SIGKILL");
      await redis.signal("SIGCONT");
      await redis.stop();
      await log.stopLog();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
