import type { IncomingMessage, ServerResponse } from "node:http";
import { authenticate, betasOf, checkHeaders } from "./authenticate.js";
import { ApiError, invalidRequest } from "./errors.js";
import type { FaultPlan } from "./fault-plan.js";
import { inPromptScript } from "./in-prompt-script.js";
import type { RequestRecord } from "./request-log.js";
import { type CountTokensRequest, countTokensRequest, messagesRequest } from "./request-schema.js";
import { responseMessage } from "./response-message.js";
import type { Fault, Script, Step } from "./script.js";
import { type ScriptInput, scriptInput } from "./script-input.js";
import { sendJson, sendMessage } from "./send-response.js";
import { inputTokens, type PromptCache } from "./usage.js";
import { checkRequest, parseBody } from "./validate-request.js";

/** One request under way. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly record: RequestRecord;
  readonly requestId: string;
  /** Fires when the client hangs up or the server stops. */
  readonly signal: AbortSignal;
}

export interface ApiContext {
  apiKeys(): readonly string[];
  bearerTokens(): readonly string[];
  readonly models: readonly string[] | undefined;
  readonly contextTokens: number;
  readonly maxBodyBytes: number;
  readonly cache: PromptCache;
  readonly faults: FaultPlan;
  readonly newId: (prefix: string) => string;
  script(): Script | undefined;
  /** The record of a request has more to show. */
  changed(): void;
}

const readBody = async (exchange: Exchange, maxBytes: number): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of exchange.request) {
    exchange.record.bodyBytes += (chunk as Buffer).length;
    if (exchange.record.bodyBytes <= maxBytes) chunks.push(chunk as Buffer);
  }
  if (exchange.record.bodyBytes > maxBytes) {
    throw new ApiError("request_too_large", "Request exceeds the maximum size");
  }
  return Buffer.concat(chunks).toString("utf8");
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw invalidRequest(`The request body is not valid JSON: ${String(error)}`);
  }
};

/** Credential, headers and body, in the order the vendor checks them. */
const admit = async (exchange: Exchange, context: ApiContext): Promise<unknown> => {
  const { headers } = exchange.request;
  authenticate({ headers, apiKeys: context.apiKeys(), bearerTokens: context.bearerTokens() });
  checkHeaders(headers);
  const text = await readBody(exchange, context.maxBodyBytes);
  exchange.record.body = text;
  exchange.record.body = parseJson(text);
  return exchange.record.body;
};

const checkPrompt = (exchange: Exchange, context: ApiContext, body: CountTokensRequest): number => {
  checkRequest(body, betasOf(exchange.request.headers));
  const exists = context.models?.includes(body.model) ?? body.model.startsWith("claude-");
  if (!exists) throw new ApiError("not_found_error", `model: ${body.model}`);
  const tokens = inputTokens(body);
  if (tokens <= context.contextTokens) return tokens;
  throw invalidRequest(`prompt is too long: ${tokens} tokens > ${context.contextTokens} maximum`);
};

const chooseStep = async (input: ScriptInput, script: Script | undefined): Promise<Step> => {
  const step = inPromptScript(input) ?? (await script?.(input));
  if (step !== undefined) return step;
  throw invalidRequest(`emulator: no script answers step ${input.step} of: ${input.prompt.slice(0, 200)}`);
};

/** Such a request never reached the model, so it costs nothing and caches nothing. */
const isUnread = (fault: Fault | undefined): boolean =>
  fault?.kind === "status" || (fault?.kind === "cut" && fault.at === "start");

const NOTHING_READ = { input_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };

/** `POST /v1/messages` */
export const createMessage = async (exchange: Exchange, context: ApiContext): Promise<void> => {
  const { record } = exchange;
  const body = parseBody(messagesRequest, await admit(exchange, context));
  checkPrompt(exchange, context, body);
  const input = scriptInput(body, exchange.request.headers);
  record.input = input;
  context.changed();
  const step = await chooseStep(input, context.script());
  const fault = context.faults.next(input, step);
  const read = isUnread(fault) ? NOTHING_READ : context.cache.account(body, record.credential?.value ?? "");
  const message = responseMessage({ request: body, step, input: read, newId: context.newId });
  if (!isUnread(fault)) record.usage = message.usage;
  record.outcome = await sendMessage(exchange, { step, message, fault, isStream: body.stream === true });
};

/** `POST /v1/messages/count_tokens` */
export const countTokens = async (exchange: Exchange, context: ApiContext): Promise<void> => {
  const body = parseBody(countTokensRequest, await admit(exchange, context));
  const tokens = checkPrompt(exchange, context, body);
  sendJson({ response: exchange.response, status: 200, body: { input_tokens: tokens } });
  exchange.record.outcome = "completed";
};
