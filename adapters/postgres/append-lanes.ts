import type { AppendResult, Head } from "../../src/ports/event-log.js";
import type { Logger } from "../../src/ports/logger.js";
import { PortError } from "../../src/ports/port-error.js";
import { type Append, type StreamBatch, takeGroup } from "./append-queue.js";
import { createAppendStatement } from "./append-statement.js";
import { appendConnections, closed, type Database } from "./database.js";
import type { KnownHeads } from "./known-heads.js";

/** Writes appends in groups. */
export interface AppendLanes {
  submit(append: Append): Promise<AppendResult>;
  /** Takes no more appends and resolves when those taken are settled. */
  close(): Promise<void>;
}

interface Queued extends Append {
  resolve(result: AppendResult): void;
  reject(error: unknown): void;
}

interface AppendLanesOptions {
  database: Database;
  known: KnownHeads;
  /** Hears of every append that is durable, those of a stream in their order, before its caller does. */
  onAppended(append: Append): void;
  logger: Logger;
}

/**
 * Group commit: a lane has one statement on its way, and what is submitted meanwhile goes together in the next, so that any number of rooms share a sync. A stream
 * has one lane for good, so its appends are made in the order they were submitted.
 */
export function createAppendLanes(options: AppendLanesOptions): AppendLanes {
  const lanes = Array.from({ length: appendConnections }, () => createLane(options));
  return {
    submit: (append) => (lanes[laneOf(append.stream)] ?? noLane()).submit(append),
    close: async () => void (await Promise.all(lanes.map((lane) => lane.close()))),
  };
}

function laneOf(stream: string): number {
  let sum = 0;
  for (let at = 0; at < stream.length; at += 1) sum = (Math.imul(sum, 31) + stream.charCodeAt(at)) | 0;
  return (sum >>> 0) % appendConnections;
}

function noLane(): never {
  throw new RangeError("there is no such lane");
}

function createLane({ database, known, onAppended, logger }: AppendLanesOptions): AppendLanes {
  const statementOf = createAppendStatement(database.schema);
  let queue: Queued[] = [];
  let draining: Promise<void> | undefined;
  let isClosed = false;

  async function write(group: readonly StreamBatch<Queued>[]): Promise<void> {
    const refusal = known.refusal();
    if (refusal) throw refusal;
    const won = new Set((await database.append(statementOf(group))).map(([stream]) => stream));
    for (const { stream, last, appends } of group) {
      if (!won.has(stream)) continue;
      known.note(stream, last);
      for (const append of appends) {
        onAppended(append);
        append.resolve({ kind: "appended" });
      }
    }
    const lost = group.filter(({ stream }) => !won.has(stream)).flatMap(({ appends }) => appends);
    await Promise.all(lost.map((append) => settleLost(append, { database, known })));
  }

  async function drain(): Promise<void> {
    // Appends of one turn of the event loop's microtasks go together.
    await undefined;
    while (queue.length > 0) {
      const { group, rest } = takeGroup(queue);
      queue = rest;
      await write(group).catch((error: unknown) => {
        const appends = group.flatMap((batch) => batch.appends);
        if (error instanceof PortError) logger.warn({ code: error.code, appends: appends.length }, error.message);
        for (const { reject } of appends) reject(error);
      });
      // Those that were answered together may have more to append: let them, so that they share the next sync too.
      if (group.length > 1) await new Promise<void>((turn) => setImmediate(turn));
    }
    draining = undefined;
  }

  return {
    submit(append) {
      if (isClosed) return Promise.reject(closed());
      return new Promise((resolve, reject) => {
        queue.push({ ...append, resolve, reject });
        draining ??= drain();
      });
    },
    async close() {
      isClosed = true;
      await draining;
    },
  };
}

/** The guard let an append not pass: because it stands there already, or because somebody else was first. */
async function settleLost(append: Queued, { database, known }: Pick<AppendLanesOptions, "database" | "known">) {
  const { stream, parent, first, rows, resolve, reject } = append;
  try {
    const before = known.get(stream);
    const { head, standing } = await lookAt(database, append);
    known.check(stream, { known: before, found: head });
    if (head) known.note(stream, head);
    if (standing === rows.length) return resolve({ kind: "appended" });
    if (parent === (head?.id ?? "") && first !== (head?.version ?? 0) + 1)
      throw new RangeError("the version does not follow the parent's");
    resolve({ kind: "conflict", head });
  } catch (error) {
    reject(error);
  }
}

/** The head, and how many of these commits stand in their places. */
async function lookAt(
  { run, schema }: Database,
  { stream, rows }: Append,
): Promise<{ head: Head | undefined; standing: number }> {
  const [row] = await run({
    name: "stands",
    text: `SELECT h.version, h.id, (
        SELECT count(*) FROM ${schema}commits c JOIN unnest($2::bigint[], $3::text[]) AS w(version, id) USING (version, id)
        WHERE c.stream = $1)
      FROM (SELECT) AS one LEFT JOIN ${schema}heads h ON h.stream = $1`,
    values: [stream, rows.map(({ version }) => version), rows.map(({ id }) => id)],
  });
  const [version, id, standing] = row ?? [];
  const head = typeof id === "string" ? { version: Number(version), id } : undefined;
  return { head, standing: Number(standing) };
}
