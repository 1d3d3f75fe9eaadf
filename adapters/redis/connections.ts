import { Redis } from "ioredis";
import type { Logger } from "../../src/ports/logger.js";

/** The connections of one process. None of them blocks: a call that must not wait fails at once. */
export interface Connections {
  /** For commands: no queue while it is away, one second a command. */
  commands: Redis;
  /** For workers, which wait for ever. */
  workers: Redis;
  /** For listening. */
  listener: Redis;
  close(): Promise<void>;
}

const commandTimeoutMs = 1_000;
const maxReconnectMs = 1_000;
const quitWithinMs = 500;

const retryStrategy = (tries: number): number => Math.min(50 * 2 ** Math.min(tries, 6), maxReconnectMs);

export function openConnections({ url, logger }: { url: string; logger: Logger }): Connections {
  const common = { retryStrategy, connectTimeout: 2_000, keepAlive: 5_000 };
  const commands = new Redis(url, {
    ...common,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: commandTimeoutMs,
  });
  const workers = new Redis(url, { ...common, maxRetriesPerRequest: null });
  const listener = new Redis(url, { ...common, maxRetriesPerRequest: null });
  for (const connection of [commands, workers, listener])
    connection.on("error", (error) => logger.debug({ error }, "a connection to Redis failed; it is made again"));

  return {
    commands,
    workers,
    listener,
    close: async () => {
      await Promise.all([commands, workers, listener].map(end));
    },
  };
}

async function end(connection: Redis): Promise<void> {
  const late = new Promise<void>((resolve) => setTimeout(resolve, quitWithinMs).unref());
  await Promise.race([connection.quit().catch(() => {}), late]);
  connection.disconnect();
}

/** Resolves when the connection can be used, or after `withinMs`: an unreachable Redis does not block the start. */
export async function untilReady(connection: Redis, withinMs: number): Promise<void> {
  if (connection.status === "ready") return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, withinMs);
    connection.once("ready", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
