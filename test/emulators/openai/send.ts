import type { ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { errorBody, type OpenAiError, ownError } from "./errors.js";
import type { Fault, Step } from "./script.js";

/** How an answer ended, as the server saw it. */
export type Outcome = "completed" | "refused" | "faulted" | "aborted";

interface Sending {
  readonly response: ServerResponse;
  /** Fires when the client hangs up or the server stops. */
  readonly signal: AbortSignal;
}

/** An answer: whole, or as the frames of its stream. */
export interface Answer {
  readonly step: Step;
  readonly fault: Fault | undefined;
  /** Undefined: in one piece. */
  readonly frames: readonly string[] | undefined;
  readonly whole: object;
  /** The frame that says the answer failed. */
  failed(code: string): string;
}

export const sendJson = (response: ServerResponse, status: number, body: unknown): void => {
  const text = JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
};

export const sendError = (response: ServerResponse, error: OpenAiError): void =>
  sendJson(response, error.status, errorBody(error));

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });

/** The effect of a fault after the first half of the answer is out. */
const breakOff = async ({ response, signal }: Sending, fault: Fault, answer: Answer): Promise<void> => {
  if (fault.kind === "stall") return untilAborted(signal);
  if (fault.kind === "failed") {
    response.end(answer.failed(fault.code));
    return;
  }
  if (fault.kind === "cut" && fault.at === "reset") response.socket?.resetAndDestroy();
  else response.destroy();
};

const flush = (response: ServerResponse, text: string): Promise<void> =>
  new Promise((resolve) => response.write(text, () => resolve()));

const breaks = (fault: Fault | undefined): fault is Fault => fault !== undefined && fault.kind !== "slow";

const stream = async (
  sending: Sending,
  answer: Answer,
  { frames, chunkMs }: { frames: readonly string[]; chunkMs: number },
): Promise<Outcome> => {
  const { response, signal } = sending;
  const { fault } = answer;
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" });
  response.flushHeaders();
  const atStart = fault?.kind === "cut" && fault.at === "start";
  const sent = breaks(fault) ? frames.slice(0, atStart ? 0 : Math.max(2, Math.floor(frames.length / 2))) : frames;
  for (const frame of sent) {
    if (chunkMs > 0) await wait(chunkMs, undefined, { signal });
    await flush(response, frame);
    if (signal.aborted) return "aborted";
  }
  if (breaks(fault)) {
    await breakOff(sending, fault, answer);
    return "faulted";
  }
  response.end();
  return "completed";
};

const sendWhole = async (sending: Sending, answer: Answer): Promise<Outcome> => {
  const { fault, whole } = answer;
  if (!breaks(fault)) {
    sendJson(sending.response, 200, whole);
    return "completed";
  }
  if (fault.kind === "failed") {
    sendError(sending.response, ownError(500));
    return "faulted";
  }
  const text = JSON.stringify(whole);
  sending.response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  sending.response.flushHeaders();
  if (fault.kind !== "cut" || fault.at !== "start") await flush(sending.response, text.slice(0, text.length / 2));
  await breakOff(sending, fault, answer);
  return "faulted";
};

const sendStatus = (response: ServerResponse, fault: Extract<Fault, { kind: "status" }>): void => {
  if (fault.retryAfterS !== undefined) response.setHeader("retry-after", String(fault.retryAfterS));
  sendError(response, ownError(fault.status, fault.message));
};

/** Sends one answer, whole or as its fault has it. */
export const sendAnswer = async (sending: Sending, answer: Answer): Promise<Outcome> => {
  const { fault, step, frames } = answer;
  const slow = fault?.kind === "slow" ? fault : undefined;
  const delayMs = slow?.delayMs ?? step.delayMs ?? 0;
  const chunkMs = slow?.chunkMs ?? step.chunkMs ?? 0;
  try {
    if (delayMs > 0) await wait(delayMs, undefined, { signal: sending.signal });
    if (fault?.kind === "status") {
      sendStatus(sending.response, fault);
      return "faulted";
    }
    return frames ? await stream(sending, answer, { frames, chunkMs }) : await sendWhole(sending, answer);
  } catch (error) {
    if (sending.signal.aborted) return "aborted";
    throw error;
  }
};
