import { slackSupports } from "../../../adapters/slack/limits.js";
import type { ChatDoor } from "../../../src/ports/chat-inbound.js";
import {
  createMemoryWorld,
  type MemoryParley,
  type MemoryWorld,
  messagesOf,
  startMemoryParley,
} from "../../chat/memory-parley.js";
import type { ChatDriver, CreateChatDriver, FaultPlan, Trouble } from "../../contract/chat-driver.js";
import { createSlackEmulator, type SlackEmulator } from "../../emulators/slack/emulator.js";
import { seededRandom } from "../../support/seeded-random.js";
import { createOneLife } from "./driver-life.js";
import { addPeople, createSlackPeople, type Delivered, people } from "./driver-people.js";
import type { Mode } from "./harness.js";

/** The clock of Parley and of Slack goes this much faster than the one on the wall. */
const speed = 4;
const channels = ["C00GENERAL", "C000BUILDS"] as const;

/** The contract's driver on the Slack emulator, on a fast clock: Parley in this process, on data that outlives its kills. */
export const createSlackDriver =
  (mode: Mode): CreateChatDriver =>
  async ({ seed, supports }) => {
    const clock = createFastClock();
    const slack = await createSlackEmulator({ nowMs: clock.nowMs, settings: slackSettings });
    addPeople(slack);
    const world: MemoryWorld = { ...(await createMemoryWorld()), clock };
    const delivered: Delivered[] = [];
    const shape = { ...slackSupports, ...supports };
    let life = seed * 1_000;
    let plan: FaultPlan | undefined;
    let isDeaf = false;
    let current: { parley: MemoryParley; cut: () => Promise<void>; door: () => ChatDoor | undefined } | undefined;
    const isHearing = () => current !== undefined && !isDeaf;
    const actors = createSlackPeople({ slack, delivered, isHearing });

    async function start({ lookUp = true }: { lookUp?: boolean } = {}): Promise<void> {
      life += 1;
      const one = createOneLife({ slack, mode, clock, speed, supports: shape, delivered, plan: () => plan });
      const parley = await startMemoryParley(world, { chats: [one.chat], life, lookUp });
      current = { parley, cut: one.cut, door: one.door };
      await until("Parley hears", async () => isDeaf || one.isConnected());
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
      platform: "slack",
      supports: shape,
      channels,
      people,
      act: actors.act,
      threads: async (channel) =>
        slack.people
          .channel(channel)
          .filter(({ metadata }) => metadata !== undefined)
          .map(({ ts }) => ts),
      seen: async ({ channel, thread }) => actors.seen(slack.people.thread(channel, thread)),
      seenPrivately: async (user) => {
        const direct = actors.direct(user);
        return direct === undefined ? [] : actors.seen(slack.people.channel(direct));
      },
      logged: ({ channel, thread }) => messagesOf(world.log, roomOf(slack, channel, thread)),
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
        if (deaf) undo = deafen(slack);
        else await until("Parley hears again", async () => (await current?.parley.bridges.checks.slack?.())?.ok);
      },
      async setTrouble(trouble) {
        for (const end of endTrouble.splice(0)) end();
        endTrouble = makeTrouble(slack, trouble);
      },
      async kill() {
        current?.parley.kill();
        await current?.cut();
        current = undefined;
      },
      start,
      health: async () => (await current?.parley.bridges.checks.slack?.()) ?? { ok: false },
      violations: async () =>
        slack
          .violations()
          .map(({ rule, detail }) => (rule === "posted_twice" ? "a key was posted twice" : `${rule}: ${detail}`)),
      pings: async () => {
        const { pings, unfurls } = slack.reach();
        const unwanted = pings.filter(({ target }) => !Object.values(mentionable).includes(target));
        return [...unwanted.map(({ target, where }) => `${target} in ${where}`), ...unfurls];
      },
      async stop() {
        await current?.parley.bridges.stop();
        await current?.parley.runtime.stop();
        await current?.cut();
        await slack.stop();
      },
    };
    await start();
    return driver;
  };

const mentionable = { Mia: "U000MIA", Bob: "U000BOB", Eve: "U000EVE" };

const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms / speed));

/** Slack's own durations; those that are measured on the wall are stretched, for the clock beside them runs fast. */
const slackSettings = {
  ackTimeoutMs: 3_000 * speed,
  triggerLifeMs: 3_000 * speed,
  inFlightGraceMs: 50 * speed,
  redeliveryDelaysMs: [1_000, 10_000, 20_000, 30_000, 60_000, 60_000, 60_000].map((ms) => ms / speed),
  allowedMentions: Object.values(mentionable),
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

/** Nothing gets in, and nothing that Parley asks is answered. */
function deafen({ faults, socketMode }: SlackEmulator): (() => void)[] {
  const undo = [
    faults.add({ target: "socket", mode: "refuse", times: forever }),
    faults.add({ target: "delivery", mode: "lose", times: forever }),
    faults.add({ target: "call", method: "auth.test", mode: "drop", times: forever }),
  ];
  socketMode.cut();
  return undo;
}

const forever = 1_000_000;

/** Slack's answers to Parley; people can keep writing, as in all these cases. */
const troubles: Readonly<
  Record<Exclude<Trouble, "missing_permission">, { error: string; methods: readonly string[] }>
> = {
  unauthorized: {
    error: "token_revoked",
    methods: ["auth.test", "chat.postMessage", "chat.update", "chat.delete", "conversations.replies"],
  },
  channel_gone: { error: "is_archived", methods: ["chat.postMessage", "chat.update", "chat.delete"] },
  thread_gone: { error: "thread_not_found", methods: ["chat.postMessage", "chat.update", "conversations.replies"] },
};

function makeTrouble({ admin, faults }: SlackEmulator, trouble: Trouble | undefined): (() => void)[] {
  if (trouble === undefined) return [];
  if (trouble === "missing_permission") {
    admin.dropScope("chat:write");
    return [() => admin.grantScope("chat:write")];
  }
  const { error, methods } = troubles[trouble];
  return methods.map((method) => faults.add({ target: "call", mode: "error", error, method, times: forever }));
}

/** A post's key begins with its room. */
function roomOf(slack: SlackEmulator, channel: string, thread: string): string {
  const [root] = slack.people.thread(channel, thread);
  return String(root?.metadata?.event_payload.key ?? "").split("/")[0] ?? "";
}
