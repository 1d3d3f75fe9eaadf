import { SocketModeReceiver, verifySlackRequest, webApi } from "@slack/bolt";
import type { Clock } from "../../src/ports/clock.js";
import type { HttpMount } from "../../src/ports/http-mount.js";
import type { Logger } from "../../src/ports/logger.js";
import { settle } from "../kit/settle.js";
import { retryDelayMs } from "../kit/sign-in-state.js";
import { clientOptions, silentLogger } from "./client.js";

/** The body of the acknowledgement, and the work to do after it is sent. */
export interface Answer {
  body?: unknown;
  afterwards?: () => Promise<void>;
}

/** Takes one payload. Rejects: it must not be acknowledged, so that it comes again. */
export type TakePayload = (payload: unknown) => Promise<Answer>;

/** Two, so that one hears while the other is replaced: Slack refreshes a socket every few hours. */
const socketCount = 2;
/** Sign-in and handshake of one socket. The SDK has no timeout for the handshake. */
const openTimeoutMs = 15_000;
const closeTimeoutMs = 1_000;
/** A socket that lived shorter is not replaced at once, but after as long. */
const shortLifeMs = 500;

interface Envelope {
  body: unknown;
  ack: (response?: unknown) => Promise<void>;
}

export interface Sockets {
  /** Opens them and keeps them open until `stop`. Called again it does nothing. */
  start(): void;
  /** Stops receiving, waits for events under way, closes. */
  stop(): Promise<void>;
  open(): number;
  /** Why the last attempt failed, while no socket is open. */
  problem(): string | undefined;
}

interface SocketsOptions {
  appToken: string;
  apiUrl: string | undefined;
  clock: Clock;
  logger: Logger;
  take: TakePayload;
  /** Told with the number of open sockets whenever it changes. */
  onChange: (open: number) => void;
  /** A socket replaced one that ended without a goodbye, while the others stayed open: events on the lost one may be missing. */
  onReplaced: () => void;
  /** A socket ended without a goodbye: events on it may be missing. */
  onCutOff: () => void;
}

/**
 * Socket Mode on Bolt's receivers. Bolt's App is left out: it acknowledges events before they are stored, and drops events while Slack's `auth.test`
 * fails. Reconnecting is done here, with a new receiver each time: the SDK's own loop waits 5 s after a polite goodbye, and ends the process when the
 * token is revoked meanwhile.
 */
export function createSockets(options: SocketsOptions): Sockets {
  const { clock, logger, onChange, onReplaced } = options;
  const open = new Set<SocketModeReceiver>();
  const underWay = new Set<Promise<void>>();
  const cancels = new Set<() => void>();
  let problem: string | undefined;
  let caughtUpAtMs = Number.NEGATIVE_INFINITY;
  let isStarted = false;
  let isStopped = false;

  const pause = (delayMs: number): Promise<void> =>
    new Promise((resolve) => {
      const finish = (): void => {
        cancel();
        cancels.delete(finish);
        resolve();
      };
      const cancel = clock.after(delayMs, finish);
      cancels.add(finish);
    });

  /** After all were gone `onChange` tells of it. */
  function lookForMissed(cutOffAtMs: number): void {
    if (open.size > 1 && caughtUpAtMs >= cutOffAtMs) return;
    caughtUpAtMs = clock.monotonicMs();
    if (open.size > 1) onReplaced();
  }

  /**
   * One life of one socket, whose place had one that was cut off at that time; resolves when it is over, with when it was cut off, if it was; rejects when it did not come
   * about.
   */
  async function live(cutOffAtMs: number): Promise<number> {
    const receiver = createReceiver(options);
    const { client } = receiver;
    client.on("slack_event", (envelope: Envelope) => {
      if (isStopped) return;
      const taken = answer(envelope, options);
      underWay.add(taken);
      void taken.finally(() => underWay.delete(taken));
    });
    let isPolite = false;
    client.on("ws_message", (data: unknown) => {
      isPolite ||= isGoodbye(String(data));
    });
    const over = new Promise<void>((resolve) => client.once("disconnected", () => resolve()));
    const started = await settle(clock, receiver.start(), openTimeoutMs);
    if (started.kind !== "done" || isStopped) {
      void client.disconnect();
      throw started.kind === "failed" ? started.error : new Error("The web socket did not open in time.");
    }
    open.add(receiver);
    problem = undefined;
    onChange(open.size);
    lookForMissed(cutOffAtMs);
    await over;
    open.delete(receiver);
    if (!isStopped && !isPolite) options.onCutOff();
    if (!isStopped) onChange(open.size);
    return isPolite ? Number.NEGATIVE_INFINITY : clock.monotonicMs();
  }

  async function keepOpen(): Promise<void> {
    let failures = 0;
    let cutOffAtMs = Number.NEGATIVE_INFINITY;
    while (!isStopped) {
      const startedAtMs = clock.monotonicMs();
      try {
        cutOffAtMs = await live(cutOffAtMs);
        failures = 0;
      } catch (error) {
        if (isStopped) return;
        problem = socketProblem(error);
        failures += 1;
        logger.warn({ problem }, "Slack: a socket could not be opened");
      }
      const isShort = clock.monotonicMs() - startedAtMs < shortLifeMs;
      const delayMs = failures > 0 ? retryDelayMs(failures) : isShort ? shortLifeMs : 0;
      if (delayMs > 0 && !isStopped) await pause(delayMs);
    }
  }

  return {
    start() {
      if (isStarted || isStopped) return;
      isStarted = true;
      for (let index = 0; index < socketCount; index += 1) void keepOpen();
    },
    async stop() {
      isStopped = true;
      for (const finish of [...cancels]) finish();
      await settle(clock, Promise.allSettled([...underWay]), closeTimeoutMs);
      const closing = [...open].map(({ client }) => client.disconnect());
      await settle(clock, Promise.allSettled(closing), closeTimeoutMs);
    },
    open: () => open.size,
    problem: () => problem,
  };
}

