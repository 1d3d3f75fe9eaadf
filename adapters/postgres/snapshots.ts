import type { SnapshotHeader, Snapshots } from "../../src/ports/snapshots.js";
import { maxStreamNameBytes } from "../kit/stored-commits.js";
import { parseSnapshot } from "../kit/stored-snapshots.js";
import type { Database, ResultRow } from "./database.js";

/** Behind every name that begins with a prefix. */
const lastCharacter = "\u{10ffff}";

/** Snapshots beside the log, for all processes; the columns beside the text are the header. */
export function createPostgresSnapshots({ run, schema }: Database): Snapshots {
  return {
    async get(stream, wanted) {
      const [row] = await run({
        name: "snapshot",
        text: `SELECT snapshot FROM ${schema}snapshots WHERE stream = $1 AND schema = $2`,
        values: [stream, wanted],
      });
      return parseSnapshot(typeof row?.[0] === "string" ? row[0] : undefined, wanted);
    },
    async put(stream, snapshot) {
      if (Buffer.byteLength(stream) > maxStreamNameBytes) throw new RangeError("no such stream name");
      await run({
        name: "put-snapshot",
        text: `INSERT INTO ${schema}snapshots AS old (stream, schema, version, open, due_at_ms, snapshot) VALUES ($1, $2, $3, $4, $5, $6)
          ON CONFLICT (stream) DO UPDATE SET schema = excluded.schema, version = excluded.version, open = excluded.open,
            due_at_ms = excluded.due_at_ms, snapshot = excluded.snapshot
          WHERE old.schema <> excluded.schema OR old.version <= excluded.version`,
        values: [
          stream,
          snapshot.schema,
          snapshot.version,
          snapshot.open,
          snapshot.dueAtMs ?? null,
          JSON.stringify(snapshot),
        ],
      });
    },
    async headers(prefix) {
      const rows = await run({
        name: "headers",
        text: `SELECT stream, schema, version, open, due_at_ms FROM ${schema}snapshots WHERE stream >= $1 AND stream < $2 ORDER BY stream`,
        values: [prefix, prefix + lastCharacter],
      });
      return rows.map(toHeader);
    },
  };
}

function toHeader([stream, schema, version, open, dueAtMs]: ResultRow): SnapshotHeader {
  return Object.freeze({
    stream: String(stream),
    schema: String(schema),
    version: Number(version),
    open: open === true,
    ...(dueAtMs !== null && { dueAtMs: Number(dueAtMs) }),
  });
}
