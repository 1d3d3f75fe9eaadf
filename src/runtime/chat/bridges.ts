import type { ResolveAgent } from "../../core/room/agent-request.js";
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
import { createPresses } from "./inbound/button-clicks.js";
import { type CatchUp, createCatchUp } from "./inbound/catch-up.js";
import { type Commands, createCommands } from "./inbound/commands.js";
import { createFindRoom } from "./inbound/find-room.js";
import { createPlatformDoor, inboxPool, inboxReader, type PlatformDoor } from "./inbound/inbound.js";
import { createInbox, type Inbox } from "./inbound/inbox.js";
import { createMessages } from "./inbound/messages.js";
import { createOpenRooms } from "./inbound/open-rooms.js";
import { createPeople } from "./inbound/people.js";
import { createSuggest } from "./inbound/suggestions.js";
import type { ChatFleet } from "./outbound/lease.js";
import { createMirrors } from "./outbound/mirrors.js";
import { createMirrorRegistry } from "./outbound/registry.js";

export interface ChatBridgesOptions {
  /** Adapters, each of another platform. */
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
  invites: Invites;
  /** Per platform: ids of users, roles or groups that may decide in every room. */
  approvers: Readonly<Record<string, readonly string[]>>;
  /** Roles an agent can be made of, for completion. Default none. */
  roleNames?: () => readonly string[];
  /** Origin people reach Parley under; asked for each time. */
  publicOrigin: () => string;
  /** Default true; false only in the test that shows that it is needed. */
  lookUp?: boolean;
  /** Absent: this process is alone. */
  fleet?: ChatFleet;
}

/** Everything of chat that is not a platform: threads that show rooms, and the door for people. */
export interface ChatBridges {
  /** Connects. Gives the addresses the platforms call Parley at. Resolves also when a platform is away. */
  start(): Promise<readonly HttpMount[]>;
  stop(): Promise<void>;
  /** By platform, for health. */
  checks: Readonly<Record<string, () => Promise<Health>>>;
}

const maxNamedTroubles = 3;

export function createChatBridges(options: ChatBridgesOptions): ChatBridges {
  const { rooms, wakeups, sha256 } = options;
  const chats = new Map(options.chats.map((chat) => [chat.platform, chat]));
  const registry = createMirrorRegistry(options);
  const urlOf = (roomId: string) => `${options.publicOrigin()}/r/${roomId}`;
  const approversOf = (platform: string) => options.approvers[platform] ?? [];
  const inboxes = new Map<string, Inbox>();
  const doors = new Map<string, PlatformDoor>();
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
  const presses = createPresses({ chats, rooms, people, sha256, command: commands.inRoom });
  const mirrors = createMirrors({
    ...options,
    chats,
    registry,
    urlOf,
    approversOf,
    knownLimitsOf: (platform) => ({
      known: () => inboxes.get(platform)?.limits() ?? {},
      note: async (what, untilMs) => inboxes.get(platform)?.limited(what, untilMs),
    }),
    onThread: (mirror, sinceMs) => void catchUps.get(mirror.platform)?.thread(mirror, sinceMs),
  });

  for (const chat of chats.values()) {
    const { platform } = chat;
    const inbox = createInbox({ ...options, platform });
    const door = createPlatformDoor({ ...options, platform, inbox, registry, messages, commands, presses });
    inboxes.set(platform, inbox);
    doors.set(platform, door);
    catchUps.set(platform, createCatchUp({ ...options, chat, inbox, registry, deliver: door.deliverFromHistory }));
  }

  async function start(): Promise<readonly HttpMount[]> {
    await registry.load();
    for (const pool of mirrors.pools) stops.push(wakeups.work(pool, mirrors.run));
    for (const platform of chats.keys()) stops.push(wakeups.work(inboxPool(platform), workOff));
    const started = await Promise.all(Array.from(chats.values(), startPlatform));
    return started.flat();
  }

  async function startPlatform(chat: Chat): Promise<readonly HttpMount[]> {
    const { platform } = chat;
    await inboxes.get(platform)?.load();
    wakeups.wake(inboxReader(platform));
    mirrors.retry(platform);
    if (options.fleet && chat.supports.oneConnection) return holdPlatform(chat, options.fleet);
    const { mounts, stop: disconnect } = await connect(chat);
    stops.unshift(disconnect);
    return mounts;
  }

  function connect(chat: Chat): ReturnType<Chat["start"]> {
    const { platform } = chat;
    return chat.start({
      deliver: (inbound) => doors.get(platform)?.deliver(inbound) ?? Promise.resolve({ kind: "none" }),
      suggest,
      connected: () => {
        mirrors.retry(platform);
        catchUps.get(platform)?.all();
      },
    });
  }

  /** One process of the fleet is connected; the others post without being so, and take over when it is gone. */
  async function holdPlatform(chat: Chat, { leases }: ChatFleet): Promise<readonly HttpMount[]> {
    const { platform } = chat;
    const held = await holdConnection({
      ...options,
      name: `chat/${platform}`,
      leases,
      connect: async () => {
        // Until now another process received for it.
        await inboxes.get(platform)?.load();
        wakeups.wake(inboxReader(platform));
        return (await connect(chat)).stop;
      },
    });
    connections.set(platform, held);
    stops.unshift(held.stop);
    return [];
  }

  async function workOff(reader: string): Promise<void> {
    await doors.get(reader.slice(reader.indexOf("/") + 1))?.workOff();
  }

  /** First nothing comes in any more, then what came in is done, then readers end. */
  async function stop(): Promise<void> {
    for (const catchUp of catchUps.values()) catchUp.stop();
    await Promise.allSettled(stops.splice(0).map((end) => end()));
    await Promise.all(Array.from(doors.values(), (door) => door.settled()));
    await mirrors.stop();
    await Promise.allSettled(Array.from(inboxes.values(), (inbox) => inbox.keep()));
  }

  async function check(chat: Chat): Promise<Health> {
    const { platform } = chat;
    const connectedBy = connections.get(platform)?.holder();
    const isElsewhere = connectedBy !== undefined && connectedBy !== "here";
    const health = isElsewhere ? { ok: true, detail: `connected by ${connectedBy.node}` } : await chat.check();
    const { parked, givenUp } = mirrors.trouble(platform);
    const details = health.detail === undefined ? [] : [health.detail];
    if (parked.length > 0) {
      const shown = parked.slice(0, maxNamedTroubles).map(({ roomId, detail }) => `${roomId}: ${detail}`);
      details.push(`${parked.length} rooms are not shown: ${shown.join("; ")}`);
    }
    if (givenUp > 0) details.push(`${givenUp} posts were not taken by the platform and left out`);
    const missed = catchUps.get(platform)?.trouble();
    if (missed !== undefined) details.push(missed);
    const ok = health.ok && parked.length === 0 && missed === undefined;
    return details.length === 0 ? { ok } : { ok, detail: details.join(". ") };
  }

  return {
    start,
    stop,
    checks: Object.fromEntries(Array.from(chats, ([platform, chat]) => [platform, () => check(chat)])),
  };
}
