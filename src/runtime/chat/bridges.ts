import type { ResolveAgent, ResolveSettings } from "../../core/room/agent-request.js";
import type { Blobs } from "../../ports/blobs.js";
import type { Chat } from "../../ports/chat.js";
import type { Clock } from "../../ports/clock.js";
import type { EventLog } from "../../ports/event-log.js";
import type { Health } from "../../ports/health.js";
import type { HttpMount } from "../../ports/http-mount.js";
import type { Ids } from "../../ports/ids.js";
import type { Limits } from "../../ports/limits.js";
import type { Logger } from "../../ports/logger.js";
import type { Snapshots } from "../../ports/snapshots.js";
import type { Wakeups } from "../../ports/wakeups.js";
import type { Invites } from "../access/invites.js";
import type { ActivityHub } from "../presence/activity.js";
import type { MakeRoom } from "../rooms/create.js";
import type { RoomService } from "../rooms/service.js";
import { type HeldConnection, holdConnection } from "./held-connection.js";
import { createButtonClicks } from "./inbound/button-clicks.js";
import { type CatchUp, createCatchUp } from "./inbound/catch-up.js";
import { type Commands, createCommands } from "./inbound/commands.js";
import { createFindRoom } from "./inbound/find-room.js";
import { createPlatformInbound, inboxPool, inboxReader, type PlatformInbound } from "./inbound/inbound.js";
import { createInbox, type Inbox } from "./inbound/inbox.js";
import { createMessages } from "./inbound/messages.js";
import { createOpenRooms } from "./inbound/open-rooms.js";
import { createPeople } from "./inbound/people.js";
import { createSuggest } from "./inbound/suggestions.js";
import { createThreadOrder } from "./inbound/thread-order.js";
import type { ChatFleet } from "./outbound/lease.js";
import { createOutbound } from "./outbound/outbound.js";
import { createOutboundRegistry } from "./outbound/registry.js";

/** Parts that bridges need; `chats` are the platforms, each with its own connection. */
export interface ChatBridgesOptions {
  /** One adapter per platform. */
  chats: readonly Chat[];
  rooms: RoomService;
  activity: ActivityHub;
  eventLog: EventLog;
  snapshots: Snapshots;
  wakeups: Wakeups;
  limits: Limits;
  blobs: Blobs;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  sha256: (text: string) => string;
  makeRoom: MakeRoom;
  resolveAgent: ResolveAgent;
  resolveSettings: ResolveSettings;
  invites: Invites;
  /** By platform: ids of users, roles or groups that may decide in every room. */
  approvers: Readonly<Record<string, readonly string[]>>;
  /** Role names offered for completion. Default: empty. */
  roleNames?: () => readonly string[];
  /** Public origin of Parley, read on every use. */
  publicOrigin: () => string;
  /** Look up posts of unknown outcome. Default true; false only in the test that proves the look-up is needed. */
  lookUp?: boolean;
  /** Absent when Parley runs as a single process. */
  fleet?: ChatFleet;
}

/** The platform-independent half of chat: inbound handling of what people do, outbound threads that show rooms. */
export interface ChatBridges {
  /** Connects and returns the HTTP mounts the platforms call. Resolves even if a platform is unreachable. */
  start(): Promise<readonly HttpMount[]>;
  stop(): Promise<void>;
  /** Health checks by platform. */
  checks: Readonly<Record<string, () => Promise<Health>>>;
}

const maxNamedTroubles = 3;

