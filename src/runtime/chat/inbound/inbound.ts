import { parseChatCommand } from "../../../core/values/chat-command.js";
import type { Inbound, Reply } from "../../../ports/chat-inbound.js";
import type { Clock } from "../../../ports/clock.js";
import type { Logger } from "../../../ports/logger.js";
import { PortError } from "../../../ports/port-error.js";
import type { Wakeups } from "../../../ports/wakeups.js";
import type { Invites } from "../../access/invites.js";
import type { MirrorRegistry } from "../outbound/registry.js";
import type { Presses } from "./button-clicks.js";
import type { Commands } from "./commands.js";
import type { Inbox, Received } from "./inbox.js";
import { type Handled, type Messages, nothing, say } from "./messages.js";

export interface ChatDoorOptions {
  platform: string;
  inbox: Inbox;
  registry: MirrorRegistry;
  messages: Messages;
  commands: Commands;
  presses: Presses;
  invites: Invites;
  wakeups: Wakeups;
  clock: Clock;
  logger: Logger;
}

/** Where what people do on one platform comes in: stored first, then done, once. */
export interface PlatformDoor {
  deliver(inbound: Inbound): Promise<Reply>;
  /** The same for what history tells. Nobody can be answered then: the answer waits for the live delivery, which may come behind it. */
  deliverFromHistory(inbound: Inbound): Promise<Reply>;
  /** Does what was stored and not done: before a crash, or because the log was away. */
  workOff(): Promise<void>;
  /** Waits for what is being done. */
  settled(): Promise<void>;
}

/** A platform waits no longer for an answer. */
const answerWithinMs = 2_000;
/** Few messages have an answer: what a busy thread still does with a stored one keeps no platform waiting. */
const quietWithinMs = 1_000;
/** What somebody else may be doing right now is left alone for this long. */
const leaveAloneMs = 10_000;
const retryMs = 1_000;
const maxTextChars = 40_000;
/** Answers that wait for somebody to give them to. */
const maxUnanswered = 200;

export function inboxReader(platform: string): string {
  return `${inboxPool(platform)}/${platform}`;
}

/** By platform: only who is connected to it can answer there. */
export function inboxPool(platform: string): string {
  return `inbox+${platform}`;
}

export function createPlatformDoor(options: ChatDoorOptions): PlatformDoor {
  const { platform, inbox, registry, messages, commands, presses, clock, logger } = options;
  const underWay = new Map<string, Promise<Handled>>();
  /** Messages of a thread are done in the order they came. */
  const lastInThread = new Map<string, Promise<unknown>>();
  const unanswered = new Map<string, Handled>();
  let isFirstRun = true;

  async function take(inbound: Inbound, { isLive }: { isLive: boolean }): Promise<Reply> {
    if (!(await concernsUs(inbound))) return nothing.reply;
    const running = underWay.get(inbound.id);
    if (running) return running.then((handled) => (isLive ? answerOf(inbound.id) : undefined) ?? handled.reply);
    const received = storable(inbound);
    const stored = inbox.receive(received);
    const work = stored.then((found) =>
      found === "handled" ? handledBefore(inbound.id, { isLive }) : inOrder(received, { isReplay: false }),
    );
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

  /** Threads that are no room's, and talk among people, are not stored. */
  async function concernsUs({ channel, thread, action }: Inbound): Promise<boolean> {
    if (action.kind !== "message" && action.kind !== "correction") return true;
    if (action.kind === "message" && action.startsWithUser) return false;
    if (thread === undefined) return false;
    if (registry.inThread(platform, channel, thread)) return true;
    // Another process may have made a room there.
    await registry.load();
    return registry.inThread(platform, channel, thread) !== undefined;
  }

  function handledBefore(id: string, { isLive }: { isLive: boolean }): Handled {
    return { ...nothing, reply: (isLive ? answerOf(id) : undefined) ?? nothing.reply };
  }

  /** The text without the secret that stands in it. */
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

  function inOrder(received: Received, how: { isReplay: boolean }): Promise<Handled> {
    const { channel, thread, action } = received.inbound;
    if (action.kind !== "message" && action.kind !== "correction") return carryOut(received, how);
    const key = `${channel}/${thread ?? ""}`;
    const before = lastInThread.get(key) ?? Promise.resolve();
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
      if (action.kind === "message" || action.kind === "correction") return nothing;
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
        return presses.pressed(inbound, action.button);
      case "submit":
        return presses.submitted(inbound, action);
    }
  }

  /** The platform gets its answer in time; the work goes on. */
  function inTime({ action }: Inbound, stored: Promise<unknown>, work: Promise<Handled>): Promise<Handled> {
    const isQuiet = action.kind === "message" || action.kind === "correction";
    const late = isQuiet ? nothing : say("This takes a moment longer; it is being done.");
    return new Promise((resolve, reject) => {
      // What is acknowledged must be stored, however long that takes.
      const cancel = clock.after(isQuiet ? quietWithinMs : answerWithinMs, () =>
        stored.then(() => resolve(late), reject),
      );
      work.then(resolve, reject).finally(cancel);
    });
  }

  async function workOff(): Promise<void> {
    const isFirst = isFirstRun;
    isFirstRun = false;
    await inbox.load();
    let left = 0;
    for (const { received, atMs } of [...inbox.open()]) {
      const { id } = received.inbound;
      const isSomebodys = !isFirst && clock.nowMs() - atMs < leaveAloneMs;
      if (underWay.has(id) || isSomebodys) left += 1;
      else await again(received);
    }
    if (left > 0) options.wakeups.wake(inboxReader(platform), { delayMs: leaveAloneMs });
  }

  async function again(received: Received): Promise<void> {
    const { id } = received.inbound;
    const work = inOrder(received, { isReplay: true });
    underWay.set(id, work);
    await work.catch(() => {});
    underWay.delete(id);
  }

  return {
    deliver: (inbound) => take(inbound, { isLive: true }),
    deliverFromHistory: (inbound) => take(inbound, { isLive: false }),
    workOff,
    settled: async () => void (await Promise.allSettled([...underWay.values(), ...lastInThread.values()])),
  };
}
