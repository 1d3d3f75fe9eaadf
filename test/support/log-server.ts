import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { createMemoryEventLog } from "../../adapters/memory/event-log.js";
import type { Commit } from "../../src/core/commit.js";
import type { Entry, EventLog, ReadOptions } from "../../src/ports/event-log.js";
import { PortError } from "../../src/ports/port-error.js";

/** A log that processes of a test share over HTTP: as good as the one in memory it stands before, and no better. */
export interface LogServer {
  readonly url: string;
  readonly log: EventLog;
  close(): Promise<void>;
}

interface Call {
  method: "append" | "read" | "head" | "streams" | "next";
  stream: string;
  commits?: Commit[];
  options?: ReadOptions;
  after?: number;
}

const nextWaitMs = 5_000;

export async function startLogServer(): Promise<LogServer> {
  const log = createMemoryEventLog();

  async function answer({ method, stream, commits = [], options = {}, after = 0 }: Call): Promise<unknown> {
    if (method === "append") return log.append(stream, commits);
    if (method === "read") return log.read(stream, options);
    if (method === "head") return (await log.head(stream)) ?? null;
    if (method === "streams") return log.streams(stream);
    const signal = AbortSignal.timeout(nextWaitMs);
    for await (const entries of log.tail(stream, after, signal)) return entries;
    return [];
  }

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const result = await answer(JSON.parse(Buffer.concat(chunks).toString()) as Call);
    response.end(JSON.stringify(result));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    log,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** The log behind that address. */
export function connectLog(url: string): EventLog {
  async function call(what: Call): Promise<unknown> {
    try {
      const response = await fetch(url, { method: "POST", body: JSON.stringify(what) });
      return await response.json();
    } catch (error) {
      throw new PortError("the log's server does not answer", { code: "unavailable", retryable: true, cause: error });
    }
  }

  return {
    append: async (stream, commits) =>
      (await call({ method: "append", stream, commits: [...commits] })) as Awaited<ReturnType<EventLog["append"]>>,
    read: async (stream, options = {}) => {
      const { before, ...rest } = options;
      const isBounded = before !== undefined && Number.isFinite(before);
      return (await call({ method: "read", stream, options: { ...rest, ...(isBounded && { before }) } })) as Entry[];
    },
    head: async (stream) =>
      ((await call({ method: "head", stream })) ?? undefined) as Awaited<ReturnType<EventLog["head"]>>,
    streams: async (stream) => (await call({ method: "streams", stream })) as Awaited<ReturnType<EventLog["streams"]>>,
    async *tail(stream, after, signal) {
      let from = after;
      while (!signal.aborted) {
        const entries = (await call({ method: "next", stream, after: from }).catch(() => pause(200, []))) as Entry[];
        if (entries.length === 0 || signal.aborted) continue;
        from = Math.max(from, ...entries.map(({ version }) => version ?? 0));
        yield entries;
      }
    },
    check: async () => ({ ok: true }),
  };
}
