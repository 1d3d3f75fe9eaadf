import { outboundReader } from "../../../core/room/react.js";
import type { OutboundLeases } from "./lease.js";
import type { OutboundOptions } from "./options.js";
import type { OutboundThreads } from "./threads.js";

/** Makes up for wake-ups that were lost. */
export interface OverdueThreads {
  /** The thread has shown its room up to this version. */
  seen(mirrorId: string, version: number): void;
  stop(): void;
}

/** Interval after which a lost wake-up is repeated. */
const tickMs = 5_000;
const sweepEveryTicks = 6;
/** Idle threads are unloaded after this. */
const idleMs = 5 * 60_000;

/** Wakes threads that are overdue, and every 30 s those behind their room. */
export function createOverdueThreads(
  options: OutboundOptions,
  { threads, leases }: { threads: OutboundThreads; leases: OutboundLeases },
): OverdueThreads {
  const { clock, wakeups, registry, logger, eventLog, fleet } = options;
  /** Last room version read, by thread. */
  const seen = new Map<string, number>();
  let ticks = 0;
  let cancelTick = clock.after(tickMs, tick);

  function tick(): void {
    cancelTick = clock.after(tickMs, tick);
    ticks += 1;
    for (const [mirrorId, outbound] of threads.live) {
      if (outbound.nextRunAtMs <= clock.monotonicMs()) wakeups.wake(outboundReader(outbound.registered));
      else if (clock.monotonicMs() - outbound.lastRunAtMs > idleMs) threads.unload(mirrorId, outbound);
      else renewLease(mirrorId);
    }
    if (ticks % sweepEveryTicks !== 0) return;
    sweep().catch((error: unknown) => logger.warn({ error }, "rooms could not be compared with their mirrors"));
  }

  /** Renews the lease while active, so the process with warm state keeps it. */
  function renewLease(mirrorId: string): void {
    const outbound = threads.live.get(mirrorId);
    if (!fleet || !outbound) return;
    leases.take(outbound.registered).then(
      (held) => {
        if (held !== outbound.lease && threads.live.get(mirrorId)?.lease === outbound.lease) threads.close(mirrorId);
      },
      () => {},
    );
  }

  async function sweep(): Promise<void> {
    if (fleet) await registry.load();
    const heads = new Map((await eventLog.streams("room/")).map(({ stream, version }) => [stream, version]));
    for (const outbound of registry.all()) {
      const head = heads.get(`room/${outbound.roomId}`) ?? 0;
      if (head > (seen.get(outbound.mirrorId) ?? 0)) wakeups.wake(outboundReader(outbound));
    }
  }

  return { seen: (mirrorId, version) => void seen.set(mirrorId, version), stop: () => cancelTick() };
}
