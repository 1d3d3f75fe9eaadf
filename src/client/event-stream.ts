import { isAfter } from "../core/room/position.js";
import type { ActivityFrame } from "../protocol/events.js";
import { type Cursor, cursorText, parseCursor } from "./cursor.js";
import { InterruptedError, ProblemError, UnreachableError } from "./errors.js";
import type { Api } from "./http.js";
import { chunksOf } from "./read-body.js";
import { readSse, type SseFrame } from "./sse.js";

/** An event as the server sends it; `type` may be one this version does not know. */
export interface ServedEvent {
  version: number;
  index: number;
  at: number;
  type: string;
  [field: string]: unknown;
}

export type WatchItem =
  | { kind: "event"; event: ServedEvent }
  | { kind: "activity"; activity: ActivityFrame }
  /** The connection ended; it is being tried again. */
  | { kind: "lost" }
  /** Reconnected; the next frame continues right after the cursor. */
  | { kind: "resumed"; cursor: Cursor };

export interface EventStreamOptions {
  /** Asked before each connection: the server may have moved. */
  connect(): Promise<Api>;
  path: string;
  after: Cursor;
  activity: boolean;
  signal: AbortSignal;
  timing?: Partial<StreamTiming>;
}

export interface StreamTiming {
  /** The server sends a sign of life every 15 s; after this long without one the connection counts as dead. */
  silenceMs: number;
  /** Before the first try to connect again; doubled each time. */
  retryMs: number;
  maxRetryMs: number;
}

const usualTiming: StreamTiming = { silenceMs: 40_000, retryMs: 250, maxRetryMs: 5_000 };

/**
 * Every event after the cursor, each once and in order, over as many connections as it takes. Ends only by throwing: a
 * refusal of the server, or `InterruptedError` when the signal fires.
 */
export async function* followEvents(options: EventStreamOptions): AsyncGenerator<WatchItem> {
  const timing = { ...usualTiming, ...options.timing };
  const state: StreamState = { cursor: options.after, waitMs: timing.retryMs, isLost: false };
  for (;;) {
    try {
      yield* fromOneConnection(options, timing, state);
    } catch (error) {
      if (options.signal.aborted) throw new InterruptedError();
      if (isFinal(error)) throw error;
      state.waitMs = Math.max(state.waitMs, askedWaitMs(error));
    }
    if (!state.isLost) yield { kind: "lost" };
    state.isLost = true;
    await pause(state.waitMs, options.signal);
    state.waitMs = Math.min(state.waitMs * 2, timing.maxRetryMs);
  }
}

/** State that outlives a connection. */
interface StreamState {
  cursor: Cursor;
  waitMs: number;
  isLost: boolean;
}

async function* fromOneConnection(
  options: EventStreamOptions,
  timing: StreamTiming,
  state: StreamState,
): AsyncGenerator<WatchItem> {
  for await (const frame of connection(options, { cursor: state.cursor, silenceMs: timing.silenceMs })) {
    if (frame === "connected") {
      if (state.isLost) yield { kind: "resumed", cursor: state.cursor };
      state.isLost = false;
      continue;
    }
    state.waitMs = timing.retryMs;
    const { item, position } = frame;
    if (position && !isAfter(position, state.cursor)) continue;
    if (position) state.cursor = position;
    yield item;
  }
}

const askedWaitMs = (error: unknown): number => (error instanceof ProblemError ? (error.retryAfterS ?? 0) * 1_000 : 0);

/** Errors that trying again does not cure. */
function isFinal(error: unknown): boolean {
  if (error instanceof UnreachableError) return false;
  return !(error instanceof ProblemError) || (error.problem.status < 500 && error.problem.status !== 429);
}

interface Received {
  item: Extract<WatchItem, { kind: "event" | "activity" }>;
  /** Its position in the log; absent for frames without one. */
  position?: { version: number; index: number };
}

type Frame = "connected" | Received;

/** One connection, until it ends, breaks or falls silent. */
async function* connection(
  { connect, path, activity, signal }: EventStreamOptions,
  { cursor, silenceMs }: { cursor: Cursor; silenceMs: number },
): AsyncGenerator<Frame> {
  const ending = new AbortController();
  let silence = setTimeout(() => ending.abort(), silenceMs);
  const alive = () => {
    clearTimeout(silence);
    silence = setTimeout(() => ending.abort(), silenceMs);
  };
  try {
    const api = await connect();
    const until = AbortSignal.any([signal, ending.signal]);
    const response = await api.open(activity ? `${path}?activity=1` : path, {
      headers: { accept: "text/event-stream", "last-event-id": cursorText(cursor) },
      signal: until,
    });
    yield "connected";
    for await (const frame of readSse(chunksOf(response, until))) {
      alive();
      const received = frame && receivedIn(frame);
      if (received) yield received;
    }
  } catch (error) {
    if (error instanceof ProblemError || error instanceof UnreachableError) throw error;
    throw new UnreachableError("The connection was cut.", { cause: error });
  } finally {
    clearTimeout(silence);
    ending.abort();
  }
}

/** Undefined for frames this version cannot use. */
function receivedIn({ id, data }: SseFrame): Received | undefined {
  const value = jsonIn(data);
  if (typeof value !== "object" || value === null || !("type" in value) || typeof value.type !== "string")
    return undefined;
  if (value.type.startsWith("activity.")) return { item: { kind: "activity", activity: value as ActivityFrame } };
  const { version, index } = value as Partial<ServedEvent>;
  if (!isWhole(version) || !isWhole(index)) return undefined;
  // The id is the place: a block of an agent's stream has an index of its own in its data.
  const named = id === undefined ? undefined : parseCursor(id);
  const position = { version: named?.version ?? version, index: named?.index ?? index };
  return { item: { kind: "event", event: value as ServedEvent }, position };
}

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);

function jsonIn(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const interrupt = () => {
      clearTimeout(timer);
      reject(new InterruptedError());
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", interrupt);
      resolve();
    }, ms);
    if (signal.aborted) interrupt();
    else signal.addEventListener("abort", interrupt, { once: true });
  });
}
