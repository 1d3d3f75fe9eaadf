import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { afterEach, expect } from "vitest";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createSystemClock } from "../../../adapters/memory/system-clock.js";
import { createSlackChat } from "../../../adapters/slack/chat.js";
import type { Chat, ThreadTarget } from "../../../src/ports/chat.js";
import type { ChannelChange, Inbound, Reply } from "../../../src/ports/chat-inbound.js";
import type { ChatPost } from "../../../src/ports/chat-post.js";
import type { HttpMount } from "../../../src/ports/http-mount.js";
import type { SlackEmulator, SlackEmulatorOptions } from "../../emulators/slack/emulator.js";
import { createSlackEmulator } from "../../emulators/slack/emulator.js";

export type Mode = "socket" | "http";

const endings: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

export interface Rig {
  slack: SlackEmulator;
  chat: Chat;
  /** Everything delivered, oldest first. */
  inbound: Inbound[];
  /** Changes of channels, oldest first. */
  changes: ChannelChange[];
  /** Number of times Parley was told that it is connected. */
  connects(): number;
  /** Handles later deliveries, and returns the reply. */
  replyWith(reply: (inbound: Inbound) => Promise<Reply> | Reply): void;
  /** The log as text. */
  logged(): string;
  stop(): Promise<void>;
}

export interface RigOptions extends StrictOptions {
  /** In the place of the emulator's own, with what goes wrong before the start. */
  slack?: SlackEmulator;
  env?: Partial<SlackEmulator["env"]>;
}

export interface StrictOptions extends SlackEmulatorOptions {
  /** Rules that this test has broken on purpose. */
  broken?: readonly string[];
}

/** An emulator that ends with the test; then nothing may have happened that Slack or its manners would not allow. */
export async function startEmulator({ broken = [], ...options }: StrictOptions = {}): Promise<SlackEmulator> {
  const slack = await createSlackEmulator(options);
  endings.push(async () => {
    await slack.stop();
    expect(slack.violations().filter(({ rule }) => !broken.includes(rule))).toEqual([]);
    expect(slack.reach().unfurls).toEqual([]);
  });
  return slack;
}

/** Slack's adapter against the emulator, started; everything ends with the test. */
export async function startChat(mode: Mode, options: RigOptions = {}): Promise<Rig> {
  const slack = options.slack ?? (await startEmulator(options));
  const env = { ...slack.env, ...options.env };
  const logger = createMemoryLogger();
  const chat = createSlackChat({
    botToken: env.SLACK_BOT_TOKEN,
    ...(mode === "socket" ? { appToken: env.SLACK_APP_TOKEN } : { signingSecret: env.SLACK_SIGNING_SECRET }),
    apiUrl: env.SLACK_API_URL,
    clock: createSystemClock(),
    logger,
  });
  const inbound: Inbound[] = [];
  const changes: ChannelChange[] = [];
  let connects = 0;
  let reply: (inbound: Inbound) => Promise<Reply> | Reply = () => ({ kind: "none" });
  const started = await chat.start({
    deliver: async (one) => {
      inbound.push(one);
      return reply(one);
    },
    connected: () => {
      connects += 1;
    },
    channelChanged: async (change) => void changes.push(change),
  });
  endings.push(started.stop);
  const [mount] = started.mounts;
  if (mount !== undefined) await serveMount(slack, mount);
  return {
    slack,
    chat,
    inbound,
    changes,
    connects: () => connects,
    replyWith: (next) => {
      reply = next;
    },
    logged: () => JSON.stringify(logger.records),
    stop: started.stop,
  };
}

/** A rig that receives: later actions of people arrive. */
export async function startHearing(mode: Mode, options: RigOptions = {}): Promise<Rig> {
  const rig = await startChat(mode, options);
  const sockets = mode === "socket" ? 2 : 0;
  await rig.slack.until(() => rig.connects() > 0 && rig.slack.socketMode.connections() === sockets);
  return rig;
}

async function serveMount(slack: SlackEmulator, mount: HttpMount): Promise<void> {
  const fetch = async (request: Request): Promise<Response> =>
    new URL(request.url).pathname === mount.path ? mount.handle(request) : new Response(null, { status: 404 });
  const server = createAdaptorServer({ fetch }) as Server;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  endings.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  await slack.admin.useRequestUrl(`http://127.0.0.1:${(server.address() as AddressInfo).port}${mount.path}`);
}

export const channel = "C00GENERAL";

export const root: ChatPost = {
  kind: "root",
  card: {
    roomId: "r1",
    name: "fix-login",
    state: "active",
    participants: [
      { name: "coder", displayName: "Coder", role: "coder", kind: "agent", status: "working" },
      { name: "mia", displayName: "Mia", role: "owner", kind: "human", status: "idle" },
    ],
    usd: 0.5,
    buttons: [
      { kind: "press", id: "room:pause:r1", label: "Pause", style: "plain" },
      { kind: "link", url: "https://parley.example/r1", label: "Open in browser" },
    ],
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

export const gate = (more: object = {}): ChatPost => ({
  kind: "gate",
  gate: {
    kind: "message",
    heading: "coder wants to say to @reviewer",
    why: "every message of coder is held",
    body: "ship <!channel> it",
    buttons: [
      { kind: "press", id: "gate:1:approve", label: "Approve", style: "primary" },
      { kind: "press", id: "gate:1:edit", label: "Edit", style: "plain" },
      { kind: "press", id: "gate:1:drop", label: "Drop", style: "danger" },
    ],
    ...more,
  },
});

/** A room's thread with its root card. */
export async function openThread({ chat }: Rig, key = "r1/0/0/0"): Promise<ThreadTarget> {
  const [thread = ""] = await chat.post({ kind: "channel", channel }, root, key);
  return { kind: "thread", channel, thread };
}

export const sent = (key: string, post: ChatPost) => ({
  key,
  post,
  firstSentAtMs: Date.now(),
  recordedIds: new Set<string>(),
});
