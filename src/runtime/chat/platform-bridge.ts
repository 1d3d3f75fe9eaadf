import type { Chat } from "../../ports/chat.js";
import type { ChatDoor } from "../../ports/chat-inbound.js";
import type { Health } from "../../ports/health.js";
import type { HttpMount } from "../../ports/http-mount.js";
import type { FollowChannel } from "./channel-changes.js";
import { type HeldConnection, holdConnection } from "./held-connection.js";
import type { ButtonClicks } from "./inbound/button-clicks.js";
import { inboxReader } from "./inbound/carry-out.js";
import { type CatchUp, createCatchUp } from "./inbound/catch-up.js";
import type { Commands } from "./inbound/commands.js";
import { createPlatformInbound } from "./inbound/inbound.js";
import type { Inbox } from "./inbound/inbox.js";
import type { Messages } from "./inbound/messages.js";
import type { Suggest } from "./inbound/suggestions.js";
import { createThreadOrder } from "./inbound/thread-order.js";
import type { ChatBridgesOptions } from "./options.js";
import type { ChatFleet } from "./outbound/lease.js";
import type { Outbound } from "./outbound/outbound.js";
import type { OutboundRegistry, RegisteredOutbound } from "./outbound/registry.js";

/** One platform's connection, and what comes in over it. */
export interface PlatformBridge {
  /** Connects, or waits to be the one process that does. Resolves even if the platform is unreachable. */
  start(): Promise<readonly HttpMount[]>;
  /** Carries out stored actions that are still open. */
  handleBacklog(): Promise<void>;
  /** A thread exists now; people may have written in it since then. */
  threadOpened(shown: RegisteredOutbound, sinceMs: number): void;
  /** Takes nothing in any more. */
  disconnect(): Promise<void>;
  /** Resolves when all that was taken in is done and kept. */
  settled(): Promise<void>;
  health(): Promise<Health>;
}

export interface PlatformBridgeParts {
  chat: Chat;
  inbox: Inbox;
  registry: OutboundRegistry;
  outbound: Pick<Outbound, "retry" | "trouble">;
  messages: Messages;
  commands: Commands;
  buttonClicks: ButtonClicks;
  suggest: Suggest;
  followChannel: FollowChannel;
}

const maxNamedTroubles = 3;

/** Makes the bridge to one platform. Nothing runs before `start`. */
export function createPlatformBridge(options: ChatBridgesOptions, parts: PlatformBridgeParts): PlatformBridge {
  const { chat, inbox, outbound } = parts;
  const { platform } = chat;
  const { inbound, catchUp } = createIntake(options, parts);
  const door = doorOf(parts, { inbound, catchUp });
  let held: HeldConnection | undefined;
  let disconnect = async (): Promise<void> => {};

  async function start(): Promise<readonly HttpMount[]> {
    await inbox.load();
    options.wakeups.wake(inboxReader(platform));
    outbound.retry(platform);
    if (options.fleet && chat.supports.oneConnection) return hold(options.fleet);
    const { mounts, stop } = await chat.start(door);
    disconnect = stop;
    return mounts;
  }

  /** One process of the fleet holds the connection. The others only post, and take over when it fails. */
  async function hold({ leases }: ChatFleet): Promise<readonly HttpMount[]> {
    held = await holdConnection({
      ...options,
      name: `chat/${platform}`,
      leases,
      connect: async () => {
        // Another process filled this inbox until now.
        await inbox.load();
        options.wakeups.wake(inboxReader(platform));
        return (await chat.start(door)).stop;
      },
    });
    disconnect = held.stop;
    return [];
  }

  async function health(): Promise<Health> {
    const connectedBy = held?.holder();
    const isElsewhere = connectedBy !== undefined && connectedBy !== "here";
    const own = isElsewhere ? { ok: true, detail: `connected by ${connectedBy.node}` } : await chat.check();
    return healthWith(own, { ...outbound.trouble(platform), missed: catchUp.trouble() });
  }

  return {
    start,
    handleBacklog: inbound.handleBacklog,
    threadOpened: (shown, sinceMs) => void catchUp.thread(shown, sinceMs),
    async disconnect() {
      catchUp.stop();
      await disconnect();
    },
    async settled() {
      await inbound.settled();
      await inbox.keep();
    },
    health,
  };
}

/** What a platform delivers, and what it missed. */
function createIntake(options: ChatBridgesOptions, parts: PlatformBridgeParts) {
  const { chat, inbox, registry } = parts;
  const { platform } = chat;
  const order = createThreadOrder({ ...options, platform, onWanted: () => catchUp.wanted() });
  const onLost = () => catchUp.lost({ isRetried: true });
  const inbound = createPlatformInbound({ ...options, ...parts, platform, order, onLost });
  const deliver = inbound.deliverFromHistory;
  const catchUp: CatchUp = createCatchUp({ ...options, chat, inbox, registry, order, deliver });
  return { inbound, catchUp };
}

function doorOf(
  { chat: { platform }, outbound, suggest, followChannel }: PlatformBridgeParts,
  { inbound, catchUp }: ReturnType<typeof createIntake>,
): ChatDoor {
  return {
    deliver: inbound.deliver,
    suggest,
    disconnected: () => catchUp.lost(),
    connected: () => {
      outbound.retry(platform);
      catchUp.all();
    },
    channelChanged: (change) => followChannel(platform, change),
  };
}

/** The adapter's health with what is in the way of rooms. */
function healthWith(
  own: Health,
  { suspended, givenUp, missed }: ReturnType<Outbound["trouble"]> & { missed: string | undefined },
): Health {
  const details = own.detail === undefined ? [] : [own.detail];
  if (suspended.length > 0) {
    const shown = suspended.slice(0, maxNamedTroubles).map(({ roomId, detail }) => `${roomId}: ${detail}`);
    details.push(`${suspended.length} rooms are not shown: ${shown.join("; ")}`);
  }
  if (givenUp > 0) details.push(`${givenUp} posts were not taken by the platform and left out`);
  if (missed !== undefined) details.push(missed);
  const ok = own.ok && suspended.length === 0 && missed === undefined;
  return details.length === 0 ? { ok } : { ok, detail: details.join(". ") };
}
