import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";
import type { EgressDoor } from "../../ports/egress.js";
import type { Logger } from "../../ports/logger.js";

/** Answers one request. `signal` of the request fires when the caller hangs up. */
export type WebHandler = (request: Request) => Promise<Response>;

export interface WebServerOptions {
  handler: WebHandler;
  logger: Logger;
  /** Takes what is asked of another host. Absent: that is refused. */
  proxy?: EgressDoor | undefined;
  /** Who is served, for the log. */
  agent: string;
}

const maxConnections = 64;
const headersTimeoutMs = 10_000;
const bodyTimeoutMs = 120_000;
/** Requests that one connection may have sent ahead of its answers; with more of them it is cut. */
const maxPipelined = 256;

/**
 * A Node server for a handler that speaks Request and Response. Streams go through as they come, both ways. A connection's requests are handled one
 * at a time: one that was sent ahead (RFC 9112, 9.3.2) reaches the handler when the answer before it has been sent.
 */
export function createWebServer(options: WebServerOptions): Server {
  const timeouts = { headersTimeout: headersTimeoutMs, requestTimeout: bodyTimeoutMs };
  const inOrder = createConnectionQueues();
  const server = createServer(timeouts, (incoming, outgoing) =>
    inOrder(incoming, () => serve(incoming, outgoing, options)),
  );
  server.maxConnections = maxConnections;
  const { proxy } = options;
  if (proxy) server.on("connect", (request: IncomingMessage, socket, head) => proxy.connect(request, socket, head));
  return server;
}

/** Runs what the requests of one connection ask for one after the other; nothing of a connection that has closed meanwhile. */
function createConnectionQueues(): (incoming: IncomingMessage, run: () => Promise<void>) => void {
  /** `last` settles when everything sent so far has been handled; `length` counts what has not been. */
  const queues = new WeakMap<Socket, { last: Promise<void>; length: number }>();
  return ({ socket }, run) => {
    const queue = queues.get(socket) ?? { last: Promise.resolve(), length: 0 };
    queues.set(socket, queue);
    if (queue.length >= maxPipelined) return void socket.destroy();
    queue.length += 1;
    queue.last = queue.last.then(async () => {
      if (!socket.destroyed) await run();
      queue.length -= 1;
    });
  };
}

/** Never rejects. */
async function serve(incoming: IncomingMessage, outgoing: ServerResponse, options: WebServerOptions): Promise<void> {
  const { handler, logger, agent, proxy } = options;
  if (proxy && isWholeAddress(incoming.url)) {
    proxy.forward(incoming, outgoing);
    await finished(outgoing).catch(() => {});
    return;
  }
  const gone = new AbortController();
  outgoing.once("close", () => gone.abort());
  try {
    const request = toRequest(incoming, gone.signal);
    const response = request ? await handler(request) : refuseForm();
    await send(response, outgoing);
  } catch (error) {
    // The caller sees a connection that broke, which is what it was.
    if (!gone.signal.aborted) logger.warn({ agent, reason: nameOf(error) }, "an agent's request broke off");
    outgoing.destroy();
  }
  // The rest of a body nobody wanted is let past, or the caller would not get to read the answer.
  if (!incoming.complete) incoming.resume();
}

/** As a proxy is asked, `GET http://…`. */
function isWholeAddress(url = ""): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(url);
}

/** Undefined for what is not asked of this server itself. */
function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request | undefined {
  const { method = "GET", url = "" } = incoming;
  if (!url.startsWith("/") || url.startsWith("//")) return undefined;
  const headers = new Headers();
  for (let index = 0; index < incoming.rawHeaders.length; index += 2) {
    headers.append(incoming.rawHeaders[index] ?? "", incoming.rawHeaders[index + 1] ?? "");
  }
  const hasBody = method !== "GET" && method !== "HEAD";
  const body = hasBody ? { body: bodyOf(incoming), duplex: "half" as const } : {};
  return new Request(`http://parley.internal${url}`, { method, headers, signal, ...body });
}

/** Not touched before somebody reads. */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  let chunks: AsyncIterator<Buffer> | undefined;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        chunks ??= incoming.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await chunks?.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

function refuseForm(): Response {
  const message = "Parley: this is no proxy. Ask for a path.";
  return Response.json({ type: "error", error: { type: "permission_error", message } }, { status: 403 });
}

async function send(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(response.status, [...response.headers].flat());
  if (!response.body) {
    outgoing.end();
    return;
  }
  outgoing.flushHeaders();
  await pipeline(Readable.fromWeb(response.body as NodeReadableStream<Uint8Array>), outgoing);
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
