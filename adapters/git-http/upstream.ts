import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";
import type { Clock } from "../../src/ports/clock.js";
import { isForbidden } from "../kit/public-addresses.js";
import { createResolve } from "../kit/resolve.js";
import { createSilenceWatch } from "./silence-watch.js";

/** A Git server. */
export interface GitServer {
  /** `https://github.com` */
  origin: string;
  /** The operator named it: it may have a private address. */
  mayBePrivate: boolean;
}

export interface UpstreamCall {
  server: GitServer;
  method: "GET" | "POST";
  path: string;
  headers: Record<string, string>;
  body: Uint8Array | ReadableStream<Uint8Array> | undefined;
  maxBodyBytes: number;
  maxAnswerBytes: number;
  /** The caller hung up. */
  signal: AbortSignal;
}

export interface UpstreamAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** Rejects with a `CallError` when it breaks off, stalls or is too long. */
  body: AsyncIterable<Uint8Array>;
  /** Stops reading. */
  discard(): void;
}

/** `detail`: the system's word, or which body. */
export class CallError extends Error {
  constructor(
    readonly reason: "not-public" | "unreachable" | "silent" | "too-large",
    readonly detail = "",
  ) {
    super(`${reason} ${detail}`);
  }
}

export type CallUpstream = (call: UpstreamCall) => Promise<UpstreamAnswer>;

export function createGitUpstream({ clock, idleTimeoutMs }: { clock: Clock; idleTimeoutMs: number }): CallUpstream {
  return async function callUpstream(call) {
    const url = new URL(call.path, call.server.origin);
    const addresses = await addressesOf(url, call);
    const send = url.protocol === "https:" ? requestHttps : requestHttp;
    const outgoing = send(url, {
      method: call.method,
      headers: call.headers,
      signal: call.signal,
      agent: false,
      // Connect to the address that was checked: the name is not resolved again.
      lookup: (_hostname, options, done) => {
        const [first] = addresses;
        if (options.all) done(null, addresses);
        else done(null, first?.address ?? "", first?.family);
      },
    });
    // Also applies after the answer has begun, when nothing else handles errors.
    outgoing.on("error", () => {});
    const watch = createSilenceWatch({
      clock,
      idleTimeoutMs,
      onSilence: () => outgoing.destroy(new CallError("silent")),
    });
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once("response", resolve).once("error", reject);
    });
    const sent = sendBody(call, { outgoing, touch: watch.touch });
    try {
      // A server may answer before it has read everything; one that hangs up while it is sent to is gone.
      const incoming = await Promise.race([answered, sent.then(() => answered)]);
      return { ...answerOf(incoming, { call, watch }), status: incoming.statusCode ?? 0, headers: incoming.headers };
    } catch (error) {
      watch.stop();
      outgoing.destroy();
      throw asCallError(error);
    }
  };
}

const resolvePublic = createResolve();
/** The operator may have named a server that only this machine's hosts file knows. */
const resolveNamed = createResolve({ hostsFile: "/etc/hosts" });

async function addressesOf(url: URL, { server, signal }: UpstreamCall): Promise<{ address: string; family: number }[]> {
  const resolve = server.mayBePrivate ? resolveNamed : resolvePublic;
  const found = await resolve(url.hostname.replace(/^\[|\]$/g, ""), signal).catch((error: unknown) => {
    throw asCallError(error);
  });
  const addresses = server.mayBePrivate ? found : found.filter((address) => !isForbidden(address));
  if (addresses.length === 0) throw new CallError("not-public");
  return addresses.map((address) => ({ address, family: isIP(address) }));
}

async function sendBody(
  { body, maxBodyBytes }: UpstreamCall,
  { outgoing, touch }: { outgoing: NodeJS.WritableStream; touch: () => void },
): Promise<void> {
  if (body === undefined || body instanceof Uint8Array) {
    if (body) outgoing.write(body);
    outgoing.end();
    return;
  }
  const source = Readable.fromWeb(body as NodeReadableStream<Uint8Array>);
  await pipeline(source, (chunks) => counted(chunks, { maxBytes: maxBodyBytes, what: "the push", touch }), outgoing);
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  { maxBytes, what, touch }: { maxBytes: number; what: string; touch: () => void },
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    touch();
    bytes += chunk.length;
    if (bytes > maxBytes) throw new CallError("too-large", what);
    yield chunk;
  }
}

function answerOf(
  incoming: IncomingMessage,
  { call, watch }: { call: UpstreamCall; watch: ReturnType<typeof createSilenceWatch> },
): Pick<UpstreamAnswer, "body" | "discard"> {
  const limits = { maxBytes: call.maxAnswerBytes, what: "the answer", touch: watch.touch };
  async function* read() {
    try {
      for await (const chunk of counted(incoming, limits)) {
        // While the reader takes its time the server cannot speak.
        watch.pause();
        yield chunk;
        watch.touch();
      }
    } catch (error) {
      throw asCallError(error);
    } finally {
      watch.stop();
      incoming.destroy();
    }
  }
  const discard = () => {
    watch.stop();
    incoming.destroy();
  };
  return { body: read(), discard };
}

function asCallError(error: unknown): CallError {
  if (error instanceof CallError) return error;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return new CallError("unreachable", typeof code === "string" ? code : "the connection broke off");
}