/** Connects rooms with chat platforms, both ways. Nothing runs before `start`. */
export function createChatBridges(options: ChatBridgesOptions): ChatBridges {
  const { rooms, wakeups, sha256 } = options;
  const chats = new Map(options.chats.map((chat) => [chat.platform, chat]));
  const registry = createOutboundRegistry(options);
  const urlOf = (roomId: string) => `${options.publicOrigin()}/r/${roomId}`;
  const approversOf = (platform: string) => options.approvers[platform] ?? [];
  const inboxes = new Map<string, Inbox>();
  const inbounds = new Map<string, PlatformInbound>();
  const catchUps = new Map<string, CatchUp>();
  const stops: (() => Promise<void>)[] = [];
  const connections = new Map<string, HeldConnection>();

  const people = createPeople({ rooms, approversOf });
  const findRoom = createFindRoom({ rooms, registry });
  const suggest = createSuggest({ rooms, findRoom, roleNames: options.roleNames ?? (() => []) });
  const openRooms = createOpenRooms({ ...options, chats, registry, people, findRoom, urlOf });
  const commands: Commands = createCommands({
    ...options,
    chats,
    people,
    findRoom,
    openRooms,
    urlOf,
    inviteUrl: (code) => `${options.publicOrigin()}/#${code}`,
  });
  const messages = createMessages({
    ...options,
    chats,
    registry,
    people,
    wasPosted: ({ platform }, id) => inboxes.get(platform)?.wasPosted(id) ?? false,
  });
  const buttonClicks = createButtonClicks({ chats, rooms, people, sha256, command: commands.inRoom });
  const outbound = createOutbound({
    ...options,
    chats,
    registry,
    urlOf,
    approversOf,
    knownLimitsOf: (platform) => ({
      known: () => inboxes.get(platform)?.limits() ?? {},
      note: async (what, untilMs) => inboxes.get(platform)?.limited(what, untilMs),
    }),
    onThread: (shown, sinceMs) => void catchUps.get(shown.platform)?.thread(shown, sinceMs),
  });

  for (const chat of chats.values()) {
    const { platform } = chat;
    const inbox = createInbox({ ...options, platform });
    const catchUpOf = () => catchUps.get(platform);
    const order = createThreadOrder({ ...options, platform, onWanted: () => catchUpOf()?.wanted() });
    const onLost = () => catchUpOf()?.lost({ isRetried: true });
    const handlers = { messages, commands, buttonClicks };
    const inbound = createPlatformInbound({ ...options, ...handlers, platform, inbox, registry, order, onLost });
    inboxes.set(platform, inbox);
    inbounds.set(platform, inbound);
    const deliver = inbound.deliverFromHistory;
    catchUps.set(platform, createCatchUp({ ...options, chat, inbox, registry, order, deliver }));
  }

  async function start(): Promise<readonly HttpMount[]> {
    await registry.load();
    for (const pool of outbound.pools) stops.push(wakeups.work(pool, outbound.run));
    for (const platform of chats.keys()) stops.push(wakeups.work(inboxPool(platform), handleBacklog));
    const started = await Promise.all(Array.from(chats.values(), startPlatform));
    return started.flat();
  }

  async function startPlatform(chat: Chat): Promise<readonly HttpMount[]> {
    const { platform } = chat;
    await inboxes.get(platform)?.load();
    wakeups.wake(inboxReader(platform));
    outbound.retry(platform);
    if (options.fleet && chat.supports.oneConnection) return holdPlatform(chat, options.fleet);
    const { mounts, stop: disconnect } = await connect(chat);
    stops.unshift(disconnect);
    return mounts;
  }

  function connect(chat: Chat): ReturnType<Chat["start"]> {
    const { platform } = chat;
    return chat.start({
      deliver: (inbound) => inbounds.get(platform)?.deliver(inbound) ?? Promise.resolve({ kind: "none" }),
      suggest,
      disconnected: () => catchUps.get(platform)?.lost(),
      connected: () => {
        outbound.retry(platform);
        catchUps.get(platform)?.all();
      },
    });
  }

  /** One process of the fleet holds the connection. The others only post, and take over when it fails. */
  async function holdPlatform(chat: Chat, { leases }: ChatFleet): Promise<readonly HttpMount[]> {
    const { platform } = chat;
    const held = await holdConnection({
      ...options,
      name: `chat/${platform}`,
      leases,
      connect: async () => {
        // Another process filled this inbox until now.
        await inboxes.get(platform)?.load();
        wakeups.wake(inboxReader(platform));
        return (await connect(chat)).stop;
      },
    });
    connections.set(platform, held);
    stops.unshift(held.stop);
    return [];
  }

  async function handleBacklog(reader: string): Promise<void> {
    await inbounds.get(reader.slice(reader.indexOf("/") + 1))?.handleBacklog();
  }

  /** Stops intake, finishes the work already accepted, then stops the readers. */
  async function stop(): Promise<void> {
    for (const catchUp of catchUps.values()) catchUp.stop();
    await Promise.allSettled(stops.splice(0).map((end) => end()));
    await Promise.all(Array.from(inbounds.values(), (inbound) => inbound.settled()));
    await outbound.stop();
    await Promise.allSettled(Array.from(inboxes.values(), (inbox) => inbox.keep()));
  }

  async function check(chat: Chat): Promise<Health> {
    const { platform } = chat;
    const connectedBy = connections.get(platform)?.holder();
    const isElsewhere = connectedBy !== undefined && connectedBy !== "here";
    const health = isElsewhere ? { ok: true, detail: `connected by ${connectedBy.node}` } : await chat.check();
    const { suspended, givenUp } = outbound.trouble(platform);
    const details = health.detail === undefined ? [] : [health.detail];
    if (suspended.length > 0) {
      const shown = suspended.slice(0, maxNamedTroubles).map(({ roomId, detail }) => `${roomId}: ${detail}`);
      details.push(`${suspended.length} rooms are not shown: ${shown.join("; ")}`);
    }
    if (givenUp > 0) details.push(`${givenUp} posts were not taken by the platform and left out`);
    const missed = catchUps.get(platform)?.trouble();
    if (missed !== undefined) details.push(missed);
    const ok = health.ok && suspended.length === 0 && missed === undefined;
    return details.length === 0 ? { ok } : { ok, detail: details.join(". ") };
  }

  return {
    start,
    stop,
    checks: Object.fromEntries(Array.from(chats, ([platform, chat]) => [platform, () => check(chat)])),
  };
}
