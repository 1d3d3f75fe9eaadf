import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createMemoryBlobs } from "../../adapters/memory/blobs.js";
import { createMemoryPlatform } from "../../adapters/memory/chat.js";
import type { ChatFault } from "../../adapters/memory/chat-platform.js";
import { createManualClock, type ManualClock } from "../../adapters/memory/clock.js";
import { createMemoryEventLog, type MemoryEventLog } from "../../adapters/memory/event-log.js";
import { createSeededIds } from "../../adapters/memory/ids.js";
import { createMemoryLimits } from "../../adapters/memory/limits.js";
import { createMemoryLogger } from "../../adapters/memory/logger.js";
import { createMemorySnapshots } from "../../adapters/memory/snapshots.js";
import { createMemoryWakeups } from "../../adapters/memory/wakeups.js";
import { createScriptedAgents } from "../../adapters/scripted/agents.js";
import type { RoomEvent } from "../../src/core/event.js";
import type { Chat } from "../../src/ports/chat.js";
import type { Entry, EventLog } from "../../src/ports/event-log.js";
import type { Snapshots } from "../../src/ports/snapshots.js";
import { type ChatBridges, createChatBridges } from "../../src/runtime/chat-bridges.js";
import { createRoomMaker } from "../../src/runtime/create-room.js";
import { createInvites } from "../../src/runtime/invites.js";
import { createResolveAgent, loadRoles, type RoleCatalogue } from "../../src/runtime/roles.js";
import { createRuntime, type Runtime, sha256 } from "../../src/runtime/runtime.js";
import { createTokens } from "../../src/runtime/tokens.js";
import type { ChatDriver, CreateChatDriver, Fault, Seen } from "../contract/chat-driver.js";
import { seededRandom } from "../support/seeded-random.js";
import { answerOf, inboundOf, seenPost } from "./memory-people.js";

const rolesFolder = fileURLToPath(new URL("../contract/chat-roles", import.meta.url));
const people = { owner: "Mia", approver: "Ann", member: "Bob", stranger: "Eve" };
const userOf = (name: string) => ({ id: `U-${name.toLowerCase()}`, displayName: name });

