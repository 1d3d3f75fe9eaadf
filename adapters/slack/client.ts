import { webApi } from "@slack/bolt";
import type { Clock } from "../../src/ports/clock.js";
import type { ChatCallKind } from "../kit/call-failure.js";
import type { UnnamedLimit } from "../kit/unnamed-limit.js";
import { toChatError } from "./errors.js";
import { createPatientFetch } from "./patient-fetch.js";

/** Longest a single call may take, ms. */
const callTimeoutMs = 10_000;

/**
 * Two ways to the Web API. Writes are sent once, for the SDK's own retries post twice when an answer is lost; reads may
 * be repeated. Neither waits for a rate limit by itself: a wait in here would hold up every channel.
 */
export interface SlackClients {
  write: webApi.WebClient;
  read: webApi.WebClient;
}

/** The SDK logs bodies and addresses; Parley logs the important events in its own words. */
export const silentLogger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  setName() {},
  getLevel: () => webApi.LogLevel.ERROR,
};

export function createSlackClients({
  botToken,
  apiUrl,
  clock,
  limit,
}: {
  botToken: string;
  apiUrl: string | undefined;
  clock: Clock;
  limit: UnnamedLimit;
}): SlackClients {
  const options = { ...clientOptions(apiUrl), fetch: createPatientFetch(clock, limit) };
  return {
    write: new webApi.WebClient(botToken, { ...options, retryConfig: { retries: 0 } }),
    read: new webApi.WebClient(botToken, {
      ...options,
      retryConfig: { retries: 2, minTimeout: 200, maxTimeout: 1_000 },
    }),
  };
}

/** Options that all clients share, including those of the sockets. */
export function clientOptions(apiUrl: string | undefined) {
  return {
    ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
    rejectRateLimitedCalls: true,
    timeout: callTimeoutMs,
    logger: silentLogger,
  };
}

/** Kinds of calls by what their failure means. */
export const callKinds = {
  post: { effect: "write", limited: "channel" },
  /** An upload is invisible until it is shared, so it is safe to repeat. */
  upload: { effect: "read", limited: "platform" },
  edit: { effect: "write", limited: "platform" },
  read: { effect: "read", limited: "platform" },
} as const satisfies Record<string, ChatCallKind>;

/** Runs a call; a failure becomes a `ChatError` that names the operation. */
export async function calling<T>(kind: keyof typeof callKinds, doing: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw toChatError(error, { ...callKinds[kind], doing });
  }
}
