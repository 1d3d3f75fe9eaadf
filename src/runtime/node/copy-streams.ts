import { createHash } from "node:crypto";
import type { Commit } from "../../core/room/commit.js";
import type { Entry, EventLog, Head, StreamHead } from "../../ports/event-log.js";
import { PortError } from "../../ports/port-error.js";
import { formatStream } from "../rooms/format.js";
import { moveStream } from "../rooms/move-marker.js";

/** A log and the words for it in messages: "the data folder .parley". */
export interface NamedLog {
  name: string;
  eventLog: EventLog;
}

/** Two logs; `signal` stops between two pages. */
export interface LogPair {
  from: NamedLog;
  to: NamedLog;
  signal: AbortSignal;
}

/** Entries of one append, and characters of their text. */
const page = { limit: 256, maxChars: 1_024 * 1_024 };
/** Streams at the same time: a log stores what is appended to several at once in one sync. */
const atOnce = 8;

/** Every stream that is moved, with its head, in the order of the names' UTF-16 units. */
export async function movedHeads(eventLog: EventLog): Promise<StreamHead[]> {
  const all = await eventLog.streams("");
  return all
    .filter(({ stream }) => stream !== moveStream)
    .sort((one, other) => (one.stream < other.stream ? -1 : Number(one.stream > other.stream)));
}

/** Rejects with a `PortError` (`refused`) unless all that is in the target is the beginning of what is in the source. */
export async function refuseOtherData(heads: readonly StreamHead[], { from, to, signal }: LogPair): Promise<void> {
  const inSource = new Map(heads.map((head) => [head.stream, head]));
  for (const { stream, version, id } of await movedHeads(to.eventLog)) {
    signal.throwIfAborted();
    const source = inSource.get(stream);
    if (source && source.version >= version && (await idAt(from.eventLog, stream, version)) === id) continue;
    throw new PortError(
      `${to.name} holds data that is not in ${from.name}: the stream ${stream}. Nothing was changed. Choose an empty place.`,
      { code: "refused", retryable: false },
    );
  }
}

async function idAt(eventLog: EventLog, stream: string, version: number): Promise<string | undefined> {
  const [entry] = await eventLog.read(stream, { after: version - 1, limit: 1 });
  return entry?.kind === "commit" && entry.version === version ? entry.commit.id : undefined;
}

/**
 * Appends to the target what it lacks of these streams, and resolves to the number of commits appended. The number of the format goes first, so that an older
 * version never takes a half copy for a log it knows. Rejects with a `PortError`, or with the signal's reason; what was appended stays.
 */
export async function copyStreams(
  heads: readonly StreamHead[],
  pair: LogPair & { onCopied: (commits: number) => void },
): Promise<number> {
  const [format, others] = [heads.filter(isFormat), heads.filter((head) => !isFormat(head))];
  let copied = 0;
  for (const head of format) copied += await copyStream(head, pair);
  await eachOf(others, pair.signal, async (head, signal) => {
    const commits = await copyStream(head, { ...pair, signal });
    copied += commits;
    pair.onCopied(commits);
  });
  return copied;
}

const isFormat = ({ stream }: StreamHead) => stream === formatStream;

async function copyStream({ stream, version }: StreamHead, { from, to, signal }: LogPair): Promise<number> {
  const start = await to.eventLog.head(stream);
  let at: Head = start ?? { version: 0, id: "" };
  while (at.version < version) {
    signal.throwIfAborted();
    const entries = await from.eventLog.read(stream, { ...page, after: at.version, before: version + 1 });
    const commits = followingCommits(entries, { stream, at, name: from.name });
    if ((await to.eventLog.append(stream, commits)).kind === "conflict") throw writtenTo(to.name, stream);
    at = commits.at(-1) ?? at;
  }
  return version - (start?.version ?? 0);
}

/** A copy has no place for what cannot be read, and leaves nothing out. */
function followingCommits(
  entries: readonly Entry[],
  { stream, at, name }: { stream: string; at: Head; name: string },
): Commit[] {
  const commits: Commit[] = [];
  for (const entry of entries) {
    const before = commits.at(-1) ?? at;
    const follows =
      entry.kind === "commit" && entry.version === before.version + 1 && entry.commit.parent === before.id;
    if (!follows) throw damaged({ stream, name, version: before.version + 1, entry });
    commits.push(entry.commit);
  }
  if (commits.length === 0) throw damaged({ stream, name, version: at.version + 1 });
  return commits;
}

function damaged(at: { stream: string; name: string; version: number; entry?: Entry }): PortError {
  const { stream, name, version, entry } = at;
  const why = entry?.kind === "unreadable" ? entry.reason : "it is missing, or does not follow the one before";
  return new PortError(
    `Commit ${version} of ${stream} in ${name} cannot be copied (${why}). Nothing was changed there. Restore it from a copy, then run this again.`,
    { code: "corrupt", retryable: false },
  );
}

