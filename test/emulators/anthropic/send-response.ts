import type { ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { type ApiErrorType, errorBody, errorTypeOf, STATUS_BY_ERROR_TYPE } from "./errors.js";
import { messageEvents, type ResponseMessage } from "./response-message.js";
import type { Fault, Step } from "./script.js";

/** How an answer ended, as the server saw it. */
export type Outcome = "completed" | "refused" | "faulted" | "aborted";

interface Sending {
  readonly response: ServerResponse;
  readonly requestId: string;
  /** Fires when the client hangs up or the server stops. */
  readonly signal: AbortSignal;
}

export const sendJson = (options: { response: ServerResponse; status: number; body: unknown }): void => {
  const text = JSON.stringify(options.body);
  options.response.writeHead(options.status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  options.response.end(options.response.req.method === "HEAD" ? undefined : text);
};

export const sendError = (sending: Sending, error: { type: ApiErrorType; status: number; message: string }): void => {
  const body = errorBody({ type: error.type, message: error.message, requestId: sending.requestId });
  sendJson({ response: sending.response, status: error.status, body });
};

const STATUS_MESSAGES: Readonly<Record<number, string>> = {
  400: "Invalid request",
  401: "invalid x-api-key",
  402: "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
  403: "Your API key does not have permission to use the specified resource.",
  404: "model: not found",
  413: "Request exceeds the maximum size",
  429: "This request would exceed your account's rate limit. Please try again later.",
  500: "Internal server error",
  529: "Overloaded",
};

const sendStatusFault = (sending: Sending, fault: Extract<Fault, { kind: "status" }>): void => {
  if (fault.retryAfterS !== undefined) sending.response.setHeader("retry-after", String(fault.retryAfterS));
  if (fault.shouldRetry !== undefined) sending.response.setHeader("x-should-retry", String(fault.shouldRetry));
  const message = fault.message ?? STATUS_MESSAGES[fault.status] ?? "Error";
  sendError(sending, { type: errorTypeOf(fault.status), status: fault.status, message });
};

/** RST where the transport has one; a Unix socket can only be closed. */
const reset = (response: ServerResponse): void => {
  const socket = response.socket;
  if (socket === null) return;
  if (socket.remoteAddress === undefined) socket.destroy();
  else socket.resetAndDestroy();
};

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });

const errorFrame = (type: ApiErrorType, requestId: string): string => {
  const message = STATUS_MESSAGES[STATUS_BY_ERROR_TYPE[type]] ?? "Error";
  return `event: error\ndata: ${JSON.stringify(errorBody({ type, message, requestId }))}\n\n`;
};

/** The effect of a fault after the first half of the answer is out. */
const breakOff = async (sending: Sending, fault: Fault): Promise<void> => {
  if (fault.kind === "stall") return untilAborted(sending.signal);
  if (fault.kind === "sse-error") {
    sending.response.end(errorFrame(fault.error, sending.requestId));
    return;
  }
  if (fault.kind === "cut" && fault.at === "reset") reset(sending.response);
  else sending.response.destroy();
};

interface Pace {
  readonly delayMs: number;
  readonly chunkMs: number;
}

const paceOf = (step: Step, fault: Fault | undefined): Pace => {
  const slow = fault?.kind === "slow" ? fault : undefined;
  return { delayMs: slow?.delayMs ?? step.delayMs ?? 0, chunkMs: slow?.chunkMs ?? step.chunkMs ?? 0 };
};

const flush = (response: ServerResponse, frame: string): Promise<void> =>
  new Promise((resolve) => response.write(frame, () => resolve()));

const breaks = (fault: Fault | undefined): fault is Fault => fault !== undefined && fault.kind !== "slow";

const stream = async (sending: Sending, options: SendOptions, chunkMs: number): Promise<Outcome> => {
  const { fault, step, message } = options;
  const { response, signal } = sending;
  response.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
    ...step.headers,
  });
  response.flushHeaders();
  const all = messageEvents(message, step.chunkChars ?? 20);
  const atStart = fault?.kind === "cut" && fault.at === "start";
  const events = breaks(fault) ? all.slice(0, atStart ? 0 : Math.max(2, Math.floor(all.length / 2))) : all;
  for (const event of events) {
    if (event.type === "content_block_delta" && chunkMs > 0) await wait(chunkMs, undefined, { signal });
    await flush(response, `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    if (signal.aborted) return "aborted";
  }
  if (breaks(fault)) {
    await breakOff(sending, fault);
    return "faulted";
  }
  response.end();
  return "completed";
};

const answerWhole = async (sending: Sending, options: SendOptions): Promise<Outcome> => {
  const { fault, step, message } = options;
  if (!breaks(fault)) {
    for (const [name, value] of Object.entries(step.headers ?? {})) sending.response.setHeader(name, value);
    sendJson({ response: sending.response, status: 200, body: message });
    return "completed";
  }
  if (fault.kind === "sse-error") {
    sendStatusFault(sending, { kind: "status", status: STATUS_BY_ERROR_TYPE[fault.error] });
    return "faulted";
  }
  const text = JSON.stringify(message);
  sending.response.writeHead(200, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  sending.response.flushHeaders();
  if (fault.kind !== "cut" || fault.at !== "start") await flush(sending.response, text.slice(0, text.length / 2));
  await breakOff(sending, fault);
  return "faulted";
};

export interface SendOptions {
  readonly step: Step;
  readonly message: ResponseMessage;
  readonly fault: Fault | undefined;
  readonly isStream: boolean;
}

/** Sends one answer, whole or as its fault has it. */
export const sendMessage = async (sending: Sending, options: SendOptions): Promise<Outcome> => {
  const { fault } = options;
  const pace = paceOf(options.step, fault);
  try {
    if (pace.delayMs > 0) await wait(pace.delayMs, undefined, { signal: sending.signal });
    if (fault?.kind === "status") {
      sendStatusFault(sending, fault);
      return "faulted";
    }
    return options.isStream ? await stream(sending, options, pace.chunkMs) : await answerWhole(sending, options);
  } catch (error) {
    if (sending.signal.aborted) return "aborted";
    throw error;
  }
};
