import { afterEach } from "vitest";
import WebSocket from "ws";
import { createDiscordEmulator, type DiscordEmulator, type DiscordEmulatorOptions } from "./emulator.js";
import { applicationId, guildId, type Json, token } from "./model.js";

const endings: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

export const general = "500000000000000001";
export const builds = "500000000000000002";
export const mia = "600000000000000001";
export const bob = "600000000000000002";

/** Buckets so wide that no test meets them unasked. */
export const wide = { limits: {} };

/** An emulator that ends with the test. */
export async function startDiscord(options: DiscordEmulatorOptions = {}): Promise<DiscordEmulator> {
  const discord = await createDiscordEmulator({ ...options, settings: { ...wide, ...options.settings } });
  endings.push(() => discord.stop().catch(() => undefined));
  return discord;
}

export interface Answer {
  status: number;
  body: Json;
  headers: Headers;
}

/** One call as an app makes it. */
export async function call(
  { env }: Pick<DiscordEmulator, "env">,
  method: string,
  path: string,
  body?: Json,
  options: { token?: string; timeoutMs?: number } = {},
): Promise<Answer> {
  const response = await fetch(`${env.DISCORD_API_URL}/v10${path}`, {
    method,
    headers: { authorization: `Bot ${options.token ?? token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(options.timeoutMs ?? 10_000),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : text,
  };
}

export const say = (discord: DiscordEmulator, body: Json, channel = general) =>
  call(discord, "POST", `/channels/${channel}/messages`, body);

/** A thread on a message of the bot's; its id is the message's. */
export async function openThread(discord: DiscordEmulator, more: Json = {}): Promise<string> {
  const { body } = await say(discord, { content: "root" });
  await call(discord, "POST", `/channels/${general}/messages/${body.id}/threads`, { name: "room", ...more });
  return body.id;
}

export async function makeWebhook(discord: DiscordEmulator, channel = general): Promise<{ id: string; token: string }> {
  const { body } = await call(discord, "POST", `/channels/${channel}/webhooks`, { name: "Parley" });
  return body;
}

/** Registers `/room` with one subcommand that has an option of each kind. */
export async function registerRoom(discord: DiscordEmulator): Promise<void> {
  const text = { type: 3, description: "d" };
  const options = [
    { ...text, name: "name", required: true },
    { ...text, name: "agents", autocomplete: true },
  ];
  const sub = { type: 1, name: "new", description: "d", options };
  const command = { name: "room", description: "d", options: [sub] };
  await call(discord, "PUT", `/applications/${applicationId}/guilds/${guildId}/commands`, [command]);
}

/** A raw connection: every frame that came, and how it ended. */
export interface Connection {
  frames: Json[];
  closed(): number | undefined;
  send(frame: Json): void;
  sendText(text: string): void;
  events(name: string): Json[];
}

export const allIntents = (1 << 0) | (1 << 9) | (1 << 12) | (1 << 15);

export async function connect(discord: DiscordEmulator): Promise<Connection> {
  const { body } = await call(discord, "GET", "/gateway/bot");
  const socket = new WebSocket(`${body.url}?v=10&encoding=json`);
  const frames: Json[] = [];
  let code: number | undefined;
  socket.on("message", (raw) => frames.push(JSON.parse(String(raw))));
  socket.on("close", (one) => {
    code = one;
  });
  socket.on("error", () => undefined);
  endings.push(() => socket.terminate());
  await discord.until(() => frames.some(({ op }) => op === 10));
  return {
    frames,
    closed: () => code,
    send: (frame) => socket.send(JSON.stringify(frame)),
    sendText: (text) => socket.send(text),
    events: (name) => frames.filter(({ op, t }) => op === 0 && t === name).map(({ d }) => d),
  };
}

export async function identify(discord: DiscordEmulator, more: Json = {}): Promise<Connection> {
  const connection = await connect(discord);
  connection.send({ op: 2, d: { token, intents: allIntents, properties: {}, ...more } });
  await discord.until(() => connection.events("READY").length > 0 || connection.closed() !== undefined);
  return connection;
}

/** Answers every incoming interaction with `answer`; the others are left. */
export function answerInteractions(
  discord: DiscordEmulator,
  connection: Connection,
  answer: (interaction: Json) => Json | undefined,
): { answers: Answer[]; stop(): void } {
  const answers: Answer[] = [];
  let at = 0;
  const timer = setInterval(async () => {
    for (const one of connection.events("INTERACTION_CREATE").slice(at)) {
      at += 1;
      const body = answer(one);
      if (body !== undefined)
        answers.push(await call(discord, "POST", `/interactions/${one.id}/${one.token}/callback`, body));
    }
  }, 5);
  const stop = (): void => clearInterval(timer);
  endings.push(stop);
  return { answers, stop };
}
