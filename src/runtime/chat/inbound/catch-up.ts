import type { Chat } from "../../../ports/chat.js";
import { ChatError } from "../../../ports/chat-error.js";
import type { Inbound, Reply } from "../../../ports/chat-inbound.js";
import type { Clock } from "../../../ports/clock.js";
import type { Logger } from "../../../ports/logger.js";
import type { RoomService } from "../../rooms/service.js";
import type { OutboundRegistry, RegisteredOutbound } from "../outbound/registry.js";
import type { Inbox } from "./inbox.js";
import { type ThreadOrder, threadKey } from "./thread-order.js";

/** Reads a platform's history for what was written while Parley was not listening. Known messages are ignored. */
export interface CatchUp {
  /** Catches up every open thread since the last point without gaps. A call during a run causes one more run. */
  all(): void;
  /** The connection is lost, or a message could not be stored: threads are read again when `all` is called, or after a pause. */
  lost(options?: { isRetried?: boolean }): void;
  /** Catches up one thread since `sinceMs` (Unix ms). */
  thread(outbound: RegisteredOutbound, sinceMs: number): Promise<void>;
  /** Live messages wait for the history of a thread: it is read now, if it is not already. */
  wanted(): void;
  /** Reason why messages may currently be missing; undefined if none are. */
  trouble(): string | undefined;
  stop(): void;
}

/** Allowance for clock skew and in-flight events. */
const overlapMs = 60_000;
/** Live messages may be waiting: the first retries fit into the time they wait. */
const firstRetryMs = 500;
const maxRetryMs = 60_000;
/** Interval at which a connected process records that nothing was missed. */
const noteEveryMs = 10 * 60_000;
/** Threads read at the same time. Slack allows 50 reads a minute and app, Discord 50 calls a second. */
const maxParallel = 4;

export interface CatchUpOptions {
  chat: Chat;
  inbox: Inbox;
  registry: OutboundRegistry;
  rooms: RoomService;
  order: ThreadOrder;
  deliver: (inbound: Inbound) => Promise<Reply>;
  clock: Clock;
  logger: Logger;
}

export function createCatchUp(options: CatchUpOptions): CatchUp {
  const { chat, inbox, registry, order, clock, logger } = options;
  const { platform } = chat;
  const read = createThreadRead(options);
  let isRunning = false;
  let isWanted = false;
  let isStopped = false;
  let wasConnected = false;
  let failures = 0;
  let problem: string | undefined;
  /** When the current period began: everything before it is in once all threads are read. */
  let periodAtMs = clock.nowMs();
  let retry: (() => void) | undefined;
  let cancelNote = clock.after(noteEveryMs, note);

  function beginPeriod(): void {
    order.beginPeriod();
    periodAtMs = clock.nowMs();
  }

  function start(): void {
    isWanted = true;
    if (isRunning || isStopped) return;
    const waitMs = limitedMs();
    if (waitMs > 0) startIn(waitMs);
    else void run();
  }

  function startIn(delayMs: number): void {
    retry?.();
    retry = isStopped ? undefined : clock.after(delayMs, start);
  }

  /** Looking up posts reads threads too, so both share one rate limit. */
  function limitedMs(): number {
    const { history = 0, "find/*": find = 0 } = inbox.limits();
    return Math.max(history, find) - clock.nowMs();
  }

  async function run(): Promise<void> {
    isRunning = true;
    retry?.();
    retry = undefined;
    while (isWanted && !isStopped) {
      isWanted = false;
      await everyThread().then(
        () => {
          failures = 0;
          problem = undefined;
        },
        (error: unknown) => retryLater(error).catch(() => {}),
      );
    }
    isRunning = false;
  }

  async function retryLater(error: unknown): Promise<void> {
    const ownMs = Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(failures, 10));
    const delayMs = Math.max(ownMs, error instanceof ChatError ? (error.retryAfterMs ?? 0) : 0);
    failures += 1;
    problem = "What was written in threads while the connection was down is still being fetched";
    logger.warn({ platform, error, delayMs }, "threads could not be caught up; it is tried again");
    startIn(delayMs);
    if (error instanceof ChatError && error.code === "rate_limited")
      await inbox.limited("history", clock.nowMs() + delayMs);
  }

  async function everyThread(): Promise<void> {
    const startedAtMs = periodAtMs;
    // A thread that another process opened may be what was missed.
    await registry.load();
    await readUnread(options, read, () => isStopped);
    if (!isStopped) await inbox.caughtUp(startedAtMs);
  }

  /** Records progress only while the platform is connected; otherwise the record would be wrong. */
  function note(): void {
    cancelNote = clock.after(noteEveryMs, note);
    const atMs = clock.nowMs();
    if (isRunning || problem !== undefined || inbox.caughtUpMs() === undefined) return;
    chat
      .check()
      .then(({ ok }) => (ok && !isRunning ? inbox.caughtUp(atMs) : undefined))
      .catch((error: unknown) => logger.warn({ platform, error }, "a chat's state could not be noted"));
  }

  return {
    all() {
      wasConnected = true;
      beginPeriod();
      start();
    },
    lost({ isRetried = false } = {}) {
      beginPeriod();
      if (isRetried && wasConnected) startIn(firstRetryMs);
    },
    async thread(outbound, sinceMs) {
      if (limitedMs() > 0) return start();
      await read.thread(outbound, sinceMs).catch((error: unknown) => retryLater(error).catch(() => {}));
    },
    wanted() {
      // Before the first connection there is nothing to ask; a retry that is due reads this thread first.
      if (wasConnected && retry === undefined) start();
    },
    trouble: () => problem,
    stop() {
      isStopped = true;
      retry?.();
      cancelNote();
    },
  };
}

