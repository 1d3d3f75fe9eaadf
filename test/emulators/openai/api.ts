import type { IncomingMessage, ServerResponse } from "node:http";
import { authenticate, checkHeaders } from "./authenticate.js";
import { chatChunks, chatCompletion, chatInput, chatMessage, checkChat } from "./chat-answer.js";
import { chatRequest } from "./chat-schema.js";
import { OpenAiError } from "./errors.js";
import { inPromptScript } from "./in-prompt-script.js";
import { parseBody } from "./parse-body.js";
import type { RequestRecord } from "./request-log.js";
import {
  failedEvent,
  outputItems,
  outputTokens,
  responseEvents,
  responseObject,
  type StreamEvent,
} from "./responses-answer.js";
import { checkResponses, itemsOf, responsesInput } from "./responses-rules.js";
import { responsesRequest } from "./responses-schema.js";
import type { Fault, Script, ScriptInput, Step } from "./script.js";
import { sendAnswer, sendJson } from "./send.js";
import { type createPrefixCache, overridden } from "./usage.js";

/** One request under way. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly record: RequestRecord;
  /** Fires when the client hangs up or the server stops. */
  readonly signal: AbortSignal;
}

export interface ApiContext {
  apiKeys(): readonly string[];
  readonly models: readonly string[];
  readonly maxBodyBytes: number;
  readonly cache: ReturnType<typeof createPrefixCache>;
  /** The fault of this attempt, used up by asking. */
  nextFault(input: ScriptInput, step: Step): Fault | undefined;
  readonly newId: (prefix: string) => string;
  readonly nowMs: () => number;
  script(): Script | undefined;
}

const readBody = async ({ request, record }: Exchange, maxBytes: number): Promise<unknown> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes <= maxBytes) chunks.push(chunk as Buffer);
  }
  if (bytes > maxBytes) throw new OpenAiError("Request body too large.", { status: 413 });
  const text = Buffer.concat(chunks).toString("utf8");
  record.body = text;
  try {
    record.body = JSON.parse(text) as unknown;
    return record.body;
  } catch {
    throw new OpenAiError("We could not parse the JSON body of your request.");
  }
};

const admit = async (exchange: Exchange, context: ApiContext): Promise<unknown> => {
  const { headers } = exchange.request;
  authenticate(headers, context.apiKeys());
  checkHeaders(headers);
  return readBody(exchange, context.maxBodyBytes);
};

const checkModel = (model: string, { models }: ApiContext): void => {
  if (models.includes(model)) return;
  throw new OpenAiError(`The model \`${model}\` does not exist or you do not have access to it.`, {
    status: 404,
    code: "model_not_found",
    param: "model",
  });
};

const chooseStep = async (input: ScriptInput, script: Script | undefined): Promise<Step> => {
  const step = inPromptScript(input) ?? (await script?.(input));
  if (step !== undefined) return step;
  throw new OpenAiError(`emulator: no script answers step ${input.step} of: ${input.prompt.slice(0, 200)}`);
};

/** Such a request never reached the model, so it costs nothing and caches nothing. */
const isUnread = (fault: Fault | undefined): boolean =>
  fault?.kind === "status" || (fault?.kind === "cut" && fault.at === "start");

const NOTHING_READ = { input_tokens: 0, cached_tokens: 0, cache_write_tokens: 0 };

/** The answer of the script, its fault and its counts. */
const decide = async (
  exchange: Exchange,
  context: ApiContext,
  { input, pieces, key }: { input: ScriptInput; pieces: readonly string[]; key: string },
) => {
  const { record } = exchange;
  record.input = input;
  const step = await chooseStep(input, context.script());
  const fault = context.nextFault(input, step);
  const read = isUnread(fault) ? NOTHING_READ : context.cache(pieces, `${record.token}/${input.model}/${key}`);
  const counted = { ...read, ...outputTokens(step) };
  if (!isUnread(fault)) record.usage = counted;
  return { step, fault, usage: overridden(counted, step.usage) };
};

const numbered = (events: readonly StreamEvent[]): readonly string[] =>
  events.map(({ type, ...event }, index) => eventFrame({ type, ...event, sequence_number: index }));

const eventFrame = (event: StreamEvent): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
const dataFrame = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;

/** `POST /v1/responses` */
export const createResponse = async (exchange: Exchange, context: ApiContext): Promise<void> => {
  const body = parseBody(responsesRequest, await admit(exchange, context));
  checkModel(body.model, context);
  checkResponses(body);
  const pieces = [body.tools ?? [], body.instructions ?? "", ...itemsOf(body)].map((piece) => JSON.stringify(piece));
  const input = responsesInput(body);
  const { step, fault, usage } = await decide(exchange, context, { input, pieces, key: body.prompt_cache_key ?? "" });
  const { newId } = context;
  const createdAt = Math.floor(context.nowMs() / 1_000);
  const output = outputItems(body, step, newId);
  const whole = responseObject({ body, output, usage, createdAt, id: newId("resp") });
  const frames = body.stream === true ? numbered(responseEvents(whole, step.chunkChars ?? 20)) : undefined;
  const failed = (code: string) => eventFrame({ ...failedEvent(whole, code), sequence_number: 1_000 });
  exchange.record.outcome = await sendAnswer(exchange, { step, fault, frames, whole, failed });
};

/** `POST /v1/chat/completions` */
export const createChat = async (exchange: Exchange, context: ApiContext): Promise<void> => {
  const body = parseBody(chatRequest, await admit(exchange, context));
  checkModel(body.model, context);
  checkChat(body);
  const pieces = [body.tools ?? [], ...body.messages].map((piece) => JSON.stringify(piece));
  const input = chatInput(body);
  const { step, fault, usage } = await decide(exchange, context, { input, pieces, key: body.prompt_cache_key ?? "" });
  const created = Math.floor(context.nowMs() / 1_000);
  const head = { id: context.newId("chatcmpl"), created, model: body.model };
  const answer = { head, message: chatMessage(step, context.newId), usage };
  const includeUsage = body.stream_options?.include_usage === true;
  const chunks = chatChunks(answer, { chunkChars: step.chunkChars ?? 20, includeUsage }).map(dataFrame);
  exchange.record.outcome = await sendAnswer(exchange, {
    step,
    fault,
    frames: body.stream === true ? [...chunks, "data: [DONE]\n\n"] : undefined,
    whole: chatCompletion(answer),
    failed: (code) => dataFrame({ error: { message: "An error occurred.", type: "server_error", param: null, code } }),
  });
};

/** `GET /v1/models` */
export const listModels = async ({ request, response, record }: Exchange, context: ApiContext): Promise<void> => {
  authenticate(request.headers, context.apiKeys());
  const data = context.models.map((id) => ({ id, object: "model", created: 0, owned_by: "openai" }));
  sendJson(response, 200, { object: "list", data });
  record.outcome = "completed";
};
