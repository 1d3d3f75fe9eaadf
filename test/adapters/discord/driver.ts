import { discordSupports } from "../../../adapters/discord/limits.js";
import type { ChatDoor } from "../../../src/ports/chat-inbound.js";
import {
  createMemoryWorld,
  type MemoryParley,
  type MemoryWorld,
  messagesOf,
  startMemoryParley,
} from "../../chat/memory-parley.js";
import type { ChatDriver, CreateChatDriver, FaultPlan, Trouble } from "../../contract/chat-driver.js";
import { createDiscordEmulator, type DiscordEmulator } from "../../emulators/discord/emulator.js";
import { allPermissions, permissionBits } from "../../emulators/discord/model.js";
import { seededRandom } from "../../support/seeded-random.js";
import { createOneLife } from "./driver-life.js";
import { addPeople, createDiscordPeople, type Delivered, people } from "./driver-people.js";

/** The clock of Parley and of Discord goes this much faster than the one on the wall. */
const speed = 4;
const channels = ["500000000000000001", "500000000000000002"] as const;

/** The contract's driver on the Discord emulator, on a fast clock: Parley in this process, on data that outlives its kills. */
export const createDiscordDriver: CreateChatDriver = async ({ seed, supports }) => {
  const clock = createFastClock();
  const discord = await createDiscordEmulator({ nowMs: clock.nowMs, settings: emulatorSettings });
  addPeople(discord);
  const world: MemoryWorld = { ...(await createMemoryWorld()), clock };
  const delivered: Delivered[] = [];
  const shape = { ...discordSupports, ...supports };
  let life = seed * 1_000;
  let deafRound = seed;
  let plan: FaultPlan | undefined;
  let isDeaf = false;
  let current: { parley: MemoryParley; cut: () => Promise<void>; door: () => ChatDoor | undefined } | undefined;
  const isHearing = () => current !== undefined && !isDeaf && discord.gateway.connections() > 0;
  const actors = createDiscordPeople({ discord, delivered, isHearing });

  async function start({ lookUp = true }: { lookUp?: boolean } = {}): Promise<void> {
    life += 1;
    const one = createOneLife({ discord, clock, speed, supports: shape, delivered, plan: () => plan });
    const parley = await startMemoryParley(world, { chats: [one.chat], life, lookUp });
    current = { parley, cut: one.cut, door: one.door };
    await until("Parley hears", async () => isDeaf || (one.isConnected() && discord.store.state.commands.length > 0));
  }

  async function until<T>(what: string, look: () => Promise<T | undefined | false>, timeoutMs = 60_000): Promise<T> {
    // By the wall: a busy machine does not get faster with the clock.
    const endMs = clock.nowMs() + timeoutMs * speed;
    for (;;) {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      if (clock.nowMs() > endMs) throw new Error(`not within ${timeoutMs} ms: ${what}`);
      await pass(50);
    }
  }

  let undo: (() => void)[] = [];
  let endTrouble: (() => void)[] = [];
  const driver: ChatDriver = {
    platform: "discord",
    supports: shape,
    channels,
    people,
    act: actors.act,
    threads: async (channel) => discord.people.threads(channel),
    seen: async ({ thread }) => actors.seen(discord.people.seen(thread)),
    seenPrivately: async (user) => {
      const direct = discord.people.direct(user);
      return direct === undefined ? [] : actors.seen(discord.people.seen(direct));
    },
    logged: ({ thread }) => messagesOf(world.log, roomOf(discord, thread)),
    until,
    pass,
    nowMs: clock.nowMs,
    setFaults: async (next) => {
      plan = next;
    },
    async redeliver(by) {
      const random = seededRandom(by);
      const ranked = delivered.map(({ inbound }) => ({ inbound, rank: random() })).sort((a, b) => a.rank - b.rank);
      for (const { inbound } of ranked) await current?.door()?.deliver(inbound);
    },
    async setDeaf(deaf) {
      isDeaf = deaf;
      for (const end of undo.splice(0)) end();
      deafRound += 1;
      if (deaf) undo = deafen(discord, deafRound);
      else await until("Parley hears again", async () => (await current?.parley.bridges.checks.discord?.())?.ok);
    },
    async setTrouble(trouble) {
      for (const end of endTrouble.splice(0)) end();
      endTrouble = makeTrouble(discord, trouble);
    },
    async kill() {
      current?.parley.kill();
      await current?.cut();
      current = undefined;
    },
    start,
    health: async () => (await current?.parley.bridges.checks.discord?.()) ?? { ok: false },
    violations: async () => discord.violations().map(({ rule, detail }) => `${rule}: ${detail}`),
    pings: async () => {
      const { pings, unfurls } = discord.reach();
      const mentionable = ["600000000000000001", "600000000000000002", "600000000000000003"];
      const unwanted = pings.filter(({ target }) => !mentionable.includes(target));
      return [...unwanted.map(({ target, where }) => `${target} in ${where}`), ...unfurls];
    },
    async stop() {
      await current?.parley.bridges.stop();
      await current?.parley.runtime.stop();
      await current?.cut();
      await discord.stop();
    },
  };
  await start();
  return driver;
};

