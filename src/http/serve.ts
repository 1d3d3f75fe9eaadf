import type { Server } from "node:http";
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

/** Time a client has to send its headers, and its whole request. */
const headersTimeoutMs = 15_000;
const requestTimeoutMs = 30_000;
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
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
    },
  }) as Server;
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

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