/** Two copies of one stream, compared by the SHA-256 of all their commits as JSON. */
export interface ComparedStreams {
  commits: number;
  /** Over the names of the streams and their hashes; the same for the same streams in any log. */
  sha256: string;
}

/** Reads every stream in both logs to its end. Rejects with a `PortError` where they differ, or where either was written to since `heads` were read. */
export async function compareStreams(
  heads: readonly StreamHead[],
  pair: LogPair & { onCompared: () => void },
): Promise<ComparedStreams> {
  const { from, to } = pair;
  const hashes = new Map<string, string>();
  await eachOf(heads, pair.signal, async (head, signal) => {
    const [one, other] = await Promise.all([hashOf(from, head, signal), hashOf(to, head, signal)]);
    if (one !== other) throw differs(head.stream, pair);
    hashes.set(head.stream, one);
    pair.onCompared();
  });
  for (const { name, eventLog } of [from, to]) {
    const moved = firstDifference(heads, await movedHeads(eventLog));
    if (moved !== undefined) throw writtenTo(name, moved);
  }
  return { commits: heads.reduce((sum, { version }) => sum + version, 0), sha256: sha256Of(heads, hashes) };
}

async function hashOf(log: NamedLog, head: StreamHead, signal: AbortSignal): Promise<string> {
  return (await countedHash(log, head, signal)).sha256;
}

/** SHA-256 of a stream up to its head: each commit as JSON and a line feed. What cannot be read is counted. */
async function countedHash(
  { name, eventLog }: NamedLog,
  { stream, version }: StreamHead,
  signal: AbortSignal,
): Promise<{ sha256: string; unreadable: number }> {
  const hash = createHash("sha256");
  let unreadable = 0;
  for (let after = 0; after < version; ) {
    signal.throwIfAborted();
    const entries = await eventLog.read(stream, { ...page, after, before: version + 1 });
    for (const entry of entries) {
      if (entry.kind === "commit") hash.update(`${JSON.stringify(entry.commit)}\n`);
      else unreadable += 1;
    }
    const last = entries.at(-1)?.version;
    if (last === undefined) throw damaged({ stream, name, version: after + 1 });
    after = last;
  }
  return { sha256: hash.digest("hex"), unreadable };
}

/** All that a log holds, in numbers. */
export interface LogDigest {
  streams: number;
  commits: number;
  /** Commits that cannot be read; rooms go on without them. */
  unreadable: number;
  /** Over the names of the streams and their hashes: the same for the same streams in any log. */
  sha256: string;
}

/** Reads every stream of a log to its end. Rejects with a `PortError` (`corrupt`) where a stream ends before its head, or with the signal's reason. */
export async function digestOfLog(log: NamedLog, signal: AbortSignal): Promise<LogDigest> {
  const heads = await movedHeads(log.eventLog);
  const hashes = new Map<string, string>();
  let unreadable = 0;
  await eachOf(heads, signal, async (head, given) => {
    const counted = await countedHash(log, head, given);
    unreadable += counted.unreadable;
    hashes.set(head.stream, counted.sha256);
  });
  const commits = heads.reduce((sum, { version }) => sum + version, 0);
  return { streams: heads.length, commits, unreadable, sha256: sha256Of(heads, hashes) };
}

function sha256Of(heads: readonly StreamHead[], hashes: ReadonlyMap<string, string>): string {
  const all = createHash("sha256");
  for (const { stream } of heads) all.update(`${JSON.stringify(stream)} ${hashes.get(stream)}\n`);
  return all.digest("hex");
}

function firstDifference(expected: readonly StreamHead[], found: readonly StreamHead[]): string | undefined {
  const keyOf = ({ stream, version, id }: StreamHead) => JSON.stringify([stream, version, id]);
  const [known, there] = [new Set(expected.map(keyOf)), new Set(found.map(keyOf))];
  return [...found.filter((head) => !known.has(keyOf(head))), ...expected.filter((head) => !there.has(keyOf(head)))][0]
    ?.stream;
}

function differs(stream: string, { from, to }: LogPair): PortError {
  return new PortError(
    `The stream ${stream} is not the same in ${from.name} and in ${to.name}. Do not use the copy: choose an empty place, and run this again.`,
    { code: "corrupt", retryable: false },
  );
}

function writtenTo(name: string, stream: string): PortError {
  return new PortError(
    `${name} was written to while it was copied (the stream ${stream}). Stop every Parley process that uses it, and run this again.`,
    { code: "in-use", retryable: true },
  );
}

/** Some at a time; the first failure stops the others before it is passed on. */
async function eachOf<Item>(
  items: readonly Item[],
  given: AbortSignal,
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([given, failed.signal]);
  const queue = items.values();
  const lane = async () => {
    for (const item of queue) {
      signal.throwIfAborted();
      await work(item, signal).catch((error: unknown) => {
        failed.abort(error);
        throw error;
      });
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: atOnce }, lane));
  given.throwIfAborted();
  if (failed.signal.aborted) throw failed.signal.reason;
  for (const one of ended) if (one.status === "rejected") throw one.reason;
}
