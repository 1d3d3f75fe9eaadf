import { outboundReader } from "../../../core/room/react.js";
import type { Chat } from "../../../ports/chat.js";
import type { Clock } from "../../../ports/clock.js";
import type { EventLog } from "../../../ports/event-log.js";
import type { Ids } from "../../../ports/ids.js";
import type { Lease } from "../../../ports/leases.js";
import type { Limits } from "../../../ports/limits.js";
import type { Logger } from "../../../ports/logger.js";
import type { Snapshots } from "../../../ports/snapshots.js";
import type { Wakeups } from "../../../ports/wakeups.js";
import type { ActivityHub } from "../../presence/activity.js";
import type { RoomService } from "../../rooms/service.js";
import { createStateStream } from "../outbox.js";
import { type ChatFleet, createOutboundLeases } from "./lease.js";
import type { LiveOutbound } from "./live-outbound.js";
import {
  applyOutboundEvent,
  emptyOutbound,
  type OutboundEvent,
  type OutboundState,
  outboundSchema,
} from "./outbound-state.js";
import { createPacing, type KnownLimits, type Pacing } from "./pacing.js";
import { createPoster } from "./poster.js";
import { createOutboundReader } from "./reader.js";
import type { OutboundRegistry, RegisteredOutbound } from "./registry.js";
import { createRoomSource } from "./room-source.js";
import { createSuspension } from "./suspension.js";

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
  /** Suspended threads of a platform, and the number of posts given up. */
  trouble(platform: string): { suspended: { roomId: string; detail: string }[]; givenUp: number };
  stop(): Promise<void>;
}

/** Interval after which a lost wake-up is repeated. */
const tickMs = 5_000;
const sweepEveryTicks = 6;
/** Idle threads are unloaded after this. */
const idleMs = 5 * 60_000;
/** Delay between an agent's activity and the refresh of the working line. */
const activityDelayMs = 1_000;
/** Number of skipped events after which the bookmark is stored on its own. */
const bookmarkEvery = 200;

