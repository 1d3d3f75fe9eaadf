import { createCall, type OperationCall } from "./call.js";
import { type Problem, ProblemError, UnreachableError } from "./errors.js";
import { textOf } from "./read-body.js";
import type { RequestOptions } from "./request-options.js";

/** JSON over HTTP, as in docs/protocol.md. */
export interface Api {
  readonly url: string;
  readonly token: string | undefined;
  /**
   * Carries out an operation of the protocol, its input and its answer typed by the operation. Resolves to the JSON object of a 2xx
   * answer. Throws `ProblemError` for any other, `UnreachableError` for none.
   */
  call: OperationCall;
  /** The response itself of a 2xx answer, unread. `signal` ends it. */
  open(path: string, options: RequestOptions & { signal: AbortSignal }): Promise<Response>;
}

interface ApiOptions {
  url: string;
  token?: string | undefined;
  signal: AbortSignal;
  /** Default: 15,000. */
  answerTimeoutMs?: number;
}

const usualAnswerTimeoutMs = 15_000;
const retryDelaysMs = [250, 1_000, 3_000];

export function createApi({ url, token, signal, answerTimeoutMs = usualAnswerTimeoutMs }: ApiOptions): Api {
  async function open(path: string, options: RequestOptions & { signal: AbortSignal }): Promise<Response> {
    const response = await reach(url, path, () => fetch(url + path, requestInit(token, options)));
    if (!response.ok && response.status !== options.alsoStatus) {
      throw problemIn(await textOf(response, options.signal).catch(() => ""), {
        status: response.status,
        url,
        headers: response.headers,
      });
    }
    return response;
  }

  async function once<T>(path: string, options: RequestOptions): Promise<T> {
    // Not AbortSignal.timeout: in Node 20 one that only AbortSignal.any knows is tidied away and never fires.
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new LateError(answerTimeoutMs)), answerTimeoutMs);
    try {
      const until = AbortSignal.any([signal, late.signal]);
      const response = await open(path, { ...options, signal: until });
      const text = await reach(url, path, () => textOf(response, until));
      return objectIn(text, url) as T;
    } finally {
      clearTimeout(timer);
    }
  }

  async function request<T>(path: string, options: RequestOptions): Promise<T> {
    const delays = options.idempotencyKey === undefined ? [] : retryDelaysMs;
    for (const delayMs of delays) {
      try {
        return await once<T>(path, options);
      } catch (error) {
        if (signal.aborted || !mayRetry(error)) throw error;
        await new Promise((resolve) => setTimeout(resolve, delayMs));
      }
    }
    return once<T>(path, options);
  }

  return { url, token, call: createCall(request), open };
}

class LateError extends Error {
  override readonly name = "LateError";
  constructor(answerTimeoutMs: number) {
    super(`no answer within ${answerTimeoutMs / 1_000} s`);
  }
}

function mayRetry(error: unknown): boolean {
  return error instanceof UnreachableError || (error instanceof ProblemError && error.problem.status >= 500);
}

function requestInit(token: string | undefined, options: RequestOptions & { signal: AbortSignal }): RequestInit {
  const { method, body, content, idempotencyKey, headers, signal } = options;
  return {
    method: method ?? (body === undefined ? "GET" : "POST"),
    // A redirect could carry the token to another server, and Parley never sends one.
    redirect: "manual",
    signal,
    headers: {
      accept: "application/json",
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(content && { "content-type": "application/octet-stream" }),
      ...(idempotencyKey !== undefined && { "idempotency-key": idempotencyKey }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    // A stream is sent before the answer comes (https://fetch.spec.whatwg.org/#dom-requestinit-duplex).
    ...(content && { body: content, duplex: "half" }),
  };
}

/** Turns what `fetch` throws into a sentence. */
async function reach<T>(url: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new UnreachableError(`The Parley server at ${url} cannot be reached: ${reasonOf(error)}.`, {
      cause: new Error(`at ${path}`, { cause: error }),
    });
  }
}

const networkReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection was cut",
  UND_ERR_SOCKET: "the connection was cut",
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "the host's name could not be looked up",
  EHOSTUNREACH: "there is no way to that host",
  ETIMEDOUT: "it did not answer in time",
  UND_ERR_CONNECT_TIMEOUT: "it did not answer in time",
};

export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof LateError) return error.message;
  if (error.name === "TimeoutError") return "it did not answer in time";
  const first = error instanceof AggregateError ? error.errors[0] : undefined;
  const inner: unknown = error.cause ?? first ?? error;
  const code = inner instanceof Error && "code" in inner ? String(inner.code) : "";
  if (inner instanceof AggregateError && networkReasons[code] === undefined) return reasonOf(inner);
  return networkReasons[code] ?? (inner instanceof Error ? inner.message : error.message);
}

function objectIn(text: string, url: string): object {
  if (text === "") return {};
  const value = parseJson(text);
  if (typeof value === "object" && value !== null) return value;
  throw new UnreachableError(`The server at ${url} is not a Parley server: its answer is not JSON.`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problemIn(text: string, { status, headers, url }: { status: number; headers: Headers; url: string }): Error {
  const value = parseJson(text);
  if (typeof value !== "object" || value === null || !("code" in value)) {
    return new UnreachableError(`The server at ${url} (status ${status}) does not answer like a Parley server.`);
  }
  const stated = value as Partial<Problem>;
  const detail = String(stated.detail ?? stated.code);
  const retryAfter = Number(headers.get("retry-after"));
  const problem = { ...stated, status, code: String(stated.code), detail };
  return new ProblemError(problem, retryAfter > 0 ? retryAfter : undefined);
}

/** A URL path from parts that may contain any character. */
export function pathOf(...parts: readonly string[]): string {
  return `/api/${parts.map(encodeURIComponent).join("/")}`;
}
