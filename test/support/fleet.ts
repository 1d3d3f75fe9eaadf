import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LogServer, startLogServer } from "./log-server.js";
import { type ParleyProcess, startParley } from "./parley-process.js";
import { type RedisServer, startRedis } from "./redis-server.js";

/** Real processes that serve the same rooms: a Redis and a log of their own, everything on this machine. */
export interface Fleet {
  readonly redis: RedisServer;
  readonly log: LogServer;
  /** Starts the process of that name, also again. A worker answers nobody and has no url. */
  start(name: string, options?: { worker?: boolean; env?: Record<string, string> }): Promise<ParleyProcess>;
  stop(): Promise<void>;
}

export async function openFleet(): Promise<Fleet> {
  const folder = await mkdtemp(join(tmpdir(), "parley-fleet-"));
  const redis = await startRedis();
  const log = await startLogServer();
  const processes: ParleyProcess[] = [];

  return {
    redis,
    log,
    async start(name, { worker = false, env = {} } = {}) {
      const started = await startParley({
        dataDir: join(folder, name),
        deadlineMs: 60_000,
        program: ["--import", "tsx", "test/support/fleet-node.ts", worker ? "worker" : "up"],
        env: {
          REDIS_URL: redis.url,
          DURABLE_STREAMS_URL: log.url,
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
      await log.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
