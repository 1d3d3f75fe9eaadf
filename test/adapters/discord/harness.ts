import { afterEach, expect } from "vitest";
import { createDiscordChat } from "../../../adapters/discord/chat.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createSystemClock } from "../../../adapters/memory/system-clock.js";
import type { Chat, ThreadTarget } from "../../../src/ports/chat.js";
import type { ChannelChange, ChatDoor, ChatQuestion, Inbound, Reply } from "../../../src/ports/chat-inbound.js";
import type { ChatPost } from "../../../src/ports/chat-post.js";
import {
  createDiscordEmulator,
  type DiscordEmulator,
  type DiscordEmulatorOptions,
} from "../../emulators/discord/emulator.js";

const endings: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

export interface Rig {
  discord: DiscordEmulator;
  chat: Chat;
  inbound: Inbound[];
  /** Changes of channels, oldest first. */
  changes: ChannelChange[];
  connects(): number;
  replyWith(reply: (inbound: Inbound) => Promise<Reply> | Reply): void;
  suggestWith(suggest: (asked: ChatQuestion) => readonly string[]): void;
  logged(): string;
  /** Disconnects and connects again, as a process of a fleet that loses the connection's lease and gets it back. */
  reconnect(): Promise<void>;
}

export const channel = "500000000000000001";
const quick = { heartbeatMs: 300 };

/** An emulator that ends with the test; then no rule may have been broken but those named. */
export async function startEmulator(
  options: DiscordEmulatorOptions & { broken?: readonly string[] } = {},
): Promise<DiscordEmulator> {
  const { broken = [], settings, ...others } = options;
  const discord = await createDiscordEmulator({ ...others, settings: { ...quick, ...settings } });
  endings.push(async () => {
    await discord.stop().catch(() => undefined);
    expect(discord.violations().filter(({ rule }) => !broken.includes(rule))).toEqual([]);
    expect(discord.reach().unfurls).toEqual([]);
  });
  return discord;
}

/** Discord's adapter against the emulator, started; everything ends with the test. */
export async function startChat(options: { discord?: DiscordEmulator; token?: string } = {}): Promise<Rig> {
  const discord = options.discord ?? (await startEmulator());
  const logger = createMemoryLogger();
  const chat = createDiscordChat({
    botToken: options.token ?? discord.env.DISCORD_BOT_TOKEN,
    guildId: discord.env.DISCORD_GUILD_ID,
    apiUrl: discord.env.DISCORD_API_URL,
    clock: createSystemClock(),
    logger,
  });
  const inbound: Inbound[] = [];
  const changes: ChannelChange[] = [];
  let connects = 0;
  let reply: (inbound: Inbound) => Promise<Reply> | Reply = () => ({ kind: "none" });
  let suggest: (asked: ChatQuestion) => readonly string[] = () => [];
  const door: ChatDoor = {
    suggest: async (asked) => suggest(asked),
    deliver: async (one) => {
      inbound.push(one);
      return reply(one);
    },
    connected: () => {
      connects += 1;
    },
    channelChanged: async (change) => void changes.push(change),
  };
  let running = await chat.start(door);
  endings.push(() => running.stop());
  return {
    discord,
    chat,
    inbound,
    changes,
    connects: () => connects,
    replyWith: (next) => {
      reply = next;
    },
    suggestWith: (next) => {
      suggest = next;
    },
    logged: () => JSON.stringify(logger.records),
    reconnect: async () => {
      await running.stop();
      running = await chat.start(door);
    },
  };
}

/** A rig that receives: later actions of people arrive. */
export async function startHearing(discord?: DiscordEmulator): Promise<Rig> {
  const rig = await startChat(discord === undefined ? {} : { discord });
  await rig.discord.until(() => rig.connects() > 0 && rig.discord.store.state.commands.length > 0, 10_000);
  return rig;
}

export const root: ChatPost = {
  kind: "root",
  card: {
    roomId: "r1",
    name: "fix-login",
    state: "active",
    participants: [{ name: "coder", displayName: "Coder", role: "coder", kind: "agent", status: "working" }],
    usd: 0.5,
    buttons: [{ kind: "press", id: "r:r1:pause", label: "Pause", style: "plain" }],
  },
};

export const said = (text: string, more: object = {}): ChatPost => ({
  kind: "message",
  message: {
    from: { name: "coder", displayName: "Coder", role: "coder", kind: "agent" },
    to: "room",
    text,
    part: { number: 1, count: 1 },
    ...more,
  },
});

export async function openThread({ chat }: Rig, key = "r1/0/0/0"): Promise<ThreadTarget> {
  const [thread = ""] = await chat.post({ kind: "channel", channel }, root, key);
  return { kind: "thread", channel, thread };
}

export const sent = (key: string, post: ChatPost, recorded: readonly string[] = []) => ({
  key,
  post,
  firstSentAtMs: Date.now(),
  recordedIds: new Set(recorded),
});
