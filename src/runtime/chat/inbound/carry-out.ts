import { parseChatCommand } from "../../../core/values/chat-command.js";
import type { Inbound, InboundAction } from "../../../ports/chat-inbound.js";
import type { Clock } from "../../../ports/clock.js";
import type { Logger } from "../../../ports/logger.js";
import { PortError } from "../../../ports/port-error.js";
import type { Wakeups } from "../../../ports/wakeups.js";
import type { Invites } from "../../access/invites.js";
import type { ButtonClicks } from "./button-clicks.js";
import type { Commands } from "./commands.js";
import type { Inbox, Received } from "./inbox.js";
import { type Handled, type Messages, nothing, say } from "./messages.js";

/** Parts that the work itself needs. */
export interface CarryOutOptions {
  platform: string;
  inbox: Inbox;
  messages: Messages;
  commands: Commands;
  buttonClicks: ButtonClicks;
  wakeups: Wakeups;
  logger: Logger;
}

/** Does what a person wants. */
export type CarryOut = (received: Received, how: { isReplay: boolean }) => Promise<Handled>;

const retryMs = 1_000;
const maxTextChars = 40_000;

/** The reader that carries out what is still open of a platform. */
export function inboxReader(platform: string): string {
  return `${inboxPool(platform)}/${platform}`;
}

/** One pool per platform: only a connected process can reply there. */
export function inboxPool(platform: string): string {
  return `inbox+${platform}`;
}

/** A failed action stays open, and is tried again by itself. */
export function createCarryOut(options: CarryOutOptions): CarryOut {
  const { platform, inbox, logger } = options;
  return async (received, how) => {
    const { id, action } = received.inbound;
    try {
      const handled = await handle(options, received, how);
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
  };
}

async function handle(
  { messages, commands, buttonClicks }: CarryOutOptions,
  received: Received,
  { isReplay }: { isReplay: boolean },
): Promise<Handled> {
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

/** Replaces an invite code in the text, so that no secret is stored. */
export function storable(inbound: Inbound, invites: Invites): Received {
  const { action } = inbound;
  if (action.kind !== "command") return { inbound };
  const text = action.text.slice(0, maxTextChars);
  const parsed = parseChatCommand(text, "");
  const target = parsed.kind === "ok" && parsed.command.verb === "attach" ? parsed.command.target : undefined;
  const code = target === undefined ? undefined : invites.read(target);
  const stored: InboundAction = { kind: "command", text: code ? "attach (an invite code)" : text };
  return { inbound: { ...inbound, action: stored }, ...(code && { code }) };
}

/** True for what people write in a thread; its order matters. */
export function isSpoken({ action }: Inbound): boolean {
  return action.kind === "message" || action.kind === "correction";
}

/** Time limit for a reply to the platform. */
const answerWithinMs = 2_000;
/** Time limit for messages, which rarely have a reply: a busy thread must not keep the platform waiting. */
const quietWithinMs = 1_000;

/**
 * Resolves with the result of `work`, or with a reply that it takes longer: after 2 s, or 1 s without text for messages, but never before `stored`
 * has resolved. Rejects as either of the two does.
 */
export function inTime(
  clock: Clock,
  inbound: Inbound,
  { stored, work }: { stored: Promise<unknown>; work: Promise<Handled> },
): Promise<Handled> {
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