/** One process of Parley, cut off from everything when it is killed. */
export interface MemoryParley {
  runtime: Runtime;
  bridges: ChatBridges;
  /** Resolves when it is killed or stopped. */
  ended: Promise<undefined>;
  kill: () => void;
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

/** Starts a Parley on this world's data. */
export async function startMemoryParley(
  world: MemoryWorld,
  {
    chats,
    life,
    lookUp,
    lossyWakeups,
  }: { chats: readonly Chat[]; life: number; lookUp?: boolean; lossyWakeups?: () => number },
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
  const runtimes = { scripted: createScriptedAgents({ clock, sha256 }) };
  const runtime = createRuntime({
    eventLog,
    snapshots,
    wakeups,
    runtimes,
    clock,
    ids,
    logger,
    node: "node",
    onlyNode: true,
    turnIdleMs: 900_000,
  });
  const secret = "a secret for tests only";
  const { rooms } = runtime;
  const invites = createInvites({ secret, ids, clock, sha256 });
  const tokens = createTokens({ secret, clock });
  const resolveAgent = createResolveAgent({ catalogue: world.roles, usable: () => ["scripted"] });
  const makeRoom = createRoomMaker({ rooms, eventLog, ids, clock, secret, sha256, tokens, invites, resolveAgent });
  const bridges = createChatBridges({
    chats,
    rooms,
    activity: runtime.activity,
    eventLog,
    snapshots,
    wakeups,
    limits: createMemoryLimits({ clock }),
    blobs: createMemoryBlobs(),
    clock,
    ids,
    logger,
    sha256,
    makeRoom,
    resolveAgent,
    invites,
    approvers: Object.fromEntries(chats.map(({ platform }) => [platform, [userOf(people.approver).id]])),
    publicOrigin: () => "https://parley.test",
    ...(lookUp !== undefined && { lookUp }),
  });
  await bridges.start();
  runtime.start();
  return {
    runtime,
    bridges,
    ended,
    kill: () => {
      alive = false;
      end(undefined);
    },
  };
}

/** A port whose calls never come back once the process is dead. */
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

/** Lets everything that needs no time happen. */
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

/** The contract's driver on the platform in memory, all on a virtual clock: the same seed gives the same run. */
export const createMemoryChatDriver: CreateChatDriver = async ({ seed, supports }) => {
  const world = await createMemoryWorld();
  const { clock } = world;
  const platform = createMemoryPlatform({ platform: "memory", clock, ...(supports && { supports }) });
  const random = seededRandom(seed);
  let life = seed * 1_000;
  let parley: MemoryParley | undefined;
  let files = 0;

  async function start({ lookUp = true }: { lookUp?: boolean } = {}): Promise<void> {
    life += 1;
    parley = await settle(startMemoryParley(world, { chats: [platform.chat()], life, lookUp, lossyWakeups: random }));
    await quiet();
  }

  /** The result, while virtual time goes on. */
  async function settle<T>(work: Promise<T>, timeoutMs = 30_000): Promise<T> {
    let done: { value: T } | { error: unknown } | undefined;
    work.then(
      (value) => (done = { value }),
      (error: unknown) => (done = { error }),
    );
    for (let waitedMs = 0; waitedMs < timeoutMs; waitedMs += 10) {
      await quiet();
      if (done) break;
      await pass(world, 10);
    }
    if (!done) throw new Error("no answer in time");
    if ("error" in done) throw done.error;
    return done.value;
  }

  const driver: ChatDriver = {
    platform: "memory",
    supports: platform.chat().supports,
    channels: ["C1", "C2"],
    people,
    async act(action) {
      const { user, channel, thread } = action;
      const place = { user: userOf(user), channel, ...(thread !== undefined && { thread }) };
      const id = `m${++files}`;
      const done = inboundOf(platform, action, { user: userOf(user).id, files });
      // A killed Parley answers nothing.
      const reply = await settle(
        Promise.race([platform.act({ ...place, action: done, id }), parley?.ended ?? Promise.resolve(undefined)]),
      );
      return answerOf(id, reply);
    },
    async threads(channel) {
      const roots = platform.posts.filter(({ target }) => target.kind === "channel" && target.channel === channel);
      return roots.flatMap(({ ids }) => ids[0] ?? []);
    },
    async seen({ channel, thread }) {
      const root = platform.posts.find(({ ids }) => ids[0] === thread);
      const below = platform.thread(channel, thread).flatMap((one): Seen[] => {
        if (one.kind === "post") return seenPost(one.shown);
        const { user, action } = one.inbound;
        const text = action.kind === "message" ? action.text : "";
        return [{ from: user.displayName, isPerson: true, text, buttons: [] }];
      });
      return [...(root ? seenPost(root) : []), ...below];
    },
    async logged({ thread }) {
      const root = platform.posts.find(({ ids }) => ids[0] === thread);
      return messagesOf(world.log, root?.post.kind === "root" ? root.post.card.roomId : "");
    },
    seenPrivately: async (user) =>
      platform.posts
        .filter(({ target }) => target.kind === "person" && target.userId === userOf(user).id)
        .flatMap(seenPost),
    async until(what, look, timeoutMs = 60_000) {
      for (let waitedMs = 0; waitedMs <= timeoutMs; waitedMs += 50) {
        const found = await look();
        if (found !== undefined && found !== false) return found;
        await pass(world, 50);
      }
      throw new Error(`not within ${timeoutMs} ms: ${what}`);
    },
    pass: (ms) => pass(world, ms),
    nowMs: () => clock.nowMs(),
    async setFaults(plan) {
      platform.planFaults((call, target) => {
        if (!plan || call === "download") return undefined;
        const channel = target && target.kind !== "person" ? target.channel : undefined;
        return faultOf(plan({ method: call, channel }));
      });
    },
    async redeliver(by) {
      const shuffle = seededRandom(by);
      await settle(
        platform.redeliver((count) =>
          Array.from({ length: count }, (_, at) => ({ at, rank: shuffle() }))
            .sort((a, b) => a.rank - b.rank)
            .map(({ at }) => at),
        ),
        600_000,
      );
    },
    async setDeaf(isDeaf) {
      platform.setDeaf(isDeaf);
      await quiet();
    },
    async setTrouble(trouble) {
      platform.setTrouble(trouble);
      await quiet();
    },
    async kill() {
      parley?.kill();
      // Its calls under way reach the platform no more.
      platform.chat();
      await quiet();
    },
    start,
    health: async () => (await parley?.bridges.checks.memory?.()) ?? { ok: false },
    violations: async () => {
      const keys = platform.posts.map(({ key, target }) => `${key} in ${JSON.stringify(target)}`);
      return [...platform.violations, ...(new Set(keys).size === keys.length ? [] : ["a key was posted twice"])];
    },
    pings: async () => [],
    stop: async () => {
      if (!parley) return;
      await settle(Promise.all([parley.bridges.stop(), parley.runtime.stop()]));
      parley.kill();
    },
  };
  await start();
  return driver;
};

function faultOf(fault: Fault | undefined): ChatFault | undefined {
  if (fault?.kind === "unavailable") return { kind: "refused", code: "unavailable" };
  return fault;
}

async function messagesOf(log: EventLog, roomId: string): Promise<{ from: string; body: string }[]> {
  const entries: Entry[] = [];
  for (let page: Entry[] = []; entries.length === 0 || page.length === 500; entries.push(...page)) {
    page = await log.read(`room/${roomId}`, { after: entries.at(-1)?.version ?? 0 });
    if (page.length === 0) break;
  }
  const events = entries.flatMap((entry) => (entry.kind === "commit" ? (entry.commit.events as RoomEvent[]) : []));
  return events.flatMap((event) => (event.type === "message.posted" ? [{ from: event.from, body: event.body }] : []));
}
