import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ParleyProcess, startParley } from "./parley-process.js";
import { type RedisServer, startRedis } from "./redis-server.js";
import { type StreamServerProcess, startStreamServer } from "./stream-server.js";

/** Real processes that serve the same rooms: a Redis and a stream server of their own, everything on this machine. */
export interface Fleet {
  readonly redis: RedisServer;
  readonly streams: StreamServerProcess;
  /** Starts or restarts the process of that name. A worker does not serve people and has no url. */
  start(name: string, options?: { worker?: boolean; env?: Record<string, string> }): Promise<ParleyProcess>;
  stop(): Promise<void>;
}

export async function openFleet(): Promise<Fleet> {
  const folder = await mkdtemp(join(tmpdir(), "parley-fleet-"));
  const redis = await startRedis();
  const streams = await startStreamServer();
  const processes: ParleyProcess[] = [];

  return {
    redis,
    streams,
    async start(name, { worker = false, env = {} } = {}) {
      const started = await startParley({
        dataDir: join(folder, name),
        deadlineMs: 60_000,
        program: ["dist/src/main.js", worker ? "worker" : "up"],
        env: {
          REDIS_URL: redis.url,
          DURABLE_STREAMS_URL: streams.url,
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
      await streams.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
