import type { Clock } from "../../ports/clock.js";
import type { Lease, Leases } from "../../ports/leases.js";
import type { Logger } from "../../ports/logger.js";

/** A connection that only one process of a fleet may have: whoever holds its lease. */
export interface HeldConnection {
  /** Who has it: this process, another of that name, or nobody knows. */
  holder(): "here" | { node: string } | undefined;
  stop(): Promise<void>;
}

/** Extended this often; it runs out after five times as long. */
const extendMs = 2_000;

/** Connects while this process holds the lease `name`, disconnects when it holds it no more, and tries again. */
export async function holdConnection(options: {
  name: string;
  leases: Leases;
  clock: Clock;
  logger: Logger;
  connect: () => Promise<() => Promise<void>>;
}): Promise<HeldConnection> {
  const { name, leases, clock, logger } = options;
  let connected: { lease: Lease; disconnect: () => Promise<void> } | undefined;
  let elsewhere: string | undefined;
  let isStopped = false;
  let cancel = () => {};
  let step: Promise<void> = Promise.resolve();

  async function look(): Promise<void> {
    const answer = await leases.take(name);
    elsewhere = answer.kind === "elsewhere" ? answer.node : undefined;
    const lease = answer.kind === "held" ? answer.lease : undefined;
    if (connected && connected.lease !== lease) await disconnect();
    if (!lease || connected || isStopped) return;
    logger.info({ connection: name }, "this process has the connection now");
    connected = { lease, disconnect: await options.connect() };
  }

  async function disconnect(): Promise<void> {
    const held = connected;
    connected = undefined;
    await held?.disconnect();
  }

  function again(): void {
    step = look()
      .catch((error: unknown) => logger.warn({ connection: name, error }, "a connection failed; it is tried again"))
      .finally(() => {
        if (!isStopped) cancel = clock.after(extendMs, again);
      });
  }

  again();
  await step;
  return {
    holder: () => (connected ? "here" : elsewhere === undefined ? undefined : { node: elsewhere }),
    stop: async () => {
      isStopped = true;
      cancel();
      await step;
      const { lease } = connected ?? {};
      await disconnect();
      await lease?.release();
    },
  };
}
