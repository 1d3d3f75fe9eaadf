import type { Inbound, Reply } from "../../../ports/chat-inbound.js";
import type { Clock } from "../../../ports/clock.js";
import type { Invites } from "../../access/invites.js";
import type { OutboundRegistry } from "../outbound/registry.js";
import { type CarryOutOptions, createCarryOut, inboxReader, inTime, isSpoken, storable } from "./carry-out.js";
import type { Received } from "./inbox.js";
import { keepAnswer, noAnswers, withoutAnswer } from "./kept-answers.js";
import { type Handled, nothing } from "./messages.js";
import { type ThreadOrder, threadKey } from "./thread-order.js";
import { createThreadTurns } from "./turns.js";

export interface PlatformInboundOptions extends CarryOutOptions {
  registry: OutboundRegistry;
  order: ThreadOrder;
  invites: Invites;
  clock: Clock;
  /** A message could not be stored: it comes again later, so what follows it in its thread must wait. */
  onLost: () => void;
}

/** Inbound actions of one platform: each is stored first and then carried out exactly once. */
export interface PlatformInbound {
  deliver(inbound: Inbound): Promise<Reply>;
  /** Delivers an action found in history. The reply is kept for the live delivery, which may still follow. */
  deliverFromHistory(inbound: Inbound): Promise<Reply>;
  /** Carries out stored actions that are still open after a crash or an outage of the log. */
  handleBacklog(): Promise<void>;
  /** Leaves what waits for a history to the next start, and resolves when all work in progress has ended. */
  settled(): Promise<void>;
}

/** How a stored action is started. */
interface Start {
  isReplay: boolean;
  /** It waits until its thread's history is in. */
  mayWait: boolean;
}

export function createPlatformInbound(options: PlatformInboundOptions): PlatformInbound {
  const { platform, inbox, order, clock } = options;
  const underWay = new Map<string, Promise<Handled>>();
  const turns = createThreadTurns();
  const carryOut = createCarryOut(options);
  const roomThread = createRoomThread(options);
  let kept = noAnswers;

  async function receive(inbound: Inbound, { isLive }: { isLive: boolean }): Promise<Reply> {
    const concerns = await roomThread(inbound);
    if (!concerns) return nothing.reply;
    const running = underWay.get(inbound.id);
    if (running) {
      if (!isLive) order.reach(inbound.id);
      return running.then((handled) => (isLive ? answerOf(inbound.id) : undefined) ?? handled.reply);
    }
    const received = storable(inbound, options.invites);
    const stored = inbox.receive(received, concerns.formerIds);
    const work = stored.then((found) => {
      if (found === "new" || found === "open") return start(received, { isReplay: false, mayWait: isLive });
      return { ...nothing, reply: (isLive ? answerOf(inbound.id) : undefined) ?? nothing.reply };
    });
    if (isSpoken(inbound)) stored.catch(() => options.onLost());
    watch(inbound, work, { isLive });
    return (await inTime(clock, inbound, { stored, work })).reply;
  }

  function watch({ id, action }: Inbound, work: Promise<Handled>, { isLive }: { isLive: boolean }): void {
    underWay.set(id, work);
    if (!isLive && action.kind === "command")
      work.then(
        ({ reply }) => {
          kept = keepAnswer(kept, id, reply);
        },
        () => {},
      );
    work.catch(() => {}).finally(() => underWay.delete(id));
  }

  function answerOf(id: string): Reply | undefined {
    const reply = kept.get(id);
    kept = withoutAnswer(kept, id);
    return reply;
  }

  /** A message that is not from the history waits until its thread's history is in. */
  async function start(received: Received, how: Start): Promise<Handled> {
    const { inbound } = received;
    if (!isSpoken(inbound)) return carryOut(received, how);
    const inTurn = () => turns.take(inbound, () => carryOut(received, how));
    if (!how.mayWait) return inTurn();
    const message = { id: inbound.id, thread: threadKey(inbound), atMs: inbound.atMs };
    return (await order.enter(message, inTurn)) ?? nothing;
  }

  async function settled(): Promise<void> {
    if (order.stop()) options.wakeups.wake(inboxReader(platform), { delayMs: leaveAloneMs });
    await Promise.allSettled([...underWay.values(), turns.settled()]);
  }

  return {
    deliver: (inbound) => receive(inbound, { isLive: true }),
    deliverFromHistory: (inbound) => receive(inbound, { isLive: false }),
    handleBacklog: createBacklog(options, { underWay, start }),
    settled,
  };
}

/** Age below which an open action may still be in progress in another process. */
const leaveAloneMs = 10_000;

/** Messages wait for their threads' histories, each thread on its own; the rest is done in order of arrival. */
function createBacklog(
  { platform, inbox, wakeups, clock }: PlatformInboundOptions,
  {
    underWay,
    start,
  }: { underWay: Map<string, Promise<Handled>>; start: (received: Received, how: Start) => Promise<Handled> },
): () => Promise<void> {
  let isFirstRun = true;

  async function replay(received: Received): Promise<void> {
    const { id } = received.inbound;
    const work = start(received, { isReplay: true, mayWait: true });
    underWay.set(id, work);
    await work.catch(() => {});
    underWay.delete(id);
  }

  return async () => {
    const isFirst = isFirstRun;
    isFirstRun = false;
    await inbox.load();
    let left = 0;
    const spoken: Promise<void>[] = [];
    for (const { received, atMs } of [...inbox.open()]) {
      const mayBeInProgress = !isFirst && clock.nowMs() - atMs < leaveAloneMs;
      if (underWay.has(received.inbound.id) || mayBeInProgress) left += 1;
      else if (isSpoken(received.inbound)) spoken.push(replay(received));
      else await replay(received);
    }
    await Promise.all(spoken);
    if (left > 0) wakeups.wake(inboxReader(platform), { delayMs: leaveAloneMs });
  };
}

/**
 * Messages in threads without a room, and those addressed to another user, are not stored. `formerIds`: the ids a message of
 * this thread had while its channel had another id.
 */
function createRoomThread({ platform, registry }: PlatformInboundOptions) {
  return async (inbound: Inbound): Promise<{ formerIds: readonly string[] } | undefined> => {
    const { id, channel, thread, action } = inbound;
    if (!isSpoken(inbound)) return { formerIds: [] };
    if (thread === undefined || (action.kind === "message" && action.startsWithUser)) return undefined;
    const shown = await registry.inThread(platform, channel, thread);
    if (!shown) return undefined;
    const others = [shown.channel, ...(shown.formerChannels ?? [])].filter((one) => one !== channel);
    return { formerIds: id.includes(channel) ? others.map((one) => id.replace(channel, one)) : [] };
  };
}
