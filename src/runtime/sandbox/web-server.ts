import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";
import type { EgressDoor } from "../../ports/egress.js";
import type { Logger } from "../../ports/logger.js";

/** Handles one request. The request's `signal` fires when the caller disconnects. */
export type WebHandler = (request: Request) => Promise<Response>;

/** Handlers of one agent’s socket. */
export interface WebServerOptions {
  handler: WebHandler;
  logger: Logger;
  /** Handles requests for other hosts. Absent: they are refused. */
  proxy?: EgressDoor | undefined;
  /** Name of the caller for the log. */
  agent: string;
}

const maxConnections = 64;
const headersTimeoutMs = 10_000;
const bodyTimeoutMs = 120_000;
/** Maximum number of pipelined requests; a connection with more is cut. */
const maxPipelined = 256;

/**
 * A Node server for a Request/Response handler, streaming both ways. Requests of one connection are handled one at a time: a pipelined
 * request (RFC 9112, 9.3.2) reaches the handler after the previous answer was sent.
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

/** Runs the requests of one connection in order, and none after it has closed. */
function createConnectionQueues(): (incoming: IncomingMessage, run: () => Promise<void>) => void {
  /** `last` settles when all requests so far are handled; `length` counts the unhandled ones. */
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
    // Break the connection: the answer itself broke off.
    if (!gone.signal.aborted) logger.warn({ agent, reason: nameOf(error) }, "an agent's request broke off");
    outgoing.destroy();
  }
  // Drain an unread body, otherwise the caller could not read the answer.
  if (!incoming.complete) incoming.resume();
}

/** Proxy requests have the form `GET http://…`. */
function isWholeAddress(url = ""): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(url);
}

/** Undefined for a request that is not for this server. */
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

/** Lazy: reads nothing before the first pull. */
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
  const message = "Parley: this is not a proxy. Ask for a path.";
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
