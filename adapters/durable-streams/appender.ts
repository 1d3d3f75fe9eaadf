import type { Commit } from "../../src/core/room/commit.js";
import type { AppendResult, EventLog, Head } from "../../src/ports/event-log.js";
import { PortError } from "../../src/ports/port-error.js";
import { createSerialWork } from "../kit/serial-work.js";
import { checkAppend } from "../kit/stored-commits.js";
import type { Changes } from "./changes.js";
import type { LocalCopy } from "./local-copy.js";
import { encodeMessage } from "./messages.js";
import type { StreamServer } from "./server.js";
import { createServerWord, type Outcome } from "./server-word.js";
import type { OwnCommit, StreamSync } from "./stream-sync.js";

const seqDigits = 16;

/** What an append needs. */
export interface AppenderOptions {
  server: StreamServer;
  copy: LocalCopy;
  changes: Pick<Changes, "tell">;
  syncs: StreamSync;
}

/** Appends to streams, and says what became of each. */
export interface Appender {
  append: EventLog["append"];
  /** Resolves when no append is under way. */
  settled(): Promise<void>;
}

export function createAppender({ server, copy, changes, syncs }: AppenderOptions): Appender {
  const word = createServerWord();
  // Appends to a stream run one at a time: each is decided on the result of the one before.
  const appends = createSerialWork();
  const stands = (stream: string, batch: BatchOfCommits) => standsIn(copy, stream, batch);
  const isOnHead = (stream: string, { parent }: BatchOfCommits) => parent === (copy.get(stream)?.id ?? "");

  async function append(stream: string, batch: BatchOfCommits): Promise<AppendResult> {
    if (!isOnHead(stream, batch)) {
      await syncs.sync(stream);
      if (stands(stream, batch)) return { kind: "appended" };
      if (!isOnHead(stream, batch)) return { kind: "conflict", head: headIn(copy, stream) };
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
    return { kind: "conflict", head: headIn(copy, stream) };
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

  return {
    async append(stream, commits) {
      checkAppend(stream, commits);
      const batch = toBatch(commits);
      return appends.inTurn(stream, () => append(stream, batch));
    },
    settled: appends.settled,
  };
}

/** Version and id of the last commit of a stream that this machine knows; undefined: none. */
export function headIn(copy: Pick<LocalCopy, "get">, stream: string): Head | undefined {
  const known = copy.get(stream);
  return known && known.version > 0 ? { version: known.version, id: known.id } : undefined;
}

/** Whether the copy holds exactly these commits. */
function standsIn(copy: Pick<LocalCopy, "read">, stream: string, { first, commits }: BatchOfCommits): boolean {
  for (let at = 0; at < commits.length; ) {
    const page = copy.read(stream, { after: first + at - 1, limit: commits.length - at });
    const isSame = page.every((entry, index) => entry.kind === "commit" && entry.commit.id === commits[at + index]?.id);
    if (page.length === 0 || !isSame) return false;
    at += page.length;
  }
  return true;
}

/** An append as it was asked for, whatever becomes of the caller's objects. */
interface BatchOfCommits {
  parent: string;
  first: number;
  commits: readonly OwnCommit[];
  body: string;
}

function toBatch(commits: readonly Commit[]): BatchOfCommits {
  const own = commits.map((commit) => ({ version: commit.version, id: commit.id, text: JSON.stringify(commit) }));
  const [first] = commits;
  return {
    parent: first?.parent ?? "",
    first: first?.version ?? 0,
    commits: own,
    body: own.map(encodeMessage).join(","),
  };
}

function forgotten(stream: string, version: number): PortError {
  return new PortError(
    `The stream server refuses version ${version} of ${stream} as taken, and has nothing there: it lost what it had accepted. Nothing more can be written to this stream. Restore that server from a copy.`,
    { code: "corrupt", retryable: false },
  );
}
