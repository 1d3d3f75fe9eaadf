import type { Commit } from "../../src/core/room/commit.js";
import type { Clock } from "../../src/ports/clock.js";
import type { AppendResult, Entry, EventLog, Head, ReadOptions } from "../../src/ports/event-log.js";
import type { Health } from "../../src/ports/health.js";
import type { Logger } from "../../src/ports/logger.js";
import { PortError } from "../../src/ports/port-error.js";
import { type Changes, createChanges } from "./changes.js";
import { createFetch } from "./fetch.js";
import { openLocalCopy } from "./local-copy.js";
import { encodeMessage } from "./messages.js";
import { createStreamServer } from "./server.js";
import { createServerWord, type Outcome } from "./server-word.js";
import { createStreamSync, type OwnCommit } from "./stream-sync.js";
import { createTails } from "./tails.js";

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

const seqDigits = 16;
const maxAtOnce = 16;
const defaultLimit = 500;
/** Writes of the health check are discarded beyond this offset. */
const longHealth = `${"0".repeat(16)}_${"100000".padStart(16, "0")}`;

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
  const tails = createTails({
    follow: (onMoved, signal) => changes.follow(onMoved, signal),
    read: copy.read,
    sync: syncQuietly,
  });
  const syncs = createStreamSync({ server, copy, logger, onKept: tails.publish });
  const word = createServerWord();
  const appending = new Map<string, Promise<unknown>>();

  const headOf = (stream: string): Head | undefined => {
    const known = copy.get(stream);
    return known && known.version > 0 ? { version: known.version, id: known.id } : undefined;
  };

  function syncQuietly(stream: string): Promise<void> {
    return syncs.sync(stream).catch(() => undefined);
  }

  function stands(stream: string, { first, commits }: BatchOfCommits): boolean {
    for (let at = 0; at < commits.length; ) {
      const page = copy.read(stream, { after: first + at - 1, limit: commits.length - at });
      const isSame = page.every(
        (entry, index) => entry.kind === "commit" && entry.commit.id === commits[at + index]?.id,
      );
      if (page.length === 0 || !isSame) return false;
      at += page.length;
    }
    return true;
  }

  /** Appends to a stream run one at a time: each is decided on the result of the one before. */
  function inTurn<T>(stream: string, run: () => Promise<T>): Promise<T> {
    const before = appending.get(stream) ?? Promise.resolve();
    const work = before.then(run, run);
    const settled = work
      .catch(() => undefined)
      .finally(() => {
        if (appending.get(stream) === settled) appending.delete(stream);
      });
    appending.set(stream, settled);
    return work;
  }

  const isOnHead = (stream: string, { parent }: BatchOfCommits) => parent === (copy.get(stream)?.id ?? "");

  async function append(stream: string, batch: BatchOfCommits): Promise<AppendResult> {
    if (!isOnHead(stream, batch)) {
      await syncs.sync(stream);
      if (stands(stream, batch)) return { kind: "appended" };
      if (!isOnHead(stream, batch)) return { kind: "conflict", head: headOf(stream) };
    }
    if (batch.first !== (copy.get(stream)?.version ?? 0) + 1)
      throw new RangeError("the version does not follow the parent's");
    changes.tell(stream, batch.first + batch.commits.length - 1);
    const before = copy.get(stream)?.offset;
    const sent = await send(stream, batch);
    if (tookWord({ stream, batch, before, sent })) return { kind: "appended" };
    await syncs.sync(stream);
    if (stands(stream, batch)) {
      word.readBack(stream, { sent, life: syncs.lifeOf(stream) });
      return { kind: "appended" };
    }
    word.forget(stream);
    if (sent.kind === "unknown")
      throw new PortError(
        "The stream server did not say whether it stored this, and it is not there (yet). Try again.",
        {
          code: "unavailable",
          retryable: true,
        },
      );
    if (isOnHead(stream, batch)) throw forgotten(stream, batch.first);
    return { kind: "conflict", head: headOf(stream) };
  }

  /** The local copy takes the sent commits without reading them back, if the server can be trusted. */
  function tookWord(of: { stream: string; batch: BatchOfCommits; before: string | undefined; sent: Outcome }): boolean {
    const { stream, batch, before, sent } = of;
    const isEnough = word.isEnough({ stream, before, sent, bytes: Buffer.byteLength(batch.body) });
    const isAsSent = copy.get(stream)?.offset === before && isOnHead(stream, batch);
    if (sent.kind !== "appended" || !isEnough || !isAsSent) return false;
    syncs.keepOwn(stream, sent.offset, batch.commits);
    return true;
  }

  async function send(stream: string, { body, first }: BatchOfCommits): Promise<Outcome> {
    const seq = String(first).padStart(seqDigits, "0");
    try {
      const sent = await server.append(stream, body, seq);
      if (sent.kind !== "missing") return sent;
      await server.create(stream);
      const again = await server.append(stream, body, seq);
      return again.kind === "missing" ? { kind: "unknown" } : again;
    } catch (error) {
      if (error instanceof PortError && !error.retryable) throw error;
      return { kind: "unknown" };
    }
  }

  async function read(stream: string, read: ReadOptions = {}): Promise<Entry[]> {
    const { limit = defaultLimit, before, reverse = false } = read;
    const page = copy.read(stream, read);
    // With a bound in characters a short page is no sign that nothing follows, and the caller reads on until a page is empty.
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

  async function check(): Promise<Health> {
    try {
      let sent = await server.append("_health", "1");
      if (sent.kind === "missing") {
        await server.create("_health");
        sent = await server.append("_health", "1");
      }
      const end = sent.kind === "appended" ? sent.offset : undefined;
      await server.read("_health", end);
      if (end !== undefined && end > longHealth) await server.remove("_health");
    } catch (error) {
      return { ok: false, detail: error instanceof Error ? error.message : String(error) };
    }
    const losses = syncs.losses();
    return losses === undefined ? { ok: true } : { ok: true, detail: losses };
  }

  return {
    async append(stream, commits) {
      const batch = toBatch(commits);
      return inTurn(stream, () => append(stream, batch));
    },
    read,
    head: async (stream) => {
      await syncs.sync(stream);
      return headOf(stream);
    },
    tail: tails.tail,
    streams,
    check,
    async close() {
      await Promise.allSettled(appending.values());
      tails.close();
      await changes.stop();
      await syncs.settled();
      await copy.close();
      await http.close();
    },
  };
}

/** An append as it was asked for, whatever becomes of the caller's objects. */
interface BatchOfCommits {
  parent: string;
  first: number;
  commits: readonly OwnCommit[];
  body: string;
}

/** Throws on a caller's bug. A lost race is not one. */
function toBatch(commits: readonly Commit[]): BatchOfCommits {
  const [first] = commits;
  if (!first) throw new RangeError("an append needs a commit");
  const isChain = commits.every((commit, index) => {
    const before = commits[index - 1];
    return before === undefined || (commit.version === before.version + 1 && commit.parent === before.id);
  });
  if (!isChain) throw new RangeError("each commit of an append must follow the one before");
  const own = commits.map((commit) => ({ version: commit.version, id: commit.id, text: JSON.stringify(commit) }));
  return { parent: first.parent, first: first.version, commits: own, body: own.map(encodeMessage).join(",") };
}

function forgotten(stream: string, version: number): PortError {
  return new PortError(
    `The stream server refuses version ${version} of ${stream} as taken, and has nothing there: it lost what it had accepted. Nothing more can be written to this stream. Restore that server from a copy.`,
    { code: "corrupt", retryable: false },
  );
}
