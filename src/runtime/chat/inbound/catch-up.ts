import type { Chat } from "../../../ports/chat.js";
import { ChatError } from "../../../ports/chat-error.js";
import type { Inbound, Reply } from "../../../ports/chat-inbound.js";
import type { Clock } from "../../../ports/clock.js";
import type { Logger } from "../../../ports/logger.js";
import type { RoomService } from "../../rooms/service.js";
import type { MirrorRegistry, RegisteredMirror } from "../outbound/registry.js";
import type { Inbox } from "./inbox.js";

/** Reads from a platform's history what was written while nobody listened. What is known already counts no second time. */
export interface CatchUp {
  /** Every open thread, from when nothing was missed. Again, if asked again meanwhile. */
  all(): void;
  /** One thread, from this time on, Unix ms. */
  thread(mirror: RegisteredMirror, sinceMs: number): Promise<void>;
  /** Why something may be missing at this moment; undefined when nothing is. */
  trouble(): string | undefined;
  stop(): void;
}

/** The clocks of Parley and the platform, and what was on its way. */
const overlapMs = 60_000;
const firstRetryMs = 2_000;
const maxRetryMs = 60_000;
/** While connected, this often it is noted that nothing was missed. */
const noteEveryMs = 10 * 60_000;

export function createCatchUp(options: {
  chat: Chat;
  inbox: Inbox;
  registry: MirrorRegistry;
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

  /** Looking posts up reads threads as well, and is counted with it. */
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
    for (const mirror of registry.onPlatform(platform)) {
      if (isStopped) return;
      if (await isShown(mirror)) await thread(mirror, sinceMs ?? mirror.atMs);
    }
    await inbox.caughtUp(startedAtMs);
  }

  async function isShown({ roomId, mirrorId, thread: place }: RegisteredMirror): Promise<boolean> {
    if (place === undefined) return false;
    return rooms.peek(roomId, (room) => room.status !== "closed" && room.mirrors.has(mirrorId), { fresh: true });
  }

  /** A thread that is gone has nothing to be caught up with; its mirror says so. */
  async function thread({ channel, thread: place }: RegisteredMirror, sinceMs: number): Promise<void> {
    if (place === undefined) return;
    const target = { kind: "thread" as const, channel, thread: place };
    const missed = await chat.history(target, sinceMs - overlapMs).catch((error: unknown) => {
      if (error instanceof ChatError && comesBack(error)) throw error;
      logger.warn({ platform, error }, "a thread could not be caught up");
      return [];
    });
    for (const inbound of missed) await deliver(inbound);
  }

  /** What is noted is true only while the platform is heard. */
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
    async thread(mirror, sinceMs) {
      if (limitedMs() > 0) return all();
      await thread(mirror, sinceMs).catch((error: unknown) => retryLater(error).catch(() => {}));
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