/** Reads the threads that were not read in this period, some at a time. The first failure ends it; what was read stays read. */
async function readUnread(
  { chat, inbox, registry, order }: CatchUpOptions,
  read: ThreadRead,
  isStopped: () => boolean,
): Promise<void> {
  const caughtUpMs = inbox.caughtUpMs();
  const shown = new Map(registry.onPlatform(chat.platform).map((one) => [threadKey(one), one]));
  const taken = new Set<string>();
  let failure: { error: unknown } | undefined;
  const readNext = async (): Promise<void> => {
    while (!isStopped() && !failure) {
      const key = order.stillToRead([...shown.keys()]).find((one) => !taken.has(one));
      const outbound = key === undefined ? undefined : shown.get(key);
      if (key === undefined || !outbound) return;
      taken.add(key);
      await read.shown(outbound, unreadSince(outbound, caughtUpMs)).catch((error: unknown) => {
        failure ??= { error };
      });
    }
  };
  await Promise.all(Array.from({ length: maxParallel }, readNext));
  if (failure) throw (failure as { error: unknown }).error;
}

/** A thread that was registered after everything was caught up may hold messages from before, which were in no known thread. */
export function unreadSince({ atMs, threadAtMs = atMs }: RegisteredOutbound, caughtUpMs: number | undefined): number {
  return caughtUpMs === undefined || threadAtMs > caughtUpMs - overlapMs ? atMs : caughtUpMs;
}

/** Reads histories of threads and delivers what is in them, oldest first. Throws what may work later. */
interface ThreadRead {
  thread(outbound: RegisteredOutbound, sinceMs: number): Promise<void>;
  /** The same, of a thread that shows its room; any other has nothing to catch up. */
  shown(outbound: RegisteredOutbound, sinceMs: number): Promise<void>;
}

function createThreadRead({ chat, rooms, order, deliver, logger }: CatchUpOptions): ThreadRead {
  const { platform } = chat;

  async function isShown({ roomId, mirrorId, thread }: RegisteredOutbound): Promise<boolean> {
    if (thread === undefined) return false;
    return rooms.peek(roomId, (room) => room.status !== "closed" && room.mirrors.has(mirrorId), { fresh: true });
  }

  /** A deleted thread has nothing to catch up; the outbound side reports it. */
  async function missedIn({ channel, thread }: RegisteredOutbound, sinceMs: number): Promise<Inbound[]> {
    if (thread === undefined) return [];
    return chat.history({ kind: "thread", channel, thread }, sinceMs - overlapMs).catch((error: unknown) => {
      if (error instanceof ChatError && comesBack(error)) throw error;
      logger.warn({ platform, error }, "a thread could not be caught up");
      return [];
    });
  }

  async function thread(outbound: RegisteredOutbound, sinceMs: number): Promise<void> {
    const period = order.period();
    for (const inbound of await missedIn(outbound, sinceMs)) await deliver(inbound);
    order.threadRead(threadKey(outbound), period);
  }

  return {
    thread,
    async shown(outbound, sinceMs) {
      const period = order.period();
      if (await isShown(outbound)) await thread(outbound, sinceMs);
      else order.threadRead(threadKey(outbound), period);
    },
  };
}

function comesBack({ code }: ChatError): boolean {
  return code === "rate_limited" || code === "unavailable" || code === "outcome_unknown" || code === "unauthorized";
}
