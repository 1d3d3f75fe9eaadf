import type { Blobs } from "../../src/ports/blobs.js";
import type { Clock } from "../../src/ports/clock.js";
import { PortError } from "../../src/ports/port-error.js";
import { isSha256, listLimit, piecesUpTo, rangeWithin } from "../kit/blob-bytes.js";
import type { Database } from "./database.js";
import { createUploads, partBytes } from "./uploads.js";

/** `maxBytes`: of one file; default 50 MiB. `clock`: default the machine's. */
export interface PostgresBlobsOptions {
  database: Database;
  maxBytes?: number;
  clock?: Pick<Clock, "nowMs">;
}

/**
 * Files in the database, in parts of 256 KiB, for all processes. Parts are stored as they come, under an upload of their own; one statement at the end makes them
 * the bytes of their hash, so what is found is whole. An upload that came to nothing goes with a later listing.
 */
export function createPostgresBlobs(options: PostgresBlobsOptions): Blobs {
  const { database, maxBytes = 50 * 1_024 * 1_024, clock = { nowMs: Date.now } } = options;
  const { run, schema } = database;
  const uploads = createUploads({ database, clock });

  async function find(sha256: string): Promise<{ upload: string; bytes: number; atMs: number } | undefined> {
    if (!isSha256(sha256)) return undefined;
    const [row] = await run({
      name: "blob",
      text: `SELECT upload, bytes, at_ms FROM ${schema}blobs WHERE sha256 = $1`,
      values: [sha256],
    });
    return row && { upload: String(row[0]), bytes: Number(row[1]), atMs: Number(row[2]) };
  }

  async function* partsOf(upload: string, { start, end }: { start: number; end: number }): AsyncIterable<Uint8Array> {
    for (let at = start; at < end; ) {
      const part = Math.floor(at / partBytes);
      const from = at - part * partBytes;
      const count = Math.min(partBytes - from, end - at);
      const [row] = await run({
        name: "part",
        text: `SELECT substring(data FROM $3::int FOR $4::int) FROM ${schema}upload_parts WHERE upload = $1 AND part = $2`,
        values: [upload, part, from + 1, count],
      });
      if (!(row?.[0] instanceof Uint8Array) || row[0].length !== count) throw gone();
      yield row[0];
      at += count;
    }
  }

  return {
    async put(bytes) {
      const pieces = piecesUpTo(bytes, { maxBytes, tooLarge: () => tooLarge(maxBytes) });
      return await uploads.store(pieces);
    },
    async open(sha256, range = { start: 0 }) {
      const there = await find(sha256);
      return there && partsOf(there.upload, rangeWithin(range, there.bytes));
    },
    async stat(sha256) {
      const there = await find(sha256);
      return there && { bytes: there.bytes, atMs: there.atMs };
    },
    async list({ after = "", limit } = {}) {
      if (after === "") await uploads.removeUnfinished();
      const rows = await run({
        name: "blobs",
        text: `SELECT sha256, bytes, at_ms FROM ${schema}blobs WHERE sha256 > $1 ORDER BY sha256 LIMIT $2`,
        values: [after, listLimit(limit)],
      });
      return rows.map(([sha256, count, atMs]) => ({
        sha256: String(sha256),
        bytes: Number(count),
        atMs: Number(atMs),
      }));
    },
    async remove(sha256, { putBeforeMs = Number.MAX_SAFE_INTEGER } = {}) {
      if (!isSha256(sha256)) return false;
      const gone = await run({
        name: "remove-blob",
        text: `WITH gone AS (DELETE FROM ${schema}blobs WHERE sha256 = $1 AND at_ms < $2 RETURNING upload)
          DELETE FROM ${schema}uploads u USING gone WHERE u.id = gone.upload RETURNING u.id`,
        values: [sha256, Math.min(Math.ceil(putBeforeMs), Number.MAX_SAFE_INTEGER)],
      });
      return gone.length > 0;
    },
  };
}

function gone(): PortError {
  const message = "A file was removed while it was read, or a part of it is missing in the database. Open it again.";
  return new PortError(message, { code: "unavailable", retryable: true });
}

function tooLarge(maxBytes: number): PortError {
  const message = `A file is not kept: it has more than ${maxBytes} bytes. Attach a smaller one.`;
  return new PortError(message, { code: "full", retryable: false });
}
