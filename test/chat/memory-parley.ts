import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createManualClock, type ManualClock } from "../../adapters/memory/clock.js";
import { createMemoryEventLog, type MemoryEventLog } from "../../adapters/memory/event-log.js";
import { createSeededIds } from "../../adapters/memory/ids.js";
import { createMemoryLogger } from "../../adapters/memory/logger.js";
import { createMemorySnapshots } from "../../adapters/memory/snapshots.js";
import { createMemoryWakeups } from "../../adapters/memory/wakeups.js";
import { createScriptedAgents } from "../../adapters/scripted/agents.js";
import type { RoomEvent } from "../../src/core/room/event.js";
import type { Chat } from "../../src/ports/chat.js";
import type { Entry, EventLog } from "../../src/ports/event-log.js";
import type { Limits } from "../../src/ports/limits.js";
import type { Snapshots } from "../../src/ports/snapshots.js";
import type { Wakeups } from "../../src/ports/wakeups.js";
import type { ChatBridges } from "../../src/runtime/chat/bridges.js";
import type { ChatFleet } from "../../src/runtime/chat/outbound/lease.js";
import { type Runtime, sha256 } from "../../src/runtime/node/runtime.js";
import { loadRoles, type RoleCatalogue } from "../../src/runtime/roles/roles.js";
import { createInlinePatterns } from "../support/inline-patterns.js";
import { assembleInMemory } from "../support/memory-parts.js";

const rolesFolder = fileURLToPath(new URL("../contract/chat-roles", import.meta.url));
/** The only configured approver, on every platform. */
const approverId = "U-ann";

/** One Parley process, isolated from every port once it is killed. */
export interface MemoryParley {
  runtime: Runtime;
  bridges: ChatBridges;
  /** Resolves when the process is killed or stopped. */
  ended: Promise<undefined>;
  kill: () => void;
  /** Wakes only this process. */
  wakeups: Wakeups;
  /** Texts of the log, with the errors in it. */
  logged: () => string[];
}

export interface MemoryWorld {
  clock: ManualClock;
  log: MemoryEventLog;
  snapshots: Snapshots;
  roles: RoleCatalogue;
}

export async function createMemoryWorld(): Promise<MemoryWorld> {
  const roles = await loadRoles([rolesFolder], {
    listFolders: async (path) => readdir(path).catch(() => undefined),
    readText: (path) => readFile(path, "utf8").catch(() => undefined),
  });
  return {
    clock: createManualClock(1_700_000_000_000),
    log: createMemoryEventLog(),
    snapshots: createMemorySnapshots(),
    roles,
  };
}

/** Starts a Parley on the data of this world. */
export async function startMemoryParley(
  world: MemoryWorld,
  {
    chats,
    life,
    lookUp,
    lossyWakeups,
    fleet,
    limits,
    publicOrigin = "https://parley.test",
  }: {
    chats: readonly Chat[];
    life: number;
    lookUp?: boolean;
    lossyWakeups?: () => number;
    fleet?: ChatFleet;
    limits?: Limits;
    publicOrigin?: string;
  },
): Promise<MemoryParley> {
  let alive = true;
  let end = (_nothing: undefined) => {};
  const ended = new Promise<undefined>((resolve) => {
    end = resolve;
  });
  const { clock } = world;
  const logger = createMemoryLogger({ maxRecords: 2_000 });
  const eventLog = cutOff(world.log, () => alive);
  const snapshots = cutOff(world.snapshots, () => alive);
  const reliable = createMemoryWakeups({ clock, log: logger });
  const wakeups = lossyWakeups
    ? {
        ...reliable,
        wake: (...args: Parameters<typeof reliable.wake>) => void (lossyWakeups() < 0.05 || reliable.wake(...args)),
      }
    : reliable;
  const ids = createSeededIds(life);
  const { parts } = assembleInMemory({
    eventLog,
    snapshots,
    wakeups,
    runtimes: { scripted: createScriptedAgents({ clock, sha256, worker: createInlinePatterns() }) },
    clock,
    ids,
    logger,
    chats,
    catalogue: world.roles,
    approvers: Object.fromEntries(chats.map(({ platform }) => [platform, [approverId]])),
    publicOrigin,
    onlyNode: !fleet,
    ...fleet,
    ...(limits && { limits }),
    ...(lookUp !== undefined && { lookUp }),
  });
  const { runtime, chats: bridges } = parts;
  await parts.start();
  return {
    runtime,
    bridges,
    ended,
    wakeups,
    logged: () =>
      logger.records.map(({ message, fields }) => [message, ...Object.values(fields).map(String)].join(" ")),
    kill: () => {
      alive = false;
      end(undefined);
    },
  };
}

/** Wraps a port so that its calls never settle once the process is dead. */
function cutOff<Port extends EventLog | Snapshots>(port: Port, isAlive: () => boolean): Port {
  return new Proxy(port, {
    get(target, key) {
      const method = Reflect.get(target, key) as (...args: unknown[]) => unknown;
      if (key === "tail") return method.bind(target);
      return async (...args: unknown[]) => {
        if (!isAlive()) return new Promise(() => {});
        const result = await method.apply(target, args);
        return isAlive() ? result : new Promise(() => {});
      };
    },
  });
}

/** Runs all pending work that needs no time. */
export async function quiet(): Promise<void> {
  for (let round = 0; round < 15; round++) await new Promise<void>((resolve) => setImmediate(resolve));
}

export async function pass({ clock }: Pick<MemoryWorld, "clock">, ms: number): Promise<void> {
  let left = ms;
  await quiet();
  while (left > 0) {
    const next = clock.untilNext() ?? left;
    const by = Math.min(left, Math.max(1, next));
    clock.advance(by);
    left -= by;
    await quiet();
  }
}

/** Messages of a room in log order, with the time each was stored (Unix ms). */
export async function messagesOf(
  log: EventLog,
  roomId: string,
): Promise<{ from: string; body: string; atMs: number }[]> {
  const entries: Entry[] = [];
  for (let page: Entry[] = []; entries.length === 0 || page.length === 500; entries.push(...page)) {
    page = await log.read(`room/${roomId}`, { after: entries.at(-1)?.version ?? 0 });
    if (page.length === 0) break;
  }
  return entries.flatMap((entry) => {
    if (entry.kind !== "commit") return [];
    const { at: atMs, events } = entry.commit;
    return (events as RoomEvent[]).flatMap((event) =>
      event.type === "message.posted" ? [{ from: event.from, body: event.body, atMs }] : [],
    );
  });
}
