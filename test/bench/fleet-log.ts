import { join } from "node:path";
import pg from "pg";
import { request } from "undici";
import { createDurableStreamsEventLog } from "../../adapters/durable-streams/event-log.js";
import { openPostgres } from "../../adapters/postgres/open-postgres.js";
import type { Broadcast } from "../../src/ports/broadcast.js";
import type { Clock } from "../../src/ports/clock.js";
import type { EventLog } from "../../src/ports/event-log.js";
import type { Logger } from "../../src/ports/logger.js";
import { startPostgres } from "../support/postgres.js";
import { startStreamServer } from "../support/stream-server.js";
import { filler } from "./bench-runtime.js";

/** Where the rooms of a fleet are. */
export type LogKind = "postgres" | "streams";

/** A server for rooms, of the benchmark's own. */
export interface LogServer {
  kind: LogKind;
  url: string;
  stop(): Promise<void>;
}

export async function startLogServer(kind: LogKind): Promise<LogServer> {
  const { url, stop } = kind === "postgres" ? await startPostgres() : await startStreamServer();
  return { kind, url, stop };
}

/** The log as one process of a fleet opens it. `dir`: folder for copies. */
export async function openFleetLog(
  { kind, url }: Pick<LogServer, "kind" | "url">,
  { prefix, dir, clock, logger }: { prefix: string; dir: string; clock: Clock; logger: Logger },
): Promise<{ eventLog: EventLog; hear: (broadcast: Broadcast) => void; close: () => Promise<void> }> {
  if (kind === "postgres") return openPostgres({ url, schema: prefix.replaceAll("-", "_"), clock, logger });
  const eventLog = await createDurableStreamsEventLog({
    url,
    prefix: `${prefix}/`,
    dir: join(dir, "streams"),
    clock,
    logger,
  });
  return { eventLog, hear: () => undefined, close: eventLog.close };
}

/** Of a commit's size. */
const rawBody = JSON.stringify({ v: 1, c: { id: "x".repeat(20), parent: "y".repeat(20), at: 0, events: [filler] } });

/** One append after the other, synced, on that server with nothing else of Parley's: how long each took, ms. */
export async function openRawAppends({ kind, url }: LogServer): Promise<(count: number) => Promise<number[]>> {
  const append = kind === "postgres" ? await rawRow(url) : await rawStream(url);
  return async (count) => {
    const samples: number[] = [];
    for (let at = 0; at < count; at += 1) {
      const from = performance.now();
      await append();
      samples.push(performance.now() - from);
    }
    return samples;
  };
}

async function rawRow(url: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: url });
  // It ends with its server.
  client.on("error", () => undefined);
  await client.connect();
  await client.query("CREATE TABLE floor (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text)");
  return async () => {
    await client.query({ name: "floor", text: "INSERT INTO floor (body) VALUES ($1)", values: [rawBody] });
  };
}

async function rawStream(url: string): Promise<() => Promise<void>> {
  const stream = `${url}/floor/${process.hrtime.bigint()}`;
  const headers = { "content-type": "application/json" };
  await request(stream, { method: "PUT", headers });
  return async () => {
    const answer = await request(stream, { method: "POST", headers, body: rawBody });
    await answer.body.dump();
  };
}
