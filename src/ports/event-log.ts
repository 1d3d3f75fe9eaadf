import type { Commit } from "../core/room/commit.js";
import type { Health } from "./health.js";

/**
 * Streams of commits: the only truth. Stream names are `rooms`, `room/<id>`, `agent/<roomId>/<name>`, `mirror/<id>`, `inbox/<platform>`, `access`, `spending`.
 * Infrastructure failures reject with a `PortError`; a lost race is the value `conflict`.
 */
export interface EventLog {
  /**
   * Appends `commits` (versions consecutive, each one's parent the one before) on top of what they were decided on.
   * MUST append all or none. MUST resolve `appended` only when they are durable and are the winners of their versions.
   * MUST answer `appended` when exactly these ids already stand there (a retry after an unknown outcome).
   * MUST answer `conflict` and change nothing when the stream's head is not `commits[0].parent`.
   */
  append(stream: string, commits: readonly Commit[]): Promise<AppendResult>;
  /**
   * One page in version order (newest first with `reverse`), versions in `(after, before)`; at most `limit` (default and maximum 500). With `maxChars` the
   * page ends with the entry that brings it to so many characters of stored JSON, so it may be shorter than `limit` although more follows; it never ends before its first entry.
   * MUST return an unreadable entry in its place, never hide or stop at it. A stream that does not exist is empty.
   */
  read(stream: string, options?: ReadOptions): Promise<Entry[]>;
  /** The last commit's version and id; undefined for a stream that does not exist. */
  head(stream: string): Promise<Head | undefined>;
  /**
   * Batches of what follows `after`, first what is there, then what comes, until `signal` aborts. MUST neither skip nor repeat a
   * version, MUST NOT buffer more than a page (of at most 256 entries and about 1 MiB, or one entry) for a consumer that does not read, and ends without throwing on abort.
   */
  tail(stream: string, after: number, signal: AbortSignal): AsyncIterable<Entry[]>;
  /** Every stream whose name starts with `prefix`, with its head, by name. */
  streams(prefix: string): Promise<StreamHead[]>;
  /** Whether a write would succeed now, found out by writing. */
  check(): Promise<Health>;
}

/** Which entries to read: versions above `after` and below `before`. `limit`: at most 500, which is the default. `reverse`: newest first. */
export interface ReadOptions {
  after?: number;
  before?: number;
  limit?: number;
  /** UTF-16 units of the entries as they are stored. Default: no bound. Who gives it MUST take only an empty page for the end. */
  maxChars?: number;
  reverse?: boolean;
}

/** The last commit of a stream. */
export interface Head {
  version: number;
  id: string;
}

/** A stream and its last commit. */
export interface StreamHead extends Head {
  stream: string;
}

/** `conflict`: another writer was first; nothing was stored. `head` is the head as it is now, undefined for an empty stream. */
export type AppendResult = { kind: "appended" } | { kind: "conflict"; head: Head | undefined };

/** `commit` is JSON as it was stored, its envelope checked. `version` of an unreadable entry is what its key says, if it says one. */
export type Entry =
  | { kind: "commit"; version: number; commit: Commit }
  | { kind: "unreadable"; version: number | undefined; position: string; reason: string };
