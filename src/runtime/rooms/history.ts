import type { EventLog } from "../../ports/event-log.js";
import { createCommitReader, type ServeCommit, type ServedCommit } from "./served-commit.js";
import type { TurnTaking } from "./turn-taking.js";

/** A page of a stream's history, and how far the stream has been read. */
export interface HistoryPage {
  commits: ServedCommit[];
  /** Everything up to here has been read. */
  version: number;
  /** Nothing followed when it was read. */
  atEnd: boolean;
}

/** Reads a stream forward in small pages, so that nobody else waits for it. */
export interface History {
  /** The next commits, at most `limit` (1 to 500). */
  next(limit: number): Promise<HistoryPage>;
}

/** Commits read again before the start, so that a superseded commit right after it is recognised. */
const rewind = 10;

/** Reads a stream from a place on, yielding between pages. */
export function createHistory(options: {
  eventLog: EventLog;
  stream: string;
  serve: ServeCommit;
  /** Version after which commits are wanted. */
  after: number;
  turns: TurnTaking;
}): History {
  const { eventLog, stream, serve, after, turns } = options;
  let readUpTo = Math.max(0, after - rewind);
  const reader = createCommitReader(serve, { version: readUpTo });

  return {
    async next(limit) {
      await turns.next();
      const entries = await eventLog.read(stream, { after: readUpTo, limit });
      const commits: ServedCommit[] = [];
      let highest = readUpTo;
      for (const entry of entries) {
        highest = Math.max(highest, entry.version ?? 0);
        const commit = reader.next(entry);
        if (commit && commit.version > after) commits.push(commit);
      }
      // Skip a page that holds only superseded commits.
      readUpTo = reader.version > readUpTo ? reader.version : highest;
      return { commits, version: Math.max(after, reader.version), atEnd: entries.length < limit };
    },
  };
}
