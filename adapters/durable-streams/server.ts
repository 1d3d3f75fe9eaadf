import {
  DurableStream,
  DurableStreamError,
  FetchError,
  STREAM_OFFSET_HEADER,
  STREAM_SEQ_HEADER,
  stream,
} from "@durable-streams/client";
import { PortError } from "../../src/ports/port-error.js";
import type { OwnFetch } from "./fetch.js";

export interface StreamServerOptions {
  url: string;
  token: string | undefined;
  /** Put before every stream's name. */
  prefix: string;
  fetch: OwnFetch["fetch"];
}

/** The end of a stream, and the life of the server that reports it; `life` is undefined if the server does not tell when it restarted. */
export interface StreamEnd {
  offset: string;
  life: string | undefined;
}

/** The result of a read: messages in order, and where to continue. */
export interface ReadBatch extends StreamEnd {
  messages: readonly unknown[];
}

export type Sent = ({ kind: "appended" } & StreamEnd) | { kind: "conflict" } | { kind: "missing" };

/** The stream server, a call at a time. Every failure is a `PortError`; nothing is tried again here. */
export interface StreamServer {
  /** `seq`: the server takes it only if it is greater than the last one of the stream. */
  append(name: string, body: string, seq?: string): Promise<Sent>;
  create(name: string): Promise<void>;
  /** Deletes the stream and its messages for good. Does nothing if it does not exist. */
  remove(name: string): Promise<void>;
  /** From `offset` (undefined: the start) to the end there is now; undefined: there is no such stream. */
  read(name: string, offset: string | undefined): Promise<ReadBatch | undefined>;
  /** Batches as they come, until `signal` aborts or the connection breaks. */
  follow(name: string, offset: string | undefined, signal: AbortSignal): AsyncIterable<ReadBatch>;
}

const callTimeoutMs = 3_000;
const start = "-1";
/** Only the caller knows whether a call may be repeated. */
const once = { initialDelay: 10, maxDelay: 10, multiplier: 1, maxRetries: 0 };

export function createStreamServer({ url, token, prefix, fetch }: StreamServerOptions): StreamServer {
  const base = url.replace(/\/+$/, "");
  const headers: Record<string, string> = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const urlOf = (name: string) => `${base}/${prefix}${name.split("/").map(encodeURIComponent).join("/")}`;
  const common = { headers, fetch, backoffOptions: once, warnOnHttp: false };

  async function calling<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = AbortSignal.timeout(callTimeoutMs);
    try {
      return await run(signal);
    } catch (error) {
      throw toPortError(error, { base, isLate: signal.aborted });
    }
  }

  return {
    append: (name, body, seq) =>
      calling(async (signal) => {
        const guard = seq === undefined ? {} : { [STREAM_SEQ_HEADER]: seq };
        const json = { "content-type": "application/json" };
        const init = { method: "POST", headers: { ...headers, ...json, ...guard }, body: `[${body}]`, signal };
        const answer = await fetch(urlOf(name), init);
        if (answer.status === 409) return { kind: "conflict" };
        if (answer.status === 404) return { kind: "missing" };
        if (!answer.ok) throw await FetchError.fromResponse(answer, urlOf(name));
        return { kind: "appended", ...endOf(answer.headers) };
      }),
    create: (name) =>
      calling(async (signal) => {
        try {
          await DurableStream.create({ ...common, url: urlOf(name), contentType: "application/json", signal });
        } catch (error) {
          // Another process created it first.
          if (statusOf(error) !== 409) throw error;
        }
      }),
    remove: (name) =>
      calling(async (signal) => {
        const answer = await fetch(urlOf(name), { method: "DELETE", headers, signal });
        if (!answer.ok && answer.status !== 404) throw await FetchError.fromResponse(answer, urlOf(name));
      }),
    read: (name, offset = start) =>
      calling(async (signal) => {
        try {
          const response = await stream({ ...common, url: urlOf(name), offset, live: false, json: true, signal });
          const messages = await response.json();
          return { messages, offset: response.offset, life: endOf(response.headers).life };
        } catch (error) {
          if (statusOf(error) === 404) return undefined;
          throw error;
        }
      }),
    async *follow(name, offset = start, signal) {
      let at = offset;
      while (!signal.aborted) {
        const query = new URLSearchParams({ offset: at, live: "long-poll" });
        const response = await fetch(`${urlOf(name)}?${query}`, { headers, signal });
        if (response.status === 404) return;
        if (!response.ok && response.status !== 204) throw new Error(`status ${response.status}`);
        at = response.headers.get("stream-next-offset") ?? at;
        const messages = response.status === 204 ? [] : ((await response.json()) as unknown[]);
        if (messages.length > 0) yield { messages, offset: at, life: endOf(response.headers).life };
      }
    },
  };
}

function endOf(headers: Headers): StreamEnd {
  return { offset: headers.get(STREAM_OFFSET_HEADER) ?? "", life: headers.get("parley-server-life") ?? undefined };
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof FetchError || error instanceof DurableStreamError) return error.status;
  return undefined;
}

function toPortError(error: unknown, { base, isLate }: { base: string; isLate: boolean }): PortError {
  if (error instanceof PortError) return error;
  const status = statusOf(error);
  if (status === 401 || status === 403) {
    const message = `The stream server at ${base} refuses the token. Nothing was stored. Correct DURABLE_STREAMS_TOKEN.`;
    return new PortError(message, { code: "refused", retryable: false, cause: error });
  }
  const why = status !== undefined ? `answered ${status}` : isLate ? "did not answer in time" : "cannot be reached";
  const message = `The stream server at ${base} ${why}. What was acknowledged is kept there. Look at that server; Parley goes on when it answers.`;
  return new PortError(message, { code: isLate ? "timeout" : "unavailable", retryable: true, cause: error });
}
