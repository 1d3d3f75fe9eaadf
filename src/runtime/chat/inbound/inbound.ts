import { parseChatCommand } from "../../../core/values/chat-command.js";
import type { Inbound, Reply } from "../../../ports/chat-inbound.js";
import type { Clock } from "../../../ports/clock.js";
import type { Logger } from "../../../ports/logger.js";
import { PortError } from "../../../ports/port-error.js";
import type { Wakeups } from "../../../ports/wakeups.js";
import type { Invites } from "../../access/invites.js";
import type { OutboundRegistry } from "../outbound/registry.js";
import type { ButtonClicks } from "./button-clicks.js";
import type { Commands } from "./commands.js";
import type { Inbox, Received } from "./inbox.js";
import { type Handled, type Messages, nothing, say } from "./messages.js";
import { type ThreadOrder, threadKey } from "./thread-order.js";

export interface PlatformInboundOptions {
  platform: string;
  inbox: Inbox;
  registry: OutboundRegistry;
  order: ThreadOrder;
  messages: Messages;
  commands: Commands;
  buttonClicks: ButtonClicks;
  invites: Invites;
  wakeups: Wakeups;
  clock: Clock;
  logger: Logger;
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

/** Time limit for a reply to the platform. */
const answerWithinMs = 2_000;
/** Time limit for messages, which rarely have a reply: a busy thread must not keep the platform waiting. */
const quietWithinMs = 1_000;
/** Age below which an open action may still be in progress in another process. */
const leaveAloneMs = 10_000;
const retryMs = 1_000;
const maxTextChars = 40_000;
/** Maximum number of replies kept for a later live delivery. */
const maxUnanswered = 200;

export function inboxReader(platform: string): string {
  return `${inboxPool(platform)}/${platform}`;
}

/** One pool per platform: only a connected process can reply there. */
export function inboxPool(platform: string): string {
  return `inbox+${platform}`;
}

export function createPlatformInbound(options: PlatformInboundOptions): PlatformInbound {
  const { platform, inbox, registry, order, messages, commands, buttonClicks, clock, logger } = options;
  const underWay = new Map<string, Promise<Handled>>();
  /** Serialises the messages of a thread in order of arrival. */
  const lastInThread = new Map<string, Promise<unknown>>();
  /** By thread: when the newest message that was carried out here was written, Unix ms. */
  const lastAtMs = new Map<string, number>();
  const unanswered = new Map<string, Handled>();
  let isFirstRun = true;

  async function receive(inbound: Inbound, { isLive }: { isLive: boolean }): Promise<Reply> {
    if (!(await concernsUs(inbound))) return nothing.reply;
    const running = underWay.get(inbound.id);
    if (running) {
      if (!isLive) order.reach(inbound.id);
      return running.then((handled) => (isLive ? answerOf(inbound.id) : undefined) ?? handled.reply);
    }
    const received = storable(isLive ? inbound : markLate(inbound));
    const stored = inbox.receive(received);
    const work = stored.then((found) =>
      found === "handled"
        ? handledBefore(inbound.id, { isLive })
        : start(received, { isReplay: false, mayWait: isLive }),
    );
    if (isSpoken(inbound)) stored.catch(() => options.onLost());
    underWay.set(inbound.id, work);
    if (!isLive && inbound.action.kind === "command")
      work.then(
        (handled) => keepAnswer(inbound.id, handled),
        () => {},
      );
    work.catch(() => {}).finally(() => underWay.delete(inbound.id));
    return (await inTime(inbound, stored, work)).reply;
  }

  function keepAnswer(id: string, handled: Handled): void {
    if (handled.reply.kind === "none") return;
    unanswered.set(id, handled);
    const [oldest] = unanswered.keys();
    if (unanswered.size > maxUnanswered && oldest !== undefined) unanswered.delete(oldest);
  }

  function answerOf(id: string): Reply | undefined {
    const reply = unanswered.get(id)?.reply;
    unanswered.delete(id);
    return reply;
  }

  /** Messages in threads without a room, and those addressed to another user, are not stored. */
  async function concernsUs({ channel, thread, action }: Inbound): Promise<boolean> {
    if (action.kind !== "message" && action.kind !== "correction") return true;
    if (action.kind === "message" && action.startsWithUser) return false;
    if (thread === undefined) return false;
    if (registry.inThread(platform, channel, thread)) return true;
    // Another process may have created a room there.
    await registry.load();
    return registry.inThread(platform, channel, thread) !== undefined;
  }

  function handledBefore(id: string, { isLive }: { isLive: boolean }): Handled {
    return { ...nothing, reply: (isLive ? answerOf(id) : undefined) ?? nothing.reply };
  }

  /** A missed message that others of its thread have overtaken says so; its first words, which address it, stay first. */
  function markLate(inbound: Inbound): Inbound {
    const { action, atMs } = inbound;
    if (action.kind !== "message" || atMs >= (lastAtMs.get(threadKey(inbound)) ?? atMs)) return inbound;
    const at = new Date(atMs).toISOString().slice(0, 19).replace("T", " ");
    const text = `${action.text}\n[written at ${at} UTC; it arrived late, after newer messages of its thread]`;
    return { ...inbound, action: { ...action, text } };
  }

  /** Replaces an invite code in the text, so that no secret is stored. */
  function storable(inbound: Inbound): Received {
    const { action } = inbound;
    if (action.kind !== "command") return { inbound };
    const text = action.text.slice(0, maxTextChars);
    const parsed = parseChatCommand(text, "");
    const target = parsed.kind === "ok" && parsed.command.verb === "attach" ? parsed.command.target : undefined;
    const code = target === undefined ? undefined : options.invites.read(target);
    if (!code) return { inbound: { ...inbound, action: { kind: "command", text } } };
    return { inbound: { ...inbound, action: { kind: "command", text: "attach (an invite code)" } }, code };
  }

  /** A message that is not from the history waits until its thread's history is in. */
  async function start(received: Received, how: { isReplay: boolean; mayWait: boolean }): Promise<Handled> {
    const { inbound } = received;
    if (!isSpoken(inbound)) return carryOut(received, how);
    if (!how.mayWait) return inTurn(received, how);
    const message = { id: inbound.id, thread: threadKey(inbound), atMs: inbound.atMs };
    return (await order.enter(message, () => inTurn(received, how))) ?? nothing;
  }

  function inTurn(received: Received, how: { isReplay: boolean }): Promise<Handled> {
    const key = threadKey(received.inbound);
    const before = lastInThread.get(key) ?? Promise.resolve();
    lastAtMs.set(key, Math.max(received.inbound.atMs, lastAtMs.get(key) ?? 0));
    const work = before.then(() => carryOut(received, how));
    const settled = work
      .catch(() => {})
      .finally(() => {
        if (lastInThread.get(key) === settled) lastInThread.delete(key);
      });
    lastInThread.set(key, settled);
    return work;
  }

  async function carryOut(received: Received, how: { isReplay: boolean }): Promise<Handled> {
    const { id, action } = received.inbound;
    try {
      const handled = await handle(received, how);
      await inbox.handled(id, handled.messageId);
      return handled;
    } catch (error) {
      logger.warn(
        { platform, action: action.kind, error },
        "what a person did could not be done yet; it is tried again",
      );
      options.wakeups.wake(inboxReader(platform), { delayMs: retryMs });
      if (isSpoken(received.inbound)) return nothing;
      const why = error instanceof PortError ? "Parley cannot store anything at this moment" : "something went wrong";
      return say(`This is not done yet: ${why}. It is tried again by itself; look again in a minute.`);
    }
  }

  async function handle(received: Received, { isReplay }: { isReplay: boolean }): Promise<Handled> {
    const { inbound } = received;
    const { action } = inbound;
    switch (action.kind) {
      case "message":
        return messages.posted(inbound, action);
      case "correction":
        return messages.corrected(inbound, action);
      case "command":
        return commands.run(received, action.text, { isReplay });
      case "press":
        return buttonClicks.clicked(inbound, action.button);
      case "submit":
        return buttonClicks.submitted(inbound, action);
    }
  }

  /** Replies to the platform within its time limit while the work continues. */
  function inTime(inbound: Inbound, stored: Promise<unknown>, work: Promise<Handled>): Promise<Handled> {
    const isQuiet = isSpoken(inbound);
    const late = isQuiet ? nothing : say("This takes a moment longer; it is being done.");
    return new Promise((resolve, reject) => {
      // Never acknowledge before the action is stored, however long that takes.
      const cancel = clock.after(isQuiet ? quietWithinMs : answerWithinMs, () =>
        stored.then(() => resolve(late), reject),
      );
      work.then(resolve, reject).finally(cancel);
    });
  }

  /** Messages wait for their threads' histories, each thread on its own; the rest is done in order of arrival. */
  async function handleBacklog(): Promise<void> {
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
    if (left > 0) options.wakeups.wake(inboxReader(platform), { delayMs: leaveAloneMs });
  }

  async function replay(received: Received): Promise<void> {
    const { id } = received.inbound;
    const work = start(received, { isReplay: true, mayWait: true });
    underWay.set(id, work);
    await work.catch(() => {});
    underWay.delete(id);
  }

  async function settled(): Promise<void> {
    if (order.stop()) options.wakeups.wake(inboxReader(platform), { delayMs: leaveAloneMs });
    await Promise.allSettled([...underWay.values(), ...lastInThread.values()]);
  }

  return {
    deliver: (inbound) => receive(inbound, { isLive: true }),
    deliverFromHistory: (inbound) => receive(inbound, { isLive: false }),
    handleBacklog,
    settled,
  };
}

/** True for what people write in a thread; its order matters. */
function isSpoken({ action }: Inbound): boolean {
  return action.kind === "message" || action.kind === "correction";
}