/** Opens, schedules and closes the outbound threads of this process. */
export function createOutbound(options: OutboundOptions): Outbound {
  const { chats, clock, wakeups, registry, rooms, logger } = options;
  const live = new Map<string, LiveOutbound>();
  const running = new Map<string, Promise<void>>();
  const pacings = new Map<string, Pacing>();
  const givenUp = new Map<string, number>();
  /** Last room version read, by thread. */
  const seen = new Map<string, number>();
  let ticks = 0;
  let cancelTick = clock.after(tickMs, tick);

  const outboundLeases = createOutboundLeases({ ...options, platforms: [...chats.keys()] });
  const stopHearing = options.fleet?.nodes?.onGone(() => {
    takeOver().catch((error: unknown) => logger.warn({ error }, "mirrors could not be taken over; the sweep does it"));
  });
  const suspension = createSuspension({ rooms, clock, logger });
  const posterOf = (platform: string) =>
    createPoster({
      clock,
      logger,
      suspension,
      lookUp: options.lookUp ?? true,
      onGivenUp: () => givenUp.set(platform, (givenUp.get(platform) ?? 0) + 1),
    });
  const readers = new Map(
    Array.from(chats.keys(), (platform) => [
      platform,
      createOutboundReader({
        ...options,
        poster: posterOf(platform),
        onThread: ({ registered }, sinceMs) => options.onThread(registered, sinceMs),
      }),
    ]),
  );

  /** Serialises the two readers of a thread in this process: its own and the one other processes wake. */
  function run(reader: string): Promise<void> {
    const mirrorId = reader.slice(reader.indexOf("/") + 1);
    const before = running.get(mirrorId)?.catch(() => {});
    const mine = before ? before.then(() => runOnce(mirrorId)) : runOnce(mirrorId);
    running.set(mirrorId, mine);
    const settle = () => {
      if (running.get(mirrorId) === mine) running.delete(mirrorId);
    };
    mine.then(settle, settle);
    return mine;
  }

  async function runOnce(mirrorId: string): Promise<void> {
    const registered = await registry.find(mirrorId);
    if (!registered || !chats.has(registered.platform)) return;
    const lease = await outboundLeases.take(registered);
    // Under a new lease the memory is stale: another process may have posted.
    if (live.get(mirrorId)?.lease !== lease) close(mirrorId);
    const outbound = lease && (live.get(mirrorId) ?? (await open(registered, lease)));
    if (!outbound) return;
    try {
      await readers.get(outbound.registered.platform)?.(outbound);
      seen.set(mirrorId, outbound.source.version);
      await moveBookmark(outbound);
    } catch (error) {
      // Memory may differ from the stored state after an error: reload it.
      close(mirrorId);
      throw error;
    }
  }

  async function open(registered: RegisteredOutbound, lease: Lease): Promise<LiveOutbound | undefined> {
    const { mirrorId } = registered;
    const chat = chats.get(registered.platform);
    if (!chat) return undefined;
    const outbox = createStateStream<OutboundState, OutboundEvent>({
      ...options,
      stream: `mirror/${mirrorId}`,
      schema: outboundSchema,
      empty: () => emptyOutbound(registered.after),
      apply: applyOutboundEvent,
    });
    const { bookmark } = await outbox.load();
    const outbound: LiveOutbound = {
      registered: { ...registered },
      chat,
      pacing: pacingOf(chat),
      outbox,
      lease,
      source: createRoomSource({ ...options, roomId: registered.roomId, after: bookmark }),
      position: bookmark,
      failedAtMs: undefined,
      lookUps: 0,
      failures: 0,
      notBeforeMs: 0,
      fallbackKey: undefined,
      suspendedTries: 0,
      rootShown: undefined,
      rootEditedAtMs: Number.NEGATIVE_INFINITY,
      workingShown: undefined,
      workingEditedAtMs: Number.NEGATIVE_INFINITY,
      lastRunAtMs: clock.monotonicMs(),
      nextRunAtMs: Number.POSITIVE_INFINITY,
      unsubscribe: watchActivity(registered),
    };
    live.set(mirrorId, outbound);
    return outbound;
  }

  function pacingOf(chat: Chat): Pacing {
    const known =
      pacings.get(chat.platform) ??
      createPacing({ ...options, chat, knownLimits: options.knownLimitsOf(chat.platform) });
    pacings.set(chat.platform, known);
    return known;
  }

  /** Wakes the reader on activity. Streamed text is ignored because it changes no line. */
  function watchActivity(outbound: RegisteredOutbound): () => void {
    return options.activity.subscribe(outbound.roomId, ({ type }) => {
      if (type !== "activity.text") wakeups.wake(outboundReader(outbound), { delayMs: activityDelayMs });
    });
  }

  function close(mirrorId: string): void {
    live.get(mirrorId)?.unsubscribe();
    live.delete(mirrorId);
  }

  /** Stores the bookmark so that skipped events are not read again. */
  async function moveBookmark({ position, outbox }: LiveOutbound, every = bookmarkEvery): Promise<void> {
    const { bookmark, done, pending } = outbox.state;
    if (position.version - bookmark.version < every || done.length > 0 || pending) return;
    await outbox.append(() => [{ type: "bookmark.moved", version: position.version, index: position.index }]);
  }

  /** Makes up for lost wake-ups: wakes threads that are overdue, and in the sweep those behind their room. */
  function tick(): void {
    cancelTick = clock.after(tickMs, tick);
    ticks += 1;
    for (const [mirrorId, outbound] of live) {
      if (outbound.nextRunAtMs <= clock.monotonicMs()) wakeups.wake(outboundReader(outbound.registered));
      else if (clock.monotonicMs() - outbound.lastRunAtMs > idleMs) unload(mirrorId, outbound);
      else renewLease(mirrorId, outbound);
    }
    if (ticks % sweepEveryTicks !== 0) return;
    sweep().catch((error: unknown) => logger.warn({ error }, "rooms could not be compared with their mirrors"));
  }

  /** Renews the lease while active, so the process with warm state keeps it. */
  function renewLease(mirrorId: string, { lease, registered }: LiveOutbound): void {
    if (!options.fleet) return;
    outboundLeases.take(registered).then(
      (held) => {
        if (held !== lease && live.get(mirrorId)?.lease === lease) close(mirrorId);
      },
      () => {},
    );
  }

  /** Tries to take over the threads of a process that has gone. */
  async function takeOver(): Promise<void> {
    await registry.load();
    for (const platform of chats.keys()) retry(platform);
  }

  async function sweep(): Promise<void> {
    if (options.fleet) await registry.load();
    const heads = new Map((await options.eventLog.streams("room/")).map(({ stream, version }) => [stream, version]));
    for (const outbound of registry.all()) {
      const head = heads.get(`room/${outbound.roomId}`) ?? 0;
      if (head <= (seen.get(outbound.mirrorId) ?? 0)) continue;
      wakeups.wake(outboundReader(outbound));
    }
  }

  function unload(mirrorId: string, outbound: LiveOutbound): void {
    close(mirrorId);
    moveBookmark(outbound, 1)
      .then(() => outbound.outbox.keep())
      .then(() => outbound.lease.release())
      .catch((error: unknown) =>
        logger.warn({ mirrorId, error }, "a mirror's place could not be stored; it is found again"),
      );
  }

  function retry(platform: string): void {
    for (const registered of registry.onPlatform(platform)) {
      const outbound = live.get(registered.mirrorId);
      if (outbound) outbound.notBeforeMs = 0;
      wakeups.wake(outboundReader(registered));
    }
  }

  return {
    pools: outboundLeases.pools,
    run,
    retry,
    trouble(platform) {
      const suspended = [...live.values()].flatMap(({ registered, outbox }) => {
        const { parked: at } = outbox.state;
        return registered.platform === platform && at ? [{ roomId: registered.roomId, detail: at.detail }] : [];
      });
      return { suspended, givenUp: givenUp.get(platform) ?? 0 };
    },
    async stop() {
      cancelTick();
      stopHearing?.();
      const open = [...live];
      for (const [mirrorId] of open) close(mirrorId);
      await Promise.all(open.map(([, { outbox }]) => outbox.keep().catch(() => {})));
      await Promise.all(open.map(([, { lease }]) => lease.release()));
    },
  };
}
