import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createSystemClock } from "../../../adapters/memory/system-clock.js";
import { createSlackChat } from "../../../adapters/slack/chat.js";
import { slackSupports } from "../../../adapters/slack/limits.js";
import type { RoomEvent } from "../../../src/core/event.js";
import type { Chat, ChatDoor, ChatTarget, HttpMount } from "../../../src/ports/chat.js";
import { createMemoryWorld, type MemoryParley, type MemoryWorld, startMemoryParley } from "../../chat/memory-driver.js";
import type { ChatDriver, CreateChatDriver, Fault, FaultPlan, Trouble } from "../../contract/chat-driver.js";
import { createSlackEmulator, type SlackEmulator } from "../../emulators/slack/emulator.js";
import { seededRandom } from "../../support/seeded-random.js";
import { addPeople, createSlackPeople, type Delivered, people } from "./driver-people.js";
import type { Mode } from "./harness.js";

/** Slack's time goes this much faster; Parley's pace is raised with it. */
const timeScale = 10;
const channels = ["C00GENERAL", "C000BUILDS"] as const;

/** The contract's driver on the Slack emulator, in real time: Parley in this process, on data that outlives its kills. */
export const createSlackDriver =
  (mode: Mode): CreateChatDriver =>
  async ({ seed, supports }) => {
    const redeliveryDelaysMs = [1_000, 5_000, 10_000, 20_000, 40_000, 60_000, 60_000];
    const slack = await createSlackEmulator({
      settings: { timeScale, redeliveryDelaysMs, allowedMentions: Object.values(mentionable) },
    });
    addPeople(slack);
    const world: MemoryWorld = { ...(await createMemoryWorld()), clock: realClock() };
    const delivered: Delivered[] = [];
    const pace = { postIntervalMs: slackSupports.postIntervalMs / timeScale, editsPerMinute: 300 };
    const shape = { ...slackSupports, ...pace, ...supports };
    let life = seed * 1_000;
    let plan: FaultPlan | undefined;
    let isDeaf = false;
    let current: { parley: MemoryParley; cut: () => Promise<void>; door: () => ChatDoor | undefined } | undefined;
    const isHearing = () => current !== undefined && !isDeaf;
    const actors = createSlackPeople({ slack, delivered, isHearing });

    async function start({ lookUp = true }: { lookUp?: boolean } = {}): Promise<void> {
      life += 1;
      const one = createOneLife({ slack, mode, supports: shape, delivered, plan: () => plan });
      const parley = await startMemoryParley(world, { chats: [one.chat], life, lookUp });
      current = { parley, cut: one.cut, door: one.door };
      await until("Parley hears", async () => isDeaf || one.isConnected());
    }

    async function until<T>(what: string, look: () => Promise<T | undefined | false>, timeoutMs = 60_000): Promise<T> {
      const endMs = Date.now() + timeoutMs;
      for (;;) {
        const found = await look();
        if (found !== undefined && found !== false) return found;
        if (Date.now() > endMs) throw new Error(`not within ${timeoutMs} ms: ${what}`);
        await pass(50);
      }
    }

    let undo: (() => void)[] = [];
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
      logged: ({ channel, thread }) => logged(world, roomOf(slack, channel, thread)),
      until,
      pass,
      nowMs: () => Date.now(),
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
        else await until("Parley hears again", async () => mode === "http" || slack.socketMode.connections() > 0);
      },
      setTrouble: async (trouble) => makeTrouble(slack, trouble),
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

const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Real time where the world asks for a clock that can be moved. */
const realClock = (): MemoryWorld["clock"] => ({
  ...createSystemClock(),
  advance: () => undefined,
  untilNext: () => undefined,
  shiftWallClock: () => undefined,
});

interface OneLifeOptions {
  slack: SlackEmulator;
  mode: Mode;
  supports: Chat["supports"];
  delivered: Delivered[];
  plan: () => FaultPlan | undefined;
}

/** Slack's adapter as one process has it; after `cut` nothing comes out of it and nothing gets in. */
function createOneLife({ slack, mode, supports, delivered, plan }: OneLifeOptions) {
  const { env } = slack;
  let isCut = false;
  let isConnected = false;
  let opened: ChatDoor | undefined;
  let end = async (): Promise<void> => undefined;
  const chat = createSlackChat({
    botToken: env.SLACK_BOT_TOKEN,
    ...(mode === "socket" ? { appToken: env.SLACK_APP_TOKEN } : { signingSecret: env.SLACK_SIGNING_SECRET }),
    apiUrl: env.SLACK_API_URL,
    clock: createSystemClock(),
    logger: createMemoryLogger({ maxRecords: 500 }),
  });

  /** Arms what the plan wants for this call; a dead process' calls neither start nor end. */
  async function call<T>(
    method: keyof typeof methods,
    target: ChatTarget | undefined,
    run: () => Promise<T>,
  ): Promise<T> {
    if (isCut) return never();
    const channel = target === undefined || target.kind === "person" ? undefined : target.channel;
    const fault = plan()?.({ method, channel });
    const disarm = fault === undefined ? () => undefined : arm(slack, { fault, method, channel });
    try {
      const result = await run();
      return isCut ? await never() : result;
    } catch (error) {
      if (isCut) return never();
      throw error;
    } finally {
      disarm();
    }
  }

  const door = (to: ChatDoor): ChatDoor => ({
    async deliver(inbound) {
      if (isCut) return never();
      const one: Delivered = { inbound };
      delivered.push(one);
      one.reply = await to.deliver(inbound);
      return isCut ? never() : one.reply;
    },
    connected() {
      isConnected = true;
      if (!isCut) to.connected();
    },
  });

  const wrapped: Chat = {
    ...chat,
    supports,
    async start(to) {
      opened = to;
      const { mounts, stop } = await chat.start(door(to));
      const close = await serve(slack, mounts);
      end = async () => {
        await close();
        await stop();
      };
      return { mounts, stop };
    },
    post: (target, post, key) => call("post", target, () => chat.post(target, post, key)),
    edit: (target, ids, post) => call("edit", target, () => chat.edit(target, ids, post)),
    find: (target, sent) => call("find", target, () => chat.find(target, sent)),
    history: (target, sinceMs) => call("history", target, () => chat.history(target, sinceMs)),
  };
  return {
    chat: wrapped,
    door: () => opened,
    isConnected: () => isConnected,
    cut: async () => {
      isCut = true;
      if (mode === "socket") slack.socketMode.cut();
      await end();
    },
  };
}

