import { outboundReader } from "../../../core/room/react.js";
import type { Chat } from "../../../ports/chat.js";
import type { Lease } from "../../../ports/leases.js";
import { createStateStream } from "../outbox.js";
import { noAttempts } from "./attempts.js";
import type { OutboundLeases } from "./lease.js";
import type { LiveOutbound } from "./live-outbound.js";
import type { OutboundOptions } from "./options.js";
import {
  applyOutboundEvent,
  emptyOutbound,
  type OutboundEvent,
  type OutboundState,
  outboundSchema,
} from "./outbound-state.js";
import { createPacing, type Pacing } from "./pacing.js";
import type { RegisteredOutbound } from "./registry.js";
import { createRoomSource } from "./room-source.js";

/** The outbound threads that this process has in memory. */
export interface OutboundThreads {
  /** By the id of the thread. */
  readonly live: ReadonlyMap<string, LiveOutbound>;
  /** Does `work` for a thread, one at a time, if this process holds its lease. After an error its memory is dropped. */
  hold(mirrorId: string, work: (outbound: LiveOutbound) => Promise<void>): Promise<void>;
  /** Drops a thread from memory; it is read again from what is stored. */
  close(mirrorId: string): void;
  /** Drops a thread, and keeps its place and its state. */
  unload(mirrorId: string, outbound: LiveOutbound): void;
  closeAll(): Promise<void>;
}

/** Delay between an agent's activity and the refresh of the working line. */
const activityDelayMs = 1_000;
/** Number of skipped events after which the bookmark is stored on its own. */
const bookmarkEvery = 200;

/** Opens and closes threads, each under its lease. */
export function createOutboundThreads(options: OutboundOptions, leases: OutboundLeases): OutboundThreads {
  const { chats, registry, logger } = options;
  const live = new Map<string, LiveOutbound>();
  const running = new Map<string, Promise<void>>();
  const open = createOpening(options);

  /** Serialises the readers of a thread in this process: its own and the one other processes wake. */
  function hold(mirrorId: string, work: (outbound: LiveOutbound) => Promise<void>): Promise<void> {
    const before = running.get(mirrorId)?.catch(() => {});
    const mine = before ? before.then(() => holdOnce(mirrorId, work)) : holdOnce(mirrorId, work);
    running.set(mirrorId, mine);
    const settle = () => {
      if (running.get(mirrorId) === mine) running.delete(mirrorId);
    };
    mine.then(settle, settle);
    return mine;
  }

  async function holdOnce(mirrorId: string, work: (outbound: LiveOutbound) => Promise<void>): Promise<void> {
    const registered = await registry.find(mirrorId);
    const chat = registered && chats.get(registered.platform);
    if (!registered || !chat) return;
    const lease = await leases.take(registered);
    // Under a new lease the memory is stale: another process may have posted.
    if (live.get(mirrorId)?.lease !== lease) close(mirrorId);
    if (!lease) return;
    const outbound = live.get(mirrorId) ?? (await open({ registered, chat, lease }));
    live.set(mirrorId, outbound);
    try {
      await work(outbound);
      await moveBookmark(outbound, bookmarkEvery);
    } catch (error) {
      // Memory may differ from the stored state after an error: reload it.
      close(mirrorId);
      throw error;
    }
  }

  function close(mirrorId: string): void {
    live.get(mirrorId)?.unsubscribe();
    live.delete(mirrorId);
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

  async function closeAll(): Promise<void> {
    const all = [...live];
    for (const [mirrorId] of all) close(mirrorId);
    await Promise.all(all.map(([, { outbox }]) => outbox.keep().catch(() => {})));
    await Promise.all(all.map(([, { lease }]) => lease.release()));
  }

  return { live, hold, close, unload, closeAll };
}

/** Stores the bookmark so that skipped events are not read again. */
async function moveBookmark({ position, outbox }: LiveOutbound, every: number): Promise<void> {
  const { bookmark, done, pending } = outbox.state;
  if (position.version - bookmark.version < every || done.length > 0 || pending) return;
  await outbox.append(() => [{ type: "bookmark.moved", version: position.version, index: position.index }]);
}

/** Reads what is stored of a thread. */
function createOpening(options: OutboundOptions) {
  const { clock, wakeups, activity } = options;
  const pacings = new Map<string, Pacing>();
  const startedAtMs = clock.nowMs();
  const wasUsed = (platform: string) => (channel: string) =>
    options.registry.inChannel(platform, channel).some(({ atMs }) => atMs < startedAtMs);

  function pacingOf(chat: Chat): Pacing {
    const { platform } = chat;
    const known =
      pacings.get(platform) ??
      createPacing({ ...options, chat, knownLimits: options.knownLimitsOf(platform), wasUsed: wasUsed(platform) });
    pacings.set(platform, known);
    return known;
  }

  /** Wakes the reader on activity. Streamed text is ignored because it changes no line. */
  function watchActivity(outbound: RegisteredOutbound): () => void {
    return activity.subscribe(outbound.roomId, ({ type }) => {
      if (type !== "activity.text" && type !== "activity.deciding")
        wakeups.wake(outboundReader(outbound), { delayMs: activityDelayMs });
    });
  }

  return async ({
    registered,
    chat,
    lease,
  }: {
    registered: RegisteredOutbound;
    chat: Chat;
    lease: Lease;
  }): Promise<LiveOutbound> => {
    const outbox = createStateStream<OutboundState, OutboundEvent>({
      ...options,
      stream: `mirror/${registered.mirrorId}`,
      schema: outboundSchema,
      empty: () => emptyOutbound(registered.after),
      apply: applyOutboundEvent,
    });
    const { bookmark } = await outbox.load();
    return {
      registered: { ...registered },
      chat,
      pacing: pacingOf(chat),
      outbox,
      lease,
      source: createRoomSource({ ...options, roomId: registered.roomId, after: bookmark }),
      position: bookmark,
      attempts: noAttempts,
      rootShown: undefined,
      rootEditedAtMs: Number.NEGATIVE_INFINITY,
      workingShown: undefined,
      workingEditedAtMs: Number.NEGATIVE_INFINITY,
      lastRunAtMs: clock.monotonicMs(),
      nextRunAtMs: Number.POSITIVE_INFINITY,
      unsubscribe: watchActivity(registered),
    };
  };
}
