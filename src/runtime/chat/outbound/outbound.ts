import { outboundReader } from "../../../core/room/react.js";
import type { Chat } from "../../../ports/chat.js";
import { ChatError } from "../../../ports/chat-error.js";
import type { Clock } from "../../../ports/clock.js";
import type { EventLog } from "../../../ports/event-log.js";
import type { Ids } from "../../../ports/ids.js";
import type { Limits } from "../../../ports/limits.js";
import type { Logger } from "../../../ports/logger.js";
import type { Snapshots } from "../../../ports/snapshots.js";
import type { Wakeups } from "../../../ports/wakeups.js";
import type { ActivityHub } from "../../presence/activity.js";
import type { RoomService } from "../../rooms/service.js";
import * as attempts from "./attempts.js";
import { type ChatFleet, createOutboundLeases } from "./lease.js";
import type { LiveOutbound } from "./live-outbound.js";
import { createOverdueThreads } from "./overdue.js";
import type { KnownLimits } from "./pacing.js";
import { createPoster } from "./poster.js";
import { createOutboundReader } from "./reader.js";
import type { OutboundRegistry, RegisteredOutbound } from "./registry.js";
import { createSuspension, type Suspension } from "./suspension.js";
import { createOutboundThreads } from "./threads.js";

/** Parts that the outbound side of one process needs. */
export interface OutboundOptions {
  chats: ReadonlyMap<string, Chat>;
  rooms: RoomService;
  activity: ActivityHub;
  eventLog: EventLog;
  snapshots: Snapshots;
  wakeups: Wakeups;
  limits: Limits;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  registry: OutboundRegistry;
  urlOf: (roomId: string) => string;
  approversOf: (platform: string) => readonly string[];
  knownLimitsOf: (platform: string) => KnownLimits;
  onThread: (outbound: RegisteredOutbound, sinceMs: number) => void;
  /** Look up posts of unknown outcome. Default true; false only in the test that proves the look-up is needed. */
  lookUp?: boolean;
  /** Absent when Parley runs as a single process. */
  fleet?: ChatFleet;
}

/** Shows rooms in threads of chat platforms: all outbound threads of this process. */
export interface Outbound {
  /** The pools whose handler is `run`. */
  readonly pools: readonly string[];
  run(reader: string): Promise<void>;
  /** Retries all threads of a platform, including suspended ones. */
  retry(platform: string): void;
  /** What happened to a channel makes this thread impossible until a person mends it: it is suspended with these words. */
  suspend(mirrorId: string, detail: string): Promise<void>;
  /** What is known of the thread changed, such as its channel: it is read again. */
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
  const { chats, clock, logger, lookUp = true } = options;
  return new Map(
    Array.from(chats.keys(), (platform) => {
      const poster = createPoster({ clock, logger, suspension, lookUp, onGivenUp: () => onGivenUp(platform) });
      const onThread = ({ registered }: LiveOutbound, sinceMs: number) => options.onThread(registered, sinceMs);
      return [platform, createOutboundReader({ ...options, poster, suspension, onThread })];
    }),
  );
}
