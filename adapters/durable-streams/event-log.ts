import type { Clock } from "../../src/ports/clock.js";
import type { Entry, EventLog, ReadOptions } from "../../src/ports/event-log.js";
import type { Health } from "../../src/ports/health.js";
import type { Logger } from "../../src/ports/logger.js";
import { createAppender, headIn } from "./appender.js";
import { type Changes, createChanges } from "./changes.js";
import { createFetch } from "./fetch.js";
import { openLocalCopy } from "./local-copy.js";
import { createStreamServer, type StreamServer } from "./server.js";
import { createStreamSync } from "./stream-sync.js";
import { createStreamTails } from "./tails.js";

export interface DurableStreamsOptions {
  /** Of the stream server, up to where streams begin. */
  url: string;
  token?: string | undefined;
  /** Put before every stream's name, so that installations can share a server. */
  prefix?: string;
  /** Folder of the local copy; may be deleted while no process uses it. */
  dir: string;
  clock: Clock;
  logger: Logger;
}

const maxAtOnce = 16;
const defaultLimit = 500;
/**
 * The log over the Durable Streams protocol, for many processes. The server's guard is `Stream-Seq`, the zero-padded first version of a
 * batch; what counts is decided by reading back, for a server may forget its guard in a crash, unless the server is known to have had none
 * (see `server-word.ts`). Reads come from a copy on this machine.
 */
export async function createDurableStreamsEventLog(
  options: DurableStreamsOptions,
): Promise<EventLog & { close(): Promise<void> }> {
  const { url, token, prefix = "", clock, logger } = options;
  const http = createFetch();
  const server = createStreamServer({ url, token, prefix, fetch: http.fetch });
  const copy = await openLocalCopy({ dir: options.dir, source: `${url} ${prefix}` });
  const changes: Changes = createChanges({ server, clock, copy });
  const tails = createStreamTails({
    follow: (onMoved, signal) => changes.follow(onMoved, signal),
    read: copy.read,
    sync: syncQuietly,
  });
  const syncs = createStreamSync({ server, copy, logger, onKept: tails.publish });
  const appender = createAppender({ server, copy, changes, syncs });

  const headOf = (stream: string) => headIn(copy, stream);

  function syncQuietly(stream: string): Promise<void> {
    return syncs.sync(stream).catch(() => undefined);
  }

  async function read(stream: string, read: ReadOptions = {}): Promise<Entry[]> {
    const { limit = defaultLimit, before, reverse = false } = read;
    const page = copy.read(stream, read);
    // With a bound in characters a short page is not a sign that nothing follows, and the caller reads on until a page is empty.
    const isEnough = read.maxChars === undefined ? page.length >= limit : page.length > 0;
    const isSure = reverse ? before !== undefined && page.length > 0 : isEnough;
    if (isSure) return page;
    // Without the server only the local copy can be read.
    await syncs.sync(stream).catch((error: unknown) => {
      if (!copy.get(stream)) throw error;
    });
    return copy.read(stream, read);
  }

  async function streams(namePrefix: string) {
    const moved = await changes.moved((stream) => copy.get(stream)?.version ?? 0);
    const wanted = moved.filter((stream) => stream.startsWith(namePrefix));
    for (let at = 0; at < wanted.length; at += maxAtOnce)
      await Promise.all(wanted.slice(at, at + maxAtOnce).map((stream) => syncs.sync(stream)));
    return copy.names(namePrefix).flatMap((stream) => {
      const head = headOf(stream);
      return head ? [{ stream, ...head }] : [];
    });
  }

  return {
    append: appender.append,
    read,
    head: async (stream) => {
      await syncs.sync(stream);
      return headOf(stream);
    },
    tail: tails.tail,
    streams,
    check: async () => (await problemOf(server)) ?? { ok: true, ...lossesDetail(syncs.losses()) },
    async close() {
      await appender.settled();
      tails.close();
      await changes.stop();
      await syncs.settled();
      await copy.close();
      await http.close();
    },
  };
}

/** Writes of the health check are discarded beyond this offset. */
const longHealth = `${"0".repeat(16)}_${"100000".padStart(16, "0")}`;

/** Writes and reads a stream of its own; undefined where that works. */
async function problemOf(server: StreamServer): Promise<Health | undefined> {
  try {
    let sent = await server.append("_health", "1");
    if (sent.kind === "missing") {
      await server.create("_health");
      sent = await server.append("_health", "1");
    }
    const end = sent.kind === "appended" ? sent.offset : undefined;
    await server.read("_health", end);
    if (end !== undefined && end > longHealth) await server.remove("_health");
    return undefined;
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

const lossesDetail = (losses: string | undefined) => (losses === undefined ? {} : { detail: losses });
