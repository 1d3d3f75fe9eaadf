import { isPublicOrigin } from "../../core/values/public-origin.js";
import type { Chat } from "../../ports/chat.js";
import type { Inbound } from "../../ports/chat-inbound.js";
import type { Health } from "../../ports/health.js";
import type { HttpMount } from "../../ports/http-mount.js";
import { createFollowChannel } from "./channel-changes.js";
import { createButtonClicks } from "./inbound/button-clicks.js";
import { inboxPool } from "./inbound/carry-out.js";
import { createCommands } from "./inbound/commands.js";
import { createFindRoom } from "./inbound/find-room.js";
import { createInbox, type Inbox } from "./inbound/inbox.js";
import { createMessages } from "./inbound/messages.js";
import { createOpenRooms } from "./inbound/open-rooms.js";
import { createPeople } from "./inbound/people.js";
import { createSuggest } from "./inbound/suggestions.js";
import type { ChatBridgesOptions } from "./options.js";
import { createOutbound } from "./outbound/outbound.js";
import { createOutboundRegistry, type OutboundRegistry } from "./outbound/registry.js";
import { createPlatformBridge, type PlatformBridge } from "./platform-bridge.js";

/** The platform-independent half of chat: inbound handling of what people do, outbound threads that show rooms. */
export interface ChatBridges {
  /** Connects and returns the HTTP mounts the platforms call. Resolves even if a platform is unreachable. */
  start(): Promise<readonly HttpMount[]>;
  stop(): Promise<void>;
  /** Health checks by platform. */
  checks: Readonly<Record<string, () => Promise<Health>>>;
}

/** Connects rooms with chat platforms, both ways. Nothing runs before `start`. */
export function createChatBridges(options: ChatBridgesOptions): ChatBridges {
  const { wakeups } = options;
  const chats = new Map(options.chats.map((chat) => [chat.platform, chat]));
  const registry = createOutboundRegistry(options);
  const inboxes = new Map(Array.from(chats.keys(), (platform) => [platform, createInbox({ ...options, platform })]));
  const outbound = createOutbound({
    ...options,
    chats,
    registry,
    urlOf: urlOf(options),
    picturesOrigin: picturesOrigin(options),
    approversOf: approversOf(options),
    knownLimitsOf: (platform) => ({
      known: () => inboxes.get(platform)?.limits() ?? {},
      note: async (what, untilMs) => inboxes.get(platform)?.limited(what, untilMs),
    }),
    onThread: (shown, sinceMs) => bridges.get(shown.platform)?.threadOpened(shown, sinceMs),
  });
  const shared = { registry, outbound, ...createHandlers(options, { chats, registry, inboxes }) };
  const followChannel = createFollowChannel({ ...options, registry, outbound });
  const bridges = new Map<string, PlatformBridge>();
  for (const chat of chats.values()) {
    const inbox = inboxes.get(chat.platform) ?? createInbox({ ...options, platform: chat.platform });
    bridges.set(chat.platform, createPlatformBridge(options, { ...shared, followChannel, chat, inbox }));
  }
  const stops: (() => Promise<void>)[] = [];

  async function start(): Promise<readonly HttpMount[]> {
    await registry.load();
    for (const pool of outbound.pools) stops.push(wakeups.work(pool, outbound.run));
    for (const platform of chats.keys()) stops.push(wakeups.work(inboxPool(platform), handleBacklog));
    const started = await Promise.all(Array.from(bridges.values(), (bridge) => bridge.start()));
    return started.flat();
  }

  async function handleBacklog(reader: string): Promise<void> {
    await bridges.get(reader.slice(reader.indexOf("/") + 1))?.handleBacklog();
  }

  /** Stops intake, finishes the work already accepted, then stops the readers. */
  async function stop(): Promise<void> {
    const all = [...bridges.values()];
    await Promise.allSettled([...all.map((bridge) => bridge.disconnect()), ...stops.splice(0).map((end) => end())]);
    await Promise.all(all.map((bridge) => bridge.settled()));
    await outbound.stop();
  }

  const checks = Array.from(bridges, ([platform, bridge]) => [platform, bridge.health] as const);
  return { start, stop, checks: Object.fromEntries(checks) };
}

const urlOf =
  ({ publicOrigin }: ChatBridgesOptions) =>
  (roomId: string): string | undefined => {
    const origin = publicOrigin();
    return origin === undefined ? undefined : `${origin}/r/${roomId}`;
  };

/** Platforms fetch pictures from outside, and show none where they cannot. */
const picturesOrigin =
  ({ publicOrigin }: ChatBridgesOptions) =>
  (): string | undefined => {
    const origin = publicOrigin();
    return origin !== undefined && isPublicOrigin(origin) ? origin : undefined;
  };

const approversOf =
  ({ approvers }: ChatBridgesOptions) =>
  (platform: string): readonly string[] =>
    approvers[platform] ?? [];

/** What people do, for all platforms together. */
function createHandlers(
  options: ChatBridgesOptions,
  parts: { chats: ReadonlyMap<string, Chat>; registry: OutboundRegistry; inboxes: ReadonlyMap<string, Inbox> },
) {
  const { rooms } = options;
  const { registry, inboxes } = parts;
  const people = createPeople({ rooms, approversOf: approversOf(options) });
  const findRoom = createFindRoom({ rooms, registry });
  const suggest = createSuggest({ rooms, findRoom, roleNames: options.roleNames ?? (() => []) });
  const shared = { ...options, ...parts, people, findRoom, urlOf: urlOf(options) };
  const openRooms = createOpenRooms(shared);
  // A code stands in the fragment, which browsers send to no server, so a preview of the link spends nothing.
  const codeUrl = (code: string) => {
    const origin = options.publicOrigin();
    return origin === undefined ? undefined : `${origin}/#${code}`;
  };
  const commands = createCommands({ ...shared, openRooms, codeUrl });
  const wasPosted = ({ platform }: Inbound, id: string) => inboxes.get(platform)?.wasPosted(id) ?? false;
  const messages = createMessages({ ...shared, wasPosted });
  const buttonClicks = createButtonClicks({ ...shared, command: commands.inRoom });
  return { suggest, commands, messages, buttonClicks };
}