const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms / speed));

/** Discord's own limits in real time, because its SDK counts in real time. */
const emulatorSettings = {
  heartbeatMs: 400,
  nonceMs: 120_000,
  limits: {
    "POST message": { count: 5, windowMs: 5_000 / speed },
    "PATCH message": { count: 5, windowMs: 5_000 / speed },
    "POST webhook": { count: 5, windowMs: 2_000 / speed },
  },
};

/** A clock that cannot be moved, but runs fast. */
function createFastClock(): MemoryWorld["clock"] {
  const startedAtMs = Date.now();
  const passedMs = (): number => (Date.now() - startedAtMs) * speed;
  return {
    nowMs: () => startedAtMs + passedMs(),
    monotonicMs: passedMs,
    after(delayMs, run) {
      const timer = setTimeout(run, Math.min(delayMs / speed, 2 ** 31 - 1));
      return () => clearTimeout(timer);
    },
    advance: () => undefined,
    untilNext: () => undefined,
    freeze: () => undefined,
    shiftWallClock: () => undefined,
  };
}

const forever = 1_000_000;

/** Each time another way in which the connection goes; all that is sent meanwhile is gone. */
function deafen({ faults, gateway }: DiscordEmulator, round: number): (() => void)[] {
  const undo = [faults.add({ target: "gateway", mode: "drop", times: forever })];
  const ways = [
    gateway.drop,
    gateway.reconnect,
    () => gateway.close(4_000),
    () => gateway.invalidate(true),
    () => gateway.invalidate(false),
    gateway.mute,
  ];
  ways[round % ways.length]?.();
  gateway.forget();
  return undo;
}

/** Discord's answers to Parley; people can keep writing, as in all these cases. */
function makeTrouble({ store, faults }: DiscordEmulator, trouble: Trouble | undefined): (() => void)[] {
  const { state } = store;
  if (trouble === undefined) return [];
  if (trouble === "unauthorized") {
    state.tokenIsValid = false;
    return [
      faults.add({ target: "rest", route: "POST webhook", mode: "error", status: 401, code: 50_027, times: forever }),
      () => {
        state.tokenIsValid = true;
      },
    ];
  }
  if (trouble === "missing_permission") {
    state.permissions = String(allPermissions & ~permissionBits.sendMessagesInThreads);
    return [
      faults.add({ target: "rest", route: "POST webhook", mode: "error", status: 403, code: 50_013, times: forever }),
      () => {
        state.permissions = String(allPermissions);
      },
    ];
  }
  const code = trouble === "channel_gone" ? 50_001 : 50_083;
  const routes = ["POST message", "POST webhook", "PATCH message", "PATCH webhook", "DELETE message"];
  return routes.map((route) => faults.add({ target: "rest", route, mode: "error", code, times: forever }));
}

/** The buttons of a root name its room. */
export function roomOf({ messages, store }: DiscordEmulator, thread: string): string {
  const parent = store.state.channels[thread]?.parent_id ?? "";
  const root = messages.of(parent).find(({ id }) => id === thread);
  const told = JSON.stringify(root?.components ?? []);
  const known = /p:r:([0-9a-z]+):/.exec(told)?.[1];
  if (known !== undefined) rooms.set(thread, known);
  return known ?? rooms.get(thread) ?? "";
}

/** A closed room's card has no buttons any more. */
const rooms = new Map<string, string>();