const never = <T>(): Promise<T> => new Promise(() => undefined);

async function serve(slack: SlackEmulator, mounts: readonly HttpMount[]): Promise<() => Promise<void>> {
  const [mount] = mounts;
  if (mount === undefined) return async () => undefined;
  const server = createAdaptorServer({ fetch: (request: Request) => mount.handle(request) }) as Server;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await slack.admin.useRequestUrl(`http://127.0.0.1:${(server.address() as AddressInfo).port}${mount.path}`);
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
}

const methods = {
  post: "chat.postMessage",
  edit: "chat.update",
  find: "conversations.replies",
  history: "conversations.replies",
} as const;

interface Arming {
  fault: Fault;
  method: keyof typeof methods;
  channel: string | undefined;
}

function arm({ faults }: SlackEmulator, { fault, method, channel }: Arming): () => void {
  const where = {
    target: "call",
    method: methods[method],
    ...(channel === undefined ? {} : { match: channel }),
  } as const;
  // Reads are repeated by the client: a failure must be longer than its patience.
  const times = method === "post" || method === "edit" ? 1 : 3;
  if (fault.kind === "limited")
    return faults.add({ ...where, mode: "rate_limit", retryAfterS: Math.ceil(fault.retryAfterMs / 1_000) });
  if (fault.kind === "unavailable") return faults.add({ ...where, times, mode: "error", error: "service_unavailable" });
  const phase = fault.hasEffect ? "after" : "before";
  if (fault.afterMs === undefined || fault.afterMs === 0) return faults.add({ ...where, times, mode: "drop", phase });
  return faults.add({ ...where, times: 1, mode: "hang", phase, delayMs: fault.afterMs });
}

function deafen(slack: SlackEmulator): (() => void)[] {
  const forever = 1_000_000;
  const undo = [
    slack.faults.add({ target: "socket", mode: "refuse", times: forever }),
    slack.faults.add({ target: "delivery", mode: "lose", times: forever }),
  ];
  slack.socketMode.cut();
  return undo;
}

let endTrouble: () => void = () => undefined;

function makeTrouble({ admin, faults }: SlackEmulator, trouble: Trouble | undefined): void {
  endTrouble();
  endTrouble = () => undefined;
  if (trouble === "unauthorized") {
    admin.revokeToken("bot");
    endTrouble = () => admin.restoreToken("bot");
  }
  if (trouble === "missing_permission") {
    admin.dropScope("chat:write");
    endTrouble = () => admin.grantScope("chat:write");
  }
  if (trouble === "channel_gone") {
    for (const channel of channels) admin.archive(channel);
    endTrouble = () => {
      for (const channel of channels) admin.unarchive(channel);
    };
  }
  if (trouble === "thread_gone") {
    // A deleted thread does not come back; the answer does.
    const gone = { target: "call", mode: "error", error: "thread_not_found", times: 1_000_000 } as const;
    const undo = ["chat.postMessage", "chat.update", "conversations.replies"].map((method) =>
      faults.add({ ...gone, method }),
    );
    endTrouble = () => {
      for (const end of undo) end();
    };
  }
}

/** A post's key begins with its room. */
function roomOf(slack: SlackEmulator, channel: string, thread: string): string {
  const [root] = slack.people.thread(channel, thread);
  return String(root?.metadata?.event_payload.key ?? "").split("/")[0] ?? "";
}

async function logged(world: MemoryWorld, roomId: string): Promise<{ from: string; body: string }[]> {
  const messages: { from: string; body: string }[] = [];
  for (let after = 0; ; ) {
    const entries = await world.log.read(`room/${roomId}`, { after });
    for (const entry of entries) {
      after = entry.version ?? after;
      const events = entry.kind === "commit" ? (entry.commit.events as RoomEvent[]) : [];
      for (const event of events)
        if (event.type === "message.posted") messages.push({ from: event.from, body: event.body });
    }
    if (entries.length < 500) return messages;
  }
}
