import type { Broadcast } from "../../src/ports/broadcast.js";
import type { Clock } from "../../src/ports/clock.js";
import type { Entry, EventLog, Head, StreamHead } from "../../src/ports/event-log.js";
import type { Logger } from "../../src/ports/logger.js";
import { checkAppend, maxStreamNameBytes, storedEntry } from "../kit/stored-commits.js";
import { createTails, maxBufferedChars } from "../kit/tails.js";
import { createAppendLanes } from "./append-lanes.js";
import { type Append, toAppend } from "./append-queue.js";
import type { Database } from "./database.js";
import { createDurability } from "./durability.js";
import { createKnownHeads } from "./known-heads.js";
import { createMoves } from "./moves.js";
import { createReadCommits } from "./read-commits.js";

/** The log in PostgreSQL. */
export interface PostgresEventLog extends EventLog {
  /** Processes tell each other through it which streams moved; without it they look. */
  hear(broadcast: Broadcast): void;
  close(): Promise<void>;
}

interface PostgresEventLogOptions {
  database: Database;
  clock: Clock;
  logger: Logger;
  /** Another for each life of a process. */
  instance: string;
}

/** Entries read for a tail at once. */
const tailPage = 256;
/** Pause of a tail whose database is away. */
const tailAgainMs = 250;
/** Behind every name that begins with a prefix. */
const lastCharacter = "\u{10ffff}";

/**
 * The log of many processes. The guard of an append is the row of its stream's head, in the transaction that stores it, so an answer is the truth after any
 * crash and nothing is read back; reads come straight from the tables.
 */
export function createPostgresEventLog(options: PostgresEventLogOptions): PostgresEventLog {
  const { database, clock, logger, instance } = options;
  const { run, schema } = database;
  const read = createReadCommits(database);
  const known = createKnownHeads((error) => logger.error({ code: error.code }, error.message));
  const durability = createDurability(database);
  const tails = createTails(readForTail);
  const moves = createMoves({ clock, instance, followed: tails.followed, headsOf, onMoved: tails.moved });
  const writer = createAppendLanes({ database, known, onAppended, logger });

  /** Where the database is away a tail waits for it. */
  async function readForTail(stream: string, after: number, signal: AbortSignal): Promise<Entry[]> {
    while (!signal.aborted && !tails.isClosed()) {
      try {
        return await read(stream, { after, limit: tailPage, maxChars: maxBufferedChars });
      } catch {
        await new Promise<void>((resolve) => clock.after(tailAgainMs, resolve));
      }
    }
    return [];
  }

  function onAppended({ stream, first, rows }: Append): void {
    const last = rows.at(-1)?.version ?? first;
    let parsed: Entry[] | undefined;
    tails.publish(stream, {
      first,
      last,
      chars: rows.reduce((sum, { text }) => sum + text.length, 0),
      entries: () =>
        (parsed ??= rows.map(({ text, version }) =>
          storedEntry(text, { version, position: `postgres:${stream}/${version}` }),
        )),
    });
    moves.tell(stream, last);
  }

  async function headsOf(streams: readonly string[]): Promise<StreamHead[]> {
    const before = streams.map(known.get);
    const rows = await run({
      name: "heads",
      text: `SELECT w.stream, h.version, h.id FROM unnest($1::text[]) AS w(stream) LEFT JOIN ${schema}heads h USING (stream)`,
      values: [streams],
    });
    const found = new Map(
      rows
        .flatMap(([stream, version, id]) => (id === null ? [] : [toHead(stream, version, id)]))
        .map((head) => [head.stream, head]),
    );
    for (const [index, stream] of streams.entries()) seen(stream, { known: before[index], found: found.get(stream) });
    return [...found.values()];
  }

  function seen(stream: string, look: { known: Head | undefined; found: Head | undefined }): void {
    known.check(stream, look);
    if (look.found) known.note(stream, { version: look.found.version, id: look.found.id });
  }

  async function streams(prefix: string): Promise<StreamHead[]> {
    const before = known.all(prefix);
    const rows = await run({
      name: "streams",
      text: `SELECT stream, version, id FROM ${schema}heads WHERE stream >= $1 AND stream < $2 ORDER BY stream`,
      values: [prefix, prefix + lastCharacter],
    });
    const found = rows.map(([stream, version, id]) => toHead(stream, version, id));
    for (const head of found) {
      seen(head.stream, { known: before.get(head.stream), found: head });
      before.delete(head.stream);
    }
    for (const [stream, lost] of before) seen(stream, { known: lost, found: undefined });
    return found;
  }

  return {
    async append(stream, commits) {
      checkAppend(stream, commits);
      return writer.submit(toAppend(stream, commits));
    },
    read,
    async head(stream) {
      const [found] = await headsOf([stream]);
      return found && { version: found.version, id: found.id };
    },
    async *tail(stream, after, signal) {
      if (Buffer.byteLength(stream) > maxStreamNameBytes) throw new RangeError("no such stream name");
      moves.watch();
      yield* tails.follow(stream, after, signal);
    },
    streams,
    async check() {
      const refusal = known.refusal();
      if (refusal) return { ok: false, detail: refusal.message };
      return durability.check();
    },
    hear: moves.hear,
    async close() {
      await writer.close();
      tails.close();
      await moves.stop();
    },
  };
}

function toHead(stream: unknown, version: unknown, id: unknown): StreamHead {
  return { stream: String(stream), version: Number(version), id: String(id) };
}
