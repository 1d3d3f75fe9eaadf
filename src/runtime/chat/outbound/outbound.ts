import { outboundReader } from "../../../core/room/react.js";
import { ChatError } from "../../../ports/chat-error.js";
import * as attempts from "./attempts.js";
import { createOutboundLeases } from "./lease.js";
import type { LiveOutbound } from "./live-outbound.js";
import type { OutboundOptions } from "./options.js";
import { createOverdueThreads } from "./overdue.js";
import { createPoster } from "./poster.js";
import { createOutboundReader } from "./reader.js";
import { createSuspension, type Suspension } from "./suspension.js";
import { createOutboundThreads } from "./threads.js";

/** Shows rooms in threads of chat platforms: all outbound threads of this process. */
export interface Outbound {
  /** The pools whose handler is `run`. */
  readonly pools: readonly string[];
  run(reader: string): Promise<void>;
  /** Retries all threads of a platform, including suspended ones. */
  retry(platform: string): void;
  /** Suspends the thread with these words, because its channel takes no posts until a person mends it. */
  suspend(mirrorId: string, detail: string): Promise<void>;
  /** The registered place of the thread changed, such as its channel: it is read again. */
  reload(mirrorId: string): Promise<void>;
  /** Suspended threads of a platform, and the number of posts given up. */
  trouble(platform: string): { suspended: { roomId: string; detail: string }[]; givenUp: number };
  stop(): Promise<void>;
}

/** Opens, schedules and closes the outbound threads of this process. */
export function createOutbound(options: OutboundOptions): Outbound {
  const { chats, clock, wakeups, registry, rooms, logger } = options;
  const givenUp = new Map<string, number>();
  const leases = createOutboundLeases({ ...options, platforms: [...chats.keys()] });
  const suspension = createSuspension({ rooms, clock, logger });
  const onGivenUp = (platform: string) => givenUp.set(platform, (givenUp.get(platform) ?? 0) + 1);
  const readers = createReaders(options, { suspension, onGivenUp });
  const threads = createOutboundThreads(options, leases);
  const overdue = createOverdueThreads(options, { threads, leases });
  const stopHearing = options.fleet?.nodes?.onGone(() => {
    takeOver().catch((error: unknown) => logger.warn({ error }, "mirrors could not be taken over; the sweep does it"));
  });

  function run(reader: string): Promise<void> {
    return threads.hold(reader.slice(reader.indexOf("/") + 1), async (outbound) => {
      await readers.get(outbound.registered.platform)?.(outbound);
      overdue.seen(outbound.registered.mirrorId, outbound.source.version);
    });
  }

  /** Tries to take over the threads of a process that has gone. */
  async function takeOver(): Promise<void> {
    await registry.load();
    for (const platform of chats.keys()) retry(platform);
  }

  function retry(platform: string): void {
    for (const registered of registry.onPlatform(platform)) {
      const outbound = threads.live.get(registered.mirrorId);
      if (outbound) outbound.attempts = attempts.retryNow(outbound.attempts);
      wakeups.wake(outboundReader(registered));
    }
  }

  function suspend(mirrorId: string, detail: string): Promise<void> {
    return threads.hold(mirrorId, async (outbound) => {
      const delayMs = await suspension.suspend(outbound, new ChatError(detail, { code: "channel_gone" }));
      // The edit of the root is how it shows that the channel is there again.
      outbound.rootShown = undefined;
      outbound.nextRunAtMs = clock.monotonicMs() + delayMs;
      wakeups.wake(outboundReader(outbound.registered), { delayMs });
    });
  }

  async function reload(mirrorId: string): Promise<void> {
    await threads.hold(mirrorId, async () => threads.close(mirrorId));
    const registered = await registry.find(mirrorId);
    if (registered) wakeups.wake(outboundReader(registered));
  }

  return {
    pools: leases.pools,
    run,
    retry,
    suspend,
    reload,
    trouble(platform) {
      const suspended = [...threads.live.values()].flatMap(({ registered, outbox }) => {
        const { parked: at } = outbox.state;
        return registered.platform === platform && at ? [{ roomId: registered.roomId, detail: at.detail }] : [];
      });
      return { suspended, givenUp: givenUp.get(platform) ?? 0 };
    },
    async stop() {
      overdue.stop();
      stopHearing?.();
      await threads.closeAll();
    },
  };
}

/** A reader for each platform. */
function createReaders(
  options: OutboundOptions,
  { suspension, onGivenUp }: { suspension: Suspension; onGivenUp: (platform: string) => void },
): ReadonlyMap<string, (outbound: LiveOutbound) => Promise<void>> {
  const { chats, blobs, clock, logger, lookUp = true } = options;
  return new Map(
    Array.from(chats.keys(), (platform) => {
      const poster = createPoster({ blobs, clock, logger, suspension, lookUp, onGivenUp: () => onGivenUp(platform) });
      const onThread = ({ registered }: LiveOutbound, sinceMs: number) => options.onThread(registered, sinceMs);
      return [platform, createOutboundReader({ ...options, poster, suspension, onThread })];
    }),
  );
}
