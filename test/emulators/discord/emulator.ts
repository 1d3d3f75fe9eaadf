import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createPictures, type Pictures } from "../pictures.js";
import { type Admin, createAdmin } from "./admin.js";
import { createControl } from "./control.js";
import { createFaults, type Faults } from "./faults.js";
import { createGateway, type Gateway } from "./gateway.js";
import { createInteractions, type Interactions } from "./interactions.js";
import { createMessages, type Messages } from "./messages.js";
import { createStore, guildId, type Json, type Store, token, type Violation } from "./model.js";
import { servePage } from "./page.js";
import { createPeople, type People } from "./people.js";
import type { BucketLimit } from "./rate-limits.js";
import { createRest } from "./rest.js";

export interface Settings {
  heartbeatMs: number;
  /** How much longer than two heartbeats a silent client is kept. */
  heartbeatPatienceMs: number;
  /** An interaction must be answered in this time of the wall. */
  ackMs: number;
  tokenLifeMs: number;
  /** How long a nonce is remembered, by the emulator's clock. */
  nonceMs: number;
  showsNonceInHistory: boolean;
  limits: Readonly<Record<string, BucketLimit>>;
  /** Answers 401, 403 and 429 that an address may collect before it is shut out. Real time. */
  invalidRequests: BucketLimit;
  /** IDENTIFYs of a token before it is reset. Real time. */
  identifies: BucketLimit;
  /** Open threads of the server (160006). */
  activeThreads: number;
  /** Edits that a message older than an hour takes in the window (30046). */
  oldEdits: BucketLimit & { ageMs: number };
  /** Follow-ups to one interaction (40094). */
  followUps: number;
}

export const defaultSettings: Settings = {
  heartbeatMs: 41_250,
  heartbeatPatienceMs: 3_000,
  ackMs: 3_000,
  tokenLifeMs: 900_000,
  nonceMs: 120_000,
  showsNonceInHistory: false,
  limits: {
    "POST message": { count: 5, windowMs: 5_000 },
    "PATCH message": { count: 5, windowMs: 5_000 },
    "POST webhook": { count: 5, windowMs: 2_000 },
  },
  invalidRequests: { count: 10_000, windowMs: 600_000 },
  identifies: { count: 1_000, windowMs: 86_400_000 },
  activeThreads: 1_000,
  oldEdits: { count: 30, windowMs: 3_600_000, ageMs: 3_600_000 },
  followUps: 5,
};

/** The settings with every duration divided by this factor. */
export function scaled(timeScale: number): Settings {
  const { heartbeatMs, ackMs, tokenLifeMs, nonceMs, limits, ...others } = defaultSettings;
  const shorter = (ms: number): number => Math.ceil(ms / timeScale);
  const windows = Object.entries(limits).map(
    ([name, { count, windowMs }]) => [name, { count, windowMs: shorter(windowMs) }] as const,
  );
  return {
    ...others,
    heartbeatMs: shorter(heartbeatMs),
    ackMs: shorter(ackMs),
    tokenLifeMs: shorter(tokenLifeMs),
    nonceMs: shorter(nonceMs),
    limits: Object.fromEntries(windows),
  };
}

export interface DiscordEmulatorOptions {
  port?: number;
  /** File that keeps everything over the emulator's death. */
  statePath?: string;
  settings?: Partial<Settings>;
  nowMs?: () => number;
  /** How the platform fetches pictures from outside. Default: not at all. */
  fetchPicture?: (url: string) => Promise<Response>;
}

export interface DiscordEmulator {
  readonly url: string;
  readonly port: number;
  readonly env: { DISCORD_BOT_TOKEN: string; DISCORD_GUILD_ID: string; DISCORD_API_URL: string };
  readonly people: People;
  readonly admin: Admin;
  readonly faults: Faults;
  readonly gateway: Gateway;
  readonly interactions: Interactions;
  readonly messages: Messages;
  /** Copies of the pictures that posts name. */
  readonly pictures: Pictures;
  readonly store: Store;
  violations(): readonly Violation[];
  /** All pings and unfurls by the app so far. */
  reach(): { pings: { target: string; where: string }[]; unfurls: string[] };
  calls(route?: string): readonly { route: string; path: string; body: Json }[];
  until<T>(look: () => T | undefined | false, deadlineMs?: number): Promise<T>;
  stop(): Promise<void>;
  /** As kill -9. */
  kill(): Promise<void>;
}

