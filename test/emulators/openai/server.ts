import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type ApiContext, createChat, createResponse, type Exchange, listModels } from "./api.js";
import { tokenOf } from "./authenticate.js";
import { OpenAiError } from "./errors.js";
import type { RequestRecord } from "./request-log.js";
import type { Fault, Script, ScriptInput, Step } from "./script.js";
import { sendError } from "./send.js";
import { createPrefixCache } from "./usage.js";

/** Accepted when no keys are given. */
export const DEFAULT_OPENAI_KEY = "sk-proj-emulator";

const MODELS: readonly string[] = [
  ...["gpt-6.2-astra", "gpt-6.2-sol", "gpt-6.1-sol", "gpt-6.1-terra", "gpt-6-astra", "gpt-6-sol", "gpt-6-luna"],
  ...["gpt-5.6-sol", "gpt-5.6-terra", "gpt-5.6-luna", "gpt-5.5"],
];

export interface OpenAiEmulatorOptions {
  /** Tried after the script in the prompt itself. A request no script answers gets a 400. */
  readonly script?: Script;
  /** Accepted keys; default `[DEFAULT_OPENAI_KEY]`. */
  readonly apiKeys?: readonly string[];
  /** Models that exist. */
  readonly models?: readonly string[];
  /** Default 0: any free port. */
  readonly port?: number;
  /** Larger bodies get a 413; default 32 MiB. */
  readonly maxBodyBytes?: number;
  readonly nowMs?: () => number;
  /** A new id with this prefix at each call; default random. */
  readonly newId?: (prefix: string) => string;
}

export interface OpenAiInjection {
  readonly fault: Fault;
  /** Default 1. */
  readonly times?: number;
  /** Which requests it hits; default every valid one. */
  readonly when?: (input: ScriptInput) => boolean;
}

export interface OpenAiEmulator {
  /** `http://127.0.0.1:<port>/v1` */
  readonly url: string;
  readonly requests: readonly RequestRecord[];
  /** Makes coming valid requests fail. */
  inject(injection: OpenAiInjection): void;
  setScript(script: Script): void;
  stop(): Promise<void>;
}

type Route = (exchange: Exchange, context: ApiContext) => Promise<void>;

const ROUTES: Readonly<Record<string, Route>> = {
  "POST /v1/responses": createResponse,
  "POST /v1/chat/completions": createChat,
  "GET /v1/models": listModels,
};

const refuse = (exchange: Exchange, error: unknown): void => {
  const known =
    error instanceof OpenAiError
      ? error
      : new OpenAiError(`emulator: ${String(error)}`, { status: 500, type: "server_error" });
  exchange.record.refusal = known.message;
  exchange.record.outcome = exchange.signal.aborted ? "aborted" : "refused";
  if (exchange.response.headersSent) exchange.response.destroy();
  else sendError(exchange.response, known);
};

const serve = async (exchange: Exchange, context: ApiContext): Promise<void> => {
  const { record, response, request } = exchange;
  try {
    const route = ROUTES[`${record.method} ${record.path}`];
    if (route === undefined) {
      throw new OpenAiError(`Invalid URL (${record.method} ${record.path})`, { status: 404 });
    }
    await route(exchange, context);
  } catch (error) {
    refuse(exchange, error);
  }
  request.resume();
  if (response.headersSent) record.status = response.statusCode;
};

const recordOf = (request: IncomingMessage): RequestRecord => {
  const target = new URL(request.url ?? "/", "http://emulator");
  const { headers, method = "" } = request;
  return { method, path: target.pathname, query: target.search.slice(1), headers, token: tokenOf(headers) };
};

const listen = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject).listen(port, "127.0.0.1", resolve);
  });

const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

const urlOf = (server: Server): string => {
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the emulator has no port");
  return `http://127.0.0.1:${address.port}/v1`;
};

/** First the oldest injection that fits, then the step's own, one an attempt. */
const createFaults = () => {
  const injections: { fault: Fault; left: number; when: (input: ScriptInput) => boolean }[] = [];
  const attempts = new Map<string, number>();
  const scripted = (input: ScriptInput, { faults = [] }: Step): Fault | undefined => {
    const key = JSON.stringify([input.prompt, input.step]);
    const attempt = attempts.get(key) ?? 0;
    attempts.set(key, attempt + 1);
    return faults[attempt];
  };
  return {
    inject: ({ fault, times = 1, when = () => true }: OpenAiInjection): void => {
      injections.push({ fault, left: times, when });
    },
    next: (input: ScriptInput, step: Step): Fault | undefined => {
      const entry = injections.find((candidate) => candidate.left > 0 && candidate.when(input));
      if (entry === undefined) return scripted(input, step);
      entry.left -= 1;
      return entry.fault;
    },
  };
};

const randomId = (prefix: string): string => `${prefix}_${randomBytes(16).toString("hex")}`;

/** Starts a strict emulator of OpenAI's Responses and Chat Completions, over loopback. */
export const startOpenAiEmulator = async (options: OpenAiEmulatorOptions = {}): Promise<OpenAiEmulator> => {
  const requests: RequestRecord[] = [];
  const stopping = new AbortController();
  const faults = createFaults();
  let script = options.script;
  const context: ApiContext = {
    apiKeys: () => options.apiKeys ?? [DEFAULT_OPENAI_KEY],
    models: options.models ?? MODELS,
    maxBodyBytes: options.maxBodyBytes ?? 32 * 1_024 * 1_024,
    cache: createPrefixCache(),
    nextFault: faults.next,
    newId: options.newId ?? randomId,
    nowMs: options.nowMs ?? Date.now,
    script: () => script,
  };
  const server = createServer((request: IncomingMessage, response: ServerResponse): void => {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    response.setHeader("x-request-id", context.newId("req"));
    const record = recordOf(request);
    requests.push(record);
    void serve({ request, response, record, signal: AbortSignal.any([gone.signal, stopping.signal]) }, context);
  });
  await listen(server, options.port ?? 0);
  return {
    url: urlOf(server),
    requests,
    inject: faults.inject,
    setScript: (next) => {
      script = next;
    },
    stop: async () => {
      stopping.abort();
      await closeServer(server);
    },
  };
};
