import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { freePort } from "./free-port.js";
import { until } from "./until.js";

/** A real Redis of a test's own: a free port, a temporary folder, killed and started again as the test likes. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** SIGSTOP freezes it, SIGCONT thaws it, SIGKILL ends it. */
  signal(signal: "SIGSTOP" | "SIGCONT" | "SIGKILL"): Promise<void>;
  /** On the same port and folder. */
  start(): Promise<void>;
  command(...words: string[]): Promise<unknown>;
  stop(): Promise<void>;
}

export async function startRedis({ appendOnly = true }: { appendOnly?: boolean } = {}): Promise<RedisServer> {
  const dir = await mkdtemp(join(tmpdir(), "parley-redis-"));
  const port = await freePort();
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const settings = ["--port", String(port), "--bind", "127.0.0.1", "--dir", dir, "--save", ""];
    const aof = appendOnly ? ["--appendonly", "yes", "--appendfsync", "everysec"] : ["--appendonly", "no"];
    child = spawn("redis-server", [...settings, ...aof], { stdio: "ignore" });
    await until(
      "redis answers",
      () =>
        command("PING").then(
          (answer) => answer === "PONG",
          () => false,
        ),
      20_000,
    );
  }

  async function command(...words: string[]): Promise<unknown> {
    const client = new Redis({ port, host: "127.0.0.1", lazyConnect: true, retryStrategy: () => null });
    client.on("error", () => {});
    try {
      await client.connect();
      return await client.call(words[0] ?? "PING", ...words.slice(1));
    } finally {
      client.disconnect();
    }
  }

  async function signal(name: "SIGSTOP" | "SIGCONT" | "SIGKILL"): Promise<void> {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = name === "SIGKILL" ? once(child, "exit") : undefined;
    child.kill(name);
    await ended;
  }

  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    signal,
    start,
    command,
    stop: async () => {
      await signal("SIGKILL");
      await rm(dir, { recursive: true, force: true });
    },
  };
}
