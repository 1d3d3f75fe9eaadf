import type { Append, StreamBatch } from "./append-queue.js";
import type { Statement } from "./database.js";

/**
 * All streams of a group in one statement, which is one transaction. `locked` takes the head rows in the order of their names, so that two processes never wait
 * for each other, and shows them as they are after the wait; the guard is that row. A stream that begins is guarded by the key of its head row. Bodies come as one
 * value in binary and are cut where they are stored: an array would have every quote of the JSON escaped. Gives the streams that were written.
 */
const textOf = (schema: string) => `
WITH wanted AS MATERIALIZED (
  SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::text[]) AS w(stream, parent, first, version, id)
), locked AS MATERIALIZED (
  SELECT h.stream, h.version, h.id FROM ${schema}heads h WHERE h.stream = ANY($1::text[]) ORDER BY h.stream FOR UPDATE
), moved AS (
  UPDATE ${schema}heads h SET version = w.version, id = w.id FROM locked l JOIN wanted w ON w.stream = l.stream
  WHERE h.stream = l.stream AND l.id = w.parent AND l.version = w.first - 1 RETURNING h.stream
), begun AS (
  INSERT INTO ${schema}heads (stream, version, id)
  SELECT w.stream, w.version, w.id FROM wanted w
  WHERE w.parent = '' AND w.first = 1 AND NOT EXISTS (SELECT FROM locked l WHERE l.stream = w.stream) ORDER BY w.stream
  ON CONFLICT (stream) DO NOTHING RETURNING stream
), won AS MATERIALIZED (
  SELECT stream FROM moved UNION ALL SELECT stream FROM begun
), stored AS (
  INSERT INTO ${schema}commits (stream, version, id, body)
  SELECT won.stream, c.version, c.id, convert_from(substring($10::bytea FROM c.at FOR c.bytes), 'UTF8')
  FROM unnest($6::int[], $7::bigint[], $8::text[], $9::int[], $11::int[]) AS c(batch, version, id, at, bytes)
  JOIN won ON won.stream = ($1::text[])[c.batch]
)
SELECT stream FROM won`;

/** Makes the statement of a group for the tables of one schema. */
export function createAppendStatement(schema: string): (group: readonly StreamBatch<Append>[]) => Statement {
  const text = textOf(schema);
  return (group) => ({ name: "append", text, values: valuesOf(group) });
}

function valuesOf(group: readonly StreamBatch<Append>[]): unknown[] {
  const rows = group.flatMap(({ appends }, index) =>
    appends.flatMap((append) => append.rows.map((row) => ({ batch: index + 1, ...row }))),
  );
  let at = 1;
  const starts = rows.map(({ body }) => {
    const start = at;
    at += body.length;
    return start;
  });
  return [
    group.map(({ stream }) => stream),
    group.map(({ parent }) => parent),
    group.map(({ first }) => first),
    group.map(({ last }) => last.version),
    group.map(({ last }) => last.id),
    rows.map(({ batch }) => batch),
    rows.map(({ version }) => version),
    rows.map(({ id }) => id),
    starts,
    Buffer.concat(rows.map(({ body }) => body)),
    rows.map(({ body }) => body.length),
  ];
}
