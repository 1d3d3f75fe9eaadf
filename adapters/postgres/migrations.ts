import { PortError } from "../../src/ports/port-error.js";
import type { Database, RunStatement } from "./database.js";

/**
 * The tables, as they came to be. A number once released never changes and is never taken back; an older process goes on beside a newer layout, so a
 * later number only adds. `S.` stands for the schema.
 *
 * - `heads`: the last commit of each stream, and the guard of every append.
 * - `commits`: `body` is the commit as JSON, the same text as every other log keeps.
 * - `snapshots`: `snapshot` is the whole as JSON; the columns beside it are its header.
 * - `uploads`, `upload_parts`: bytes of files in parts of 256 KiB; `blobs`: which upload holds the bytes of a hash.
 * - `probe`: one row that health writes.
 */
const migrations: readonly string[] = [
  `CREATE TABLE S.heads (
     stream text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, id text NOT NULL
   ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
   CREATE TABLE S.commits (
     stream text COLLATE "C" NOT NULL, version bigint NOT NULL, id text NOT NULL, body text NOT NULL,
     PRIMARY KEY (stream, version)
   );
   CREATE TABLE S.snapshots (
     stream text COLLATE "C" PRIMARY KEY, schema text NOT NULL, version bigint NOT NULL, open boolean NOT NULL,
     due_at_ms bigint, snapshot text NOT NULL
   );
   CREATE TABLE S.uploads (id text PRIMARY KEY, at_ms bigint NOT NULL);
   CREATE TABLE S.upload_parts (
     upload text NOT NULL REFERENCES S.uploads ON DELETE CASCADE, part int NOT NULL, data bytea NOT NULL,
     PRIMARY KEY (upload, part)
   );
   ALTER TABLE S.upload_parts ALTER COLUMN data SET STORAGE EXTERNAL;
   CREATE TABLE S.blobs (
     sha256 text COLLATE "C" PRIMARY KEY, upload text NOT NULL REFERENCES S.uploads, bytes bigint NOT NULL, at_ms bigint NOT NULL
   );
   CREATE INDEX ON S.blobs (upload);
   CREATE TABLE S.probe (one int PRIMARY KEY, at_ms bigint NOT NULL);`,
];

/** The format of the database that this version reads and writes: the number of its last migration. */
export const knownDatabaseFormat: number = migrations.length;

/** First key of the advisory lock under which one process migrates, "parl" in ASCII; the second is the schema's hash. */
const lockSpace = 0x7061726c;
/** Most that a migration may take: it may have to rewrite a table. */
const migrationMs = 3_600_000;

/**
 * Brings the tables up to this version, in one transaction and by one process at a time. Rejects with a `PortError`: `refused` where a later version made them,
 * or where this user may not make them.
 */
export async function migrate(database: Database): Promise<void> {
  if ((await usableFormat(database)) === knownDatabaseFormat) return;
  await database.transaction(async (run) => {
    await run({ text: `SET LOCAL statement_timeout = ${migrationMs}` });
    await run({ text: `SET LOCAL lock_timeout = ${migrationMs}` });
    await run({
      text: "SELECT pg_advisory_xact_lock($1, hashtext($2))",
      values: [lockSpace, database.schemaName],
      timeoutMs: migrationMs,
    });
    const from = await formatOf(database, run);
    if (from === undefined) await makeSchema(database, run);
    for (let number = (from ?? 0) + 1; number <= knownDatabaseFormat; number += 1) {
      const text = (migrations[number - 1] ?? "").replaceAll(/\bS\./g, database.schema);
      await run({ text, timeoutMs: migrationMs });
      await run({ text: `INSERT INTO ${database.schema}migrations (number) VALUES ($1)`, values: [number] });
    }
  });
}

/** Rejects with a `PortError` (`refused`) unless the database has just the format of this version. Changes nothing. */
export async function requireFormat(database: Database): Promise<void> {
  const format = await usableFormat(database);
  if (format === knownDatabaseFormat) return;
  const { schemaName } = database;
  const why =
    format === undefined
      ? `There is nothing of Parley's in the schema ${schemaName} of the database. Correct DATABASE_URL or DATABASE_SCHEMA.`
      : `The schema ${schemaName} of the database has format ${format}, and this version reads format ${knownDatabaseFormat}. Start this version on it once, and stop it again.`;
  throw new PortError(`${why} Nothing was changed.`, { code: "refused", retryable: false });
}

/** The number of the last migration; undefined where none was made. */
async function formatOf({ schema, schemaName }: Database, run: RunStatement): Promise<number | undefined> {
  const name = `${schema}migrations`;
  // Not to_regclass: after a wait for the advisory lock its cache does not know what the process before has made.
  const found = await run({
    text: "SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = 'migrations'",
    values: [schemaName],
  });
  if (found.length === 0) return undefined;
  const [row] = await run({ text: `SELECT coalesce(max(number), 0) FROM ${name}` });
  const format = Number(row?.[0]);
  if (format <= knownDatabaseFormat) return format;
  throw new PortError(
    `The schema ${schemaName} of the database has format ${format}, made by a later version of Parley, and this version knows formats up to ${knownDatabaseFormat}. Nothing was changed. Start the later version again, or restore the database from a copy that was made before it.`,
    { code: "refused", retryable: false },
  );
}

/** A schema that an administrator made needs no right to make one. */
async function makeSchema({ schema, schemaName }: Database, run: RunStatement): Promise<void> {
  const found = await run({ text: "SELECT FROM pg_namespace WHERE nspname = $1", values: [schemaName] });
  if (found.length === 0) await run({ text: `CREATE SCHEMA IF NOT EXISTS "${schemaName}"` });
  await run({
    text: `CREATE TABLE ${schema}migrations (number int PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())`,
  });
}

/**
 * The format of the database, undefined where nothing of Parley's is in it. Writes nothing. Rejects with a `PortError` (`refused`) where version, encoding or format
 * cannot be used.
 */
export async function usableFormat(database: Database): Promise<number | undefined> {
  const { run } = database;
  const [row] = await run({
    text: "SELECT current_setting('server_encoding'), current_setting('server_version_num')::int",
  });
  const [encoding, version] = row ?? [];
  if (encoding !== "UTF8")
    throw unusable(`is encoded in ${encoding}`, "Make one with ENCODING 'UTF8' and TEMPLATE template0");
  if (Number(version) < 140_000) throw unusable("is of a PostgreSQL before 14", "Use PostgreSQL 14 or later");
  const [role] = await run({ text: "SELECT pg_is_in_recovery()" });
  if (role?.[0] === true) throw standby();
  return await formatOf(database, run);
}

/** Retryable: a standby may be promoted at any moment. */
function standby(): PortError {
  return new PortError("The server that DATABASE_URL names is a standby, which takes no writes. Name the primary.", {
    code: "unavailable",
    retryable: true,
    outage: "PostgreSQL is a standby",
  });
}

function unusable(why: string, advice: string): PortError {
  return new PortError(`The database that DATABASE_URL names ${why}. Nothing was changed. ${advice}.`, {
    code: "refused",
    retryable: false,
  });
}
