import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { credentialOf } from "./authenticate.js";
import { ApiError } from "./errors.js";
import { createFaultPlan, type Injection } from "./fault-plan.js";
import { type ApiContext, countTokens, createMessage, type Exchange } from "./messages-api.js";
import { createRequestLog, type RequestLog, type RequestRecord } from "./request-log.js";
import type { Script } from "./script.js";
import { sendError, sendJson } from "./send-response.js";
import { createPromptCache } from "./usage.js";

/** Accepted when no keys are given. */
export const DEFAULT_API_KEY = "sk-ant-emulator";

export interface EmulatorOptions {
  /** Tried after the script in the prompt itself. A request no script answers gets a 400. */
  readonly script?: Script;
  /** Accepted `x-api-key` values; default `[DEFAULT_API_KEY]`. */
  readonly apiKeys?: readonly string[];
  /** Accepted bearer tokens; default none. */
  readonly bearerTokens?: readonly string[];
  /** Models that exist; default: every id that starts with `claude-`. */
  readonly models?: readonly string[];
  /** Listen on this Unix socket instead of a port of 127.0.0.1. */
  readonly socketPath?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Longer prompts are refused as `prompt is too long`; default 1,000,000. */
  readonly contextTokens?: number;
  /** Larger bodies get a 413; default 32 MiB. */
  readonly maxBodyBytes?: number;
  /** Shorter prefixes are not cached; default 1,024. */
  readonly minCacheTokens?: number;
  readonly nowMs?: () => number;
  /** A new id with this prefix at each call; default random. */
  readonly newId?: (prefix: string) => string;
}

export interface AnthropicEmulator {
  /** `http://127.0.0.1:<port>`; with a socket a name that is never resolved. */
  readonly url: string;
  readonly socketPath: string | undefined;
  readonly requests: RequestLog;
  /** Makes coming valid requests fail. */
  inject(injection: Injection): void;
  setScript(script: Script): void;
  /** A revoked key or token gets a 401 from now on. */
  revoke(credential: string): void;
  stop(): Promise<void>;
}

type Route = (exchange: Exchange, context: ApiContext) => Promise<void>;

const greet: Route = async (exchange) => {
  sendJson({ response: exchange.response, status: 200, body: { message: "hello" } });
  exchange.record.outcome = "completed";
};

const ROUTES: Readonly<Record<string, Route>> = {
  "POST /v1/messages": createMessage,
  "POST /v1/messages/count_tokens": countTokens,
  "HEAD /": greet,
  "HEAD /api/hello": greet,
  "GET /api/hello": greet,
};

const refuse = (exchange: Exchange, error: unknown): void => {
  const known = error instanceof ApiError ? error : new ApiError("api_error", `emulator: ${String(error)}`);
  exchange.record.refusal = known.message;
  exchange.record.outcome = exchange.signal.aborted ? "aborted" : "refused";
  if (exchange.response.headersSent) exchange.response.destroy();
  else sendError(exchange, known);
};

const serve = async (exchange: Exchange, context: ApiContext): Promise<void> => {
  const { record, response, request } = exchange;
  try {
    const route = ROUTES[`${record.method} ${record.path}`];
    if (route === undefined) throw new ApiError("not_found_error", `${record.method} ${record.path} not found`);
    await route(exchange, context);
  } catch (error) {
    refuse(exchange, error);
  }
  request.resume();
  if (response.headersSent) record.status = response.statusCode;
  context.changed();
};

const recordOf = (request: IncomingMessage): RequestRecord => {
  const target = new URL(request.url ?? "/", "http://emulator");
  return {
    method: request.method ?? "",
    path: target.pathname,
    query: target.search.slice(1),
    headers: request.headers,
    credential: credentialOf(request.headers),
    bodyBytes: 0,
  };
};

const listen = (server: Server, options: EmulatorOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    if (options.socketPath !== undefined) server.listen(options.socketPath, resolve);
    else server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });

const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

const urlOf = (server: Server): string => {
  const address = server.address();
  const isPort = typeof address === "object" && address !== null;
  return isPort ? `http://127.0.0.1:${address.port}` : "http://model.invalid";
};

const randomId = (prefix: string): string => `${prefix}_01${randomBytes(11).toString("hex")}`;

/** Credentials that still count. */
const createKeyring = (options: EmulatorOptions) => {
  const revoked = new Set<string>();
  const valid = (values: readonly string[]): readonly string[] => values.filter((value) => !revoked.has(value));
  return {
    apiKeys: () => valid(options.apiKeys ?? [DEFAULT_API_KEY]),
    bearerTokens: () => valid(options.bearerTokens ?? []),
    revoke: (credential: string): void => {
      revoked.add(credential);
    },
  };
};

/** Starts a strict emulator of the Anthropic Messages API, over loopback or a Unix socket. */
export const startAnthropicEmulator = async (options: EmulatorOptions = {}): Promise<AnthropicEmulator> => {
  const newId = options.newId ?? randomId;
  const requests = createRequestLog();
  const stopping = new AbortController();
  const faults = createFaultPlan();
  const keyring = createKeyring(options);
  let script = options.script;
  const context: ApiContext = {
    ...keyring,
    models: options.models,
    contextTokens: options.contextTokens ?? 1_000_000,
    maxBodyBytes: options.maxBodyBytes ?? 32 * 1_024 * 1_024,
    cache: createPromptCache({ nowMs: options.nowMs ?? Date.now, minTokens: options.minCacheTokens ?? 1_024 }),
    faults,
    newId,
    script: () => script,
    changed: requests.changed,
  };

  const server = createServer((request: IncomingMessage, response: ServerResponse): void => {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const requestId = newId("req");
    response.setHeader("request-id", requestId);
    const record = recordOf(request);
    requests.add(record);
    const signal = AbortSignal.any([gone.signal, stopping.signal]);
    void serve({ request, response, record, requestId, signal }, context);
  });
  await listen(server, options);

  return {
    url: urlOf(server),
    socketPath: options.socketPath,
    requests,
    inject: faults.inject,
    setScript: (next) => {
      script = next;
    },
    revoke: keyring.revoke,
    stop: async () => {
      stopping.abort();
      await closeServer(server);
    },
  };
};