/** A strict Discord on a loopback port: one guild with one app installed. */
export async function createDiscordEmulator(options: DiscordEmulatorOptions = {}): Promise<DiscordEmulator> {
  const settings = { ...defaultSettings, ...options.settings };
  const nowMs = options.nowMs ?? Date.now;
  const store = createStore(nowMs, options.statePath);
  const faults = createFaults();
  let port = options.port ?? 0;
  const url = (): string => `http://127.0.0.1:${port}`;
  const gatewayUrl = (): string => `ws://127.0.0.1:${port}/gateway`;
  const { heartbeatMs, heartbeatPatienceMs } = settings;
  const { identifies } = settings;
  const gateway = createGateway({ store, faults, heartbeatMs, heartbeatPatienceMs, identifies, url: gatewayUrl });
  const pictures = createPictures({ fetch: options.fetchPicture, violate: store.violate });
  const messages = createMessages({ store, gateway: () => gateway, nowMs, baseUrl: url, pictures });
  const { ackMs, tokenLifeMs, nonceMs, showsNonceInHistory, limits } = settings;
  const { followUps } = settings;
  const interactions = createInteractions({
    store,
    gateway: () => gateway,
    messages,
    nowMs,
    ackMs,
    tokenLifeMs,
    followUps,
  });
  const people = createPeople({ store, messages, interactions, gateway });
  const calls: { route: string; path: string; body: Json }[] = [];
  const rest = createRest({
    store,
    gateway,
    messages,
    interactions,
    faults,
    limits,
    nonceMs,
    showsNonceInHistory,
    gatewayUrl,
    calls,
    nowMs,
    invalidRequests: settings.invalidRequests,
    activeThreads: settings.activeThreads,
    oldEdits: settings.oldEdits,
  });
  const sockets = new Set<Socket>();
  const admin = createAdmin({ store, gateway });
  const emulator = {
    people,
    admin,
    faults,
    gateway,
    interactions,
    messages,
    pictures,
    store,
    violations: () => store.state.violations,
    reach: () => reachOf(store),
    calls: (route?: string) => calls.filter((one) => route === undefined || one.route === route),
    until: waitUntil,
    stop,
    async kill() {
      store.freeze();
      await stop();
    },
  };
  const control = createControl(emulator, url);
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      store.violate("crash", String(error));
      if (!response.headersSent) response.writeHead(500).end();
    });
  });
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split("?")[0] ?? "/";
    if (path.startsWith("/_emulator/")) return control(request, response);
    const file = /^\/attachments\/(\d+)\/(\d+)\/(\d+)\//.exec(path);
    if (file !== null) {
      const [, channel = "", id = "", at] = file;
      const found = messages.of(channel).find((one) => one.id === id)?.attachments[Number(at)];
      response.writeHead(found === undefined ? 404 : 200).end(found?.content);
      return;
    }
    if (request.method === "GET" && !path.startsWith("/api") && (await servePage(path, response))) return;
    await rest(request, response);
  }
  server.on("upgrade", gateway.upgrade);
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  port = (server.address() as AddressInfo).port;

  async function stop(): Promise<void> {
    gateway.stop();
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
  const env = { DISCORD_BOT_TOKEN: token, DISCORD_GUILD_ID: guildId, DISCORD_API_URL: `${url()}/api` };
  return { ...emulator, url: url(), port, env };
}

function reachOf({ state }: Store): { pings: { target: string; where: string }[]; unfurls: string[] } {
  const all = Object.values(state.messages).flat();
  return {
    pings: all.flatMap(({ pings, channel_id }) => pings.map((target) => ({ target, where: channel_id }))),
    unfurls: all.flatMap(({ unfurls }) => unfurls),
  };
}

async function waitUntil<T>(look: () => T | undefined | false, deadlineMs = 20_000): Promise<T> {
  const endMs = Date.now() + deadlineMs;
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > endMs) throw new Error("not in time");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
