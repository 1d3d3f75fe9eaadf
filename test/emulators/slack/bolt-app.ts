import { App, HTTPReceiver, SocketModeReceiver } from "@slack/bolt";
import { LogLevel, WebClient } from "@slack/web-api";
import { freePort } from "../../support/free-port.js";
import type { SlackEmulator } from "./emulator.js";

export type Mode = "socket" | "http";

export interface Running {
  readonly app: App;
  /** Starts listening: a web socket, or an HTTP port whose address the emulator verifies. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const quiet = LogLevel.ERROR;
const silent = { debug() {}, info() {}, warn() {}, error() {}, setLevel() {}, getLevel: () => quiet, setName() {} };

export interface RunningOptions {
  /** Socket Mode: how long the client waits for pongs, and before it connects again. Default 1,000. */
  readonly clientPingTimeoutMs?: number;
  readonly processBeforeResponse?: boolean;
}

/** An unchanged Bolt app pointed at the emulator, in either mode. Handlers are added before `start`. */
export async function createBoltApp(
  emulator: SlackEmulator,
  mode: Mode,
  options: RunningOptions = {},
): Promise<Running> {
  return mode === "socket" ? socketApp(emulator, options) : httpApp(emulator, options);
}

/** A Web API client as an app should have it: it repeats nothing by itself. */
export const createClient = (emulator: SlackEmulator, token = emulator.env.SLACK_BOT_TOKEN): WebClient =>
  new WebClient(token, {
    slackApiUrl: emulator.env.SLACK_API_URL,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: 2_000,
    logger: silent,
  });

async function socketApp(emulator: SlackEmulator, { clientPingTimeoutMs = 1_000 }: RunningOptions): Promise<Running> {
  const clientOptions = { slackApiUrl: emulator.env.SLACK_API_URL };
  const receiver = new SocketModeReceiver({
    appToken: emulator.env.SLACK_APP_TOKEN,
    clientPingTimeout: clientPingTimeoutMs,
    logger: silent,
    installerOptions: { clientOptions },
  });
  const app = new App({ token: emulator.env.SLACK_BOT_TOKEN, receiver, clientOptions, logger: silent });
  return { app, start: async () => void (await app.start()), stop: async () => void (await app.stop()) };
}

async function httpApp(emulator: SlackEmulator, { processBeforeResponse = false }: RunningOptions): Promise<Running> {
  const receiver = new HTTPReceiver({
    signingSecret: emulator.env.SLACK_SIGNING_SECRET,
    processBeforeResponse,
    logger: silent,
  });
  const clientOptions = { slackApiUrl: emulator.env.SLACK_API_URL };
  const app = new App({ token: emulator.env.SLACK_BOT_TOKEN, receiver, clientOptions, logger: silent });
  return {
    app,
    start: async () => {
      const port = await freePort();
      await app.start({ port, host: "127.0.0.1" });
      await emulator.admin.useRequestUrl(`http://127.0.0.1:${port}/slack/events`);
    },
    stop: async () => void (await app.stop()),
  };
}
