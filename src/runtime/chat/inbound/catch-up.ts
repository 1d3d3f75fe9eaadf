import type { Chat } from "../../../ports/chat.js";
import { ChatError } from "../../../ports/chat-error.js";
import type { Inbound, Reply } from "../../../ports/chat-inbound.js";
import type { Clock } from "../../../ports/clock.js";
import type { Logger } from "../../../ports/logger.js";
import type { RoomService } from "../../rooms/service.js";
import type { OutboundRegistry, RegisteredOutbound } from "../outbound/registry.js";
import type { Inbox } from "./inbox.js";

/** Reads a platform's history for what was written while Parley was not listening. Known messages are ignored. */
export interface CatchUp {
  /** Catches up every open thread since the last point without gaps. A call during a run causes one more run. */
  all(): void;
  /** Catches up one thread since `sinceMs` (Unix ms). */
  thread(outbound: RegisteredOutbound, sinceMs: number): Promise<void>;
  /** Reason why messages may currently be missing; undefined if none are. */
  trouble(): string | undefined;
  stop(): void;
}

/** Allowance for clock skew and in-flight events. */
const overlapMs = 60_000;
const firstRetryMs = 2_000;
const maxRetryMs = 60_000;
/** Interval at which a connected process records that nothing was missed. */
const noteEveryMs = 10 * 60_000;

export function createCatchUp(options: {
  chat: Chat;
  inbox: Inbox;
  registry: OutboundRegistry;
  rooms: RoomService;
  deliver: (inbound: Inbound) => Promise<Reply>;
  clock: Clock;
  logger: Logger;
}): CatchUp {
  const { chat, inbox, registry, rooms, deliver, clock, logger } = options;
  const { platform } = chat;
  let isRunning = false;
  let isWanted = false;
  let isStopped = false;
  let failures = 0;
  let problem: string | undefined;
  let cancelRetry = () => {};
  let cancelNote = clock.after(noteEveryMs, note);

  function all(): void {
    isWanted = true;
    if (isRunning || isStopped) return;
    const waitMs = limitedMs();
    cancelRetry();
    if (waitMs > 0) cancelRetry = clock.after(waitMs, all);
    else void run();
  }

  /** Looking up posts reads threads too, so both share one rate limit. */
  function limitedMs(): number {
    const { history = 0, "find/*": find = 0 } = inbox.limits();
    return Math.max(history, find) - clock.nowMs();
  }

  async function run(): Promise<void> {
    isRunning = true;
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
    cancelRetry();
    if (!isStopped) cancelRetry = clock.after(delayMs, all);
    if (error instanceof ChatError && error.code === "rate_limited")
      await inbox.limited("history", clock.nowMs() + delayMs);
  }

  async function everyThread(): Promise<void> {
    const startedAtMs = clock.nowMs();
    const sinceMs = inbox.caughtUpMs();
    for (const outbound of registry.onPlatform(platform)) {
      if (isStopped) return;
      if (await isShown(outbound)) await thread(outbound, sinceMs ?? outbound.atMs);
    }
    await inbox.caughtUp(startedAtMs);
  }

  async function isShown({ roomId, mirrorId, thread: place }: RegisteredOutbound): Promise<boolean> {
    if (place === undefined) return false;
    return rooms.peek(roomId, (room) => room.status !== "closed" && room.mirrors.has(mirrorId), { fresh: true });
  }

  /** A deleted thread has nothing to catch up; the outbound side reports it. */
  async function thread({ channel, thread: place }: RegisteredOutbound, sinceMs: number): Promise<void> {
    if (place === undefined) return;
    const target = { kind: "thread" as const, channel, thread: place };
    const missed = await chat.history(target, sinceMs - overlapMs).catch((error: unknown) => {
      if (error instanceof ChatError && comesBack(error)) throw error;
      logger.warn({ platform, error }, "a thread could not be caught up");
      return [];
    });
    for (const inbound of missed) await deliver(inbound);
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
    all,
    async thread(outbound, sinceMs) {
      if (limitedMs() > 0) return all();
      await thread(outbound, sinceMs).catch((error: unknown) => retryLater(error).catch(() => {}));
    },
    trouble: () => problem,
    stop() {
      isStopped = true;
      cancelRetry();
      cancelNote();
    },
  };
}

function comesBack({ code }: ChatError): boolean {
  return code === "rate_limited" || code === "unavailable" || code === "outcome_unknown" || code === "unauthorized";
}
