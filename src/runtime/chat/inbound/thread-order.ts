import type { Inbound } from "../../../ports/chat-inbound.js";
import type { Clock } from "../../../ports/clock.js";
import type { Logger } from "../../../ports/logger.js";
import * as read from "./reading.js";

/**
 * Keeps people's messages of a thread in the order in which they were written: what arrives live waits until the thread's
 * missed messages are in, at most `maxWaitMs`. At that limit all that waits in the thread goes on, and nothing there waits
 * again until the connection is lost once more.
 */
export interface ThreadOrder {
  /** The connection is lost, or back: every thread must be read (again). Gives the number of the new period. */
  beginPeriod(): number;
  /** The thread's history is in, read by a call that began in `period`: what waits there goes on. */
  threadRead(thread: string, period: number): void;
  /** Of these threads those not read in this period, the ones with waiting messages first. */
  stillToRead(threads: readonly string[]): string[];
  period(): number;
  /** Starts the work now, or as soon as the thread is current. Resolves with the work's result, with undefined after `stop`. */
  enter<Result>(message: OrderedMessage, start: () => Promise<Result>): Promise<Result | undefined>;
  /** The thread's history has come to this message: if it waits, it goes on now. */
  reach(id: string): void;
  /** Abandons everything that waits, and lets nothing wait from now on. True if anything was abandoned. */
  stop(): boolean;
}

/** A message that may have to wait: its id, its thread (`threadKey`), and when it was written, Unix ms. */
export interface OrderedMessage {
  id: string;
  thread: string;
  atMs: number;
}

/** A live message waits no longer than this for the missed messages of its thread. */
export const maxWaitMs = 10_000;

interface Waiting extends OrderedMessage {
  sinceMs: number;
  start: () => void;
  drop: () => void;
}

/** One name for a thread of a platform. */
export function threadKey({ channel, thread }: Pick<Inbound, "channel" | "thread">): string {
  return `${channel}/${thread ?? ""}`;
}

/** `onWanted`: a live message began to wait in a thread in which none waited. */
export function createThreadOrder(options: {
  platform: string;
  clock: Clock;
  logger: Logger;
  onWanted: () => void;
}): ThreadOrder {
  const { platform, clock, logger } = options;
  let reading = read.emptyReading;
  let waiting: readonly Waiting[] = [];
  let isStopped = false;
  const limits = new Map<string, () => void>();

  function goOn(which: (one: Waiting) => boolean): void {
    const released = waiting.filter(which).toSorted((a, b) => a.atMs - b.atMs);
    waiting = waiting.filter((one) => !which(one));
    for (const { start } of released) start();
  }

  function releaseThread(thread: string): void {
    limits.get(thread)?.();
    limits.delete(thread);
    const here = waiting.filter((one) => one.thread === thread);
    if (here.length === 0) return;
    const longestMs = clock.monotonicMs() - Math.min(...here.map(({ sinceMs }) => sinceMs));
    logger.debug({ platform, messages: here.length, longestMs }, "live messages waited for missed ones");
    goOn((one) => one.thread === thread);
  }

  function atLimit(thread: string): void {
    reading = read.giveUp(reading, thread);
    logger.warn(
      { platform, waitedMs: maxWaitMs },
      "a thread's missed messages are not in yet; its live messages go on before them",
    );
    releaseThread(thread);
  }

  function wait(message: OrderedMessage, hold: Pick<Waiting, "start" | "drop">): void {
    const { thread } = message;
    waiting = [...waiting, { ...message, ...hold, sinceMs: clock.monotonicMs() }];
    if (!limits.has(thread))
      limits.set(
        thread,
        clock.after(maxWaitMs, () => atLimit(thread)),
      );
    const isFirst = !reading.wanted.includes(thread);
    reading = read.want(reading, thread);
    if (isFirst) options.onWanted();
  }

  return {
    beginPeriod() {
      reading = read.beginPeriod(reading);
      return reading.period;
    },
    threadRead(thread, period) {
      reading = read.markRead(reading, thread, period);
      if (read.isCurrent(reading, thread)) releaseThread(thread);
    },
    stillToRead: (threads) => read.stillToRead(reading, threads),
    period: () => reading.period,
    enter(message, start) {
      if (isStopped) return Promise.resolve(undefined);
      const hasEarlier = waiting.some(({ thread }) => thread === message.thread);
      if (read.isCurrent(reading, message.thread) && !hasEarlier) return start();
      return new Promise((resolve, reject) =>
        wait(message, { start: () => void start().then(resolve, reject), drop: () => resolve(undefined) }),
      );
    },
    reach: (id) => goOn((one) => one.id === id),
    stop() {
      isStopped = true;
      for (const cancel of limits.values()) cancel();
      limits.clear();
      const left = waiting;
      waiting = [];
      for (const { drop } of left) drop();
      return left.length > 0;
    },
  };
}
