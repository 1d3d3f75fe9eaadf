import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";
import type { Clock } from "../ports/clock.js";
import type { AppEnv } from "./deps.js";

export interface HttpServer {
  /** The address it listens on. */
  readonly host: string;
  readonly port: number;
  /** Takes no new requests, lets those under way end, and after `graceMs` closes the rest. Idempotent. */
  close(options: { graceMs: number }): Promise<void>;
}

/** Time a client has to send its headers, and its whole request; a file may take longer. */
const headersTimeoutMs = 15_000;
const requestTimeoutMs = 30_000;
const uploadTimeoutMs = 15 * 60_000;
const uploadPath = /^\/api\/rooms\/[^/?]+\/files(\?|$)/;
const keepAliveTimeoutMs = 60_000;

/** Listens; rejects when the address cannot be had. Port 0 picks a free one. */
export async function serve(
  app: Hono<AppEnv>,
  options: {
    host: string;
    port: number;
    clock: Clock;
    /** Ends streams that would never end by themselves. */
    endStreams: () => void;
  },
): Promise<HttpServer> {
  const { host, port, clock } = options;
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: {
      headersTimeout: headersTimeoutMs,
      requestTimeout: uploadTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
    },
  }) as Server;
  server.on("request", (request) => endLate(request, clock));
  await listen(server, { host, port });
  const address = server.address() as AddressInfo;
  let closing: Promise<void> | undefined;

  async function drain(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    options.endStreams();
    server.closeIdleConnections();
    const cancel = clock.after(graceMs, () => server.closeAllConnections());
    await closed;
    cancel();
  }

  return {
    host: address.address,
    port: address.port,
    close: ({ graceMs }) => {
      closing ??= drain(graceMs);
      return closing;
    },
  };
}

/** Node has one time for all requests. What is no file has less. */
function endLate(request: IncomingMessage, clock: Clock): void {
  if (request.complete || (request.method === "POST" && uploadPath.test(request.url ?? ""))) return;
  const hasBody = request.headers["content-length"] !== undefined || request.headers["transfer-encoding"] !== undefined;
  if (!hasBody) return;
  const cancel = clock.after(requestTimeoutMs, () => {
    if (!request.complete) request.socket.destroy();
  });
  request.once("end", cancel);
  request.once("close", cancel);
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