const createReceiver = ({ appToken, apiUrl }: SocketsOptions): SocketModeReceiver =>
  new SocketModeReceiver({
    appToken,
    autoReconnectEnabled: false,
    logger: silentLogger,
    installerOptions: { clientOptions: { ...clientOptions(apiUrl), retryConfig: { retries: 0 } } },
  });

/** Slack sends `{"type":"disconnect","reason":…}` before it closes. */
function isGoodbye(message: string): boolean {
  if (!message.includes('"disconnect"')) return false;
  try {
    const read: unknown = JSON.parse(message);
    return typeof read === "object" && read !== null && "type" in read && read.type === "disconnect";
  } catch {
    return false;
  }
}

async function answer({ body, ack }: Envelope, { take, logger }: SocketsOptions): Promise<void> {
  try {
    const answered = await take(body);
    await ack(answered.body);
    await answered.afterwards?.();
  } catch (error) {
    logger.warn({ error: errorText(error) }, "Slack: something was not acknowledged; it comes again");
  }
}

function socketProblem(error: unknown): string {
  const refusal = error instanceof webApi.WebAPIPlatformError ? error.data.error : undefined;
  if (refusal === undefined) return `The web socket to Slack could not be opened (${errorText(error)}).`;
  return `Slack does not open a web socket (${refusal}). SLACK_APP_TOKEN must be an app-level token (xapp-…) with connections:write, and Socket Mode must be on in the app's settings.`;
}

const errorText = (error: unknown): string => (error instanceof Error ? error.message : "closed");

/** Slack refuses older and so does Parley, seconds. */
const maxAgeS = 300;
const maxBodyBytes = 1024 * 1024;

/** HTTP mode: events, commands and interactivity at one address, each request signed by Slack over its raw body. */
export function createHttpMount(options: {
  signingSecret: string;
  clock: Clock;
  logger: Logger;
  take: TakePayload;
  /** Slack sends something again: it could not reach Parley, or Parley did not take it. */
  onSentAgain: () => void;
}): HttpMount {
  const { logger, take, onSentAgain } = options;
  return {
    path: "/slack/events",
    maxBytes: maxBodyBytes,
    async handle(request) {
      const body = await request.text();
      if (!isSigned(request, body, options)) return new Response(null, { status: 401 });
      const payload = readBody(body, request.headers.get("content-type") ?? "");
      if (payload === undefined) return new Response(null, { status: 400 });
      if (payload.ssl_check === "1") return new Response(null);
      if (payload.type === "url_verification") return Response.json({ challenge: payload.challenge });
      if (request.headers.has("x-slack-retry-num")) onSentAgain();
      try {
        const answered = await take(payload);
        // The answer goes out when this returns.
        setImmediate(() => void answered.afterwards?.());
        return answered.body === undefined ? new Response(null) : Response.json(answered.body);
      } catch (error) {
        logger.warn({ error: errorText(error) }, "Slack: something was not acknowledged; it comes again");
        return new Response(null, { status: 503 });
      }
    },
  };
}

function isSigned(request: Request, body: string, options: { signingSecret: string; clock: Clock }): boolean {
  const signature = request.headers.get("x-slack-signature") ?? "";
  const timestamp = request.headers.get("x-slack-request-timestamp") ?? "";
  const nowMilliseconds = options.clock.nowMs();
  if (!/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(nowMilliseconds / 1_000 - Number(timestamp)) > maxAgeS) return false;
  try {
    verifySlackRequest({
      signingSecret: options.signingSecret,
      body,
      headers: { "x-slack-signature": signature, "x-slack-request-timestamp": Number(timestamp) },
      nowMilliseconds,
    });
    return true;
  } catch {
    return false;
  }
}

/** JSON as it is, forms as fields, interactivity as the JSON in its field. */
function readBody(body: string, contentType: string): Record<string, unknown> | undefined {
  try {
    if (contentType.includes("json")) return asRecord(JSON.parse(body));
    const fields = Object.fromEntries(new URLSearchParams(body));
    return fields.payload === undefined ? fields : asRecord(JSON.parse(fields.payload));
  } catch {
    return undefined;
  }
}

const asRecord = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === "object" && value !== null ? { ...value } : undefined;
