import type { Clock } from "../../ports/clock.js";
import type { Lease, Leases } from "../../ports/leases.js";
import type { Logger } from "../../ports/logger.js";

/** A connection that only the lease holder in a fleet may open. */
export interface HeldConnection {
  /** The holder: this process, another node, or undefined if unknown. */
  holder(): "here" | { node: string } | undefined;
  stop(): Promise<void>;
}

/** Interval between lease extensions. The lease expires after five intervals. */
const extendMs = 2_000;

/** Connects while this process holds the lease `name`, disconnects when it loses the lease, and tries every 2 s to get it back. Failures are logged and retried. */
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

  async function followLease(): Promise<void> {
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

  function scheduleNext(): void {
    step = followLease()
      .catch((error: unknown) => logger.warn({ connection: name, error }, "a connection failed; it is tried again"))
      .finally(() => {
        if (!isStopped) cancel = clock.after(extendMs, scheduleNext);
      });
  }

  scheduleNext();
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
