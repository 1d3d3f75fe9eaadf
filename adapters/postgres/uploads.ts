import { createHash, randomUUID } from "node:crypto";
import type { Clock } from "../../src/ports/clock.js";
import { PortError } from "../../src/ports/port-error.js";
import type { Database } from "./database.js";

/** Bytes of every part of a file but its last. */
export const partBytes: number = 256 * 1_024;

/** An upload that nothing was added to for this long came to nothing. */
const unfinishedMs = 3_600_000;

/** Bytes on their way into the database. */
export interface Uploads {
  /** Stores the pieces as they come and gives the SHA-256 of all, under which they are then found. An error of the pieces is passed on. */
  store(pieces: AsyncIterable<Uint8Array>): Promise<string>;
  /** Removes what was begun and never finished. */
  removeUnfinished(): Promise<void>;
}

export function createUploads(options: { database: Database; clock: Pick<Clock, "nowMs"> }): Uploads {
  const { database, clock } = options;
  const { run, schema } = database;
  /** Ids of the uploads of this process. The wall clock may jump while one is under way, and a machine may sleep. */
  const underWay = new Set<string>();

  async function add(upload: string, part: number, data: Uint8Array): Promise<void> {
    await run({
      name: "add-part",
      text: `WITH touched AS (UPDATE ${schema}uploads SET at_ms = $4 WHERE id = $1)
        INSERT INTO ${schema}upload_parts (upload, part, data) VALUES ($1, $2, $3)`,
      values: [upload, part, data, clock.nowMs()],
    });
  }

  /** Gives the upload that holds the bytes of this hash: this one, or one that was there. */
  async function finish(upload: string, { sha256, bytes }: { sha256: string; bytes: number }): Promise<string> {
    const [row] = await run({
      name: "finish-upload",
      text: `INSERT INTO ${schema}blobs AS old (sha256, upload, bytes, at_ms) VALUES ($1, $2, $3, $4)
        ON CONFLICT (sha256) DO UPDATE SET at_ms = greatest(old.at_ms, excluded.at_ms) RETURNING upload`,
      values: [sha256, upload, bytes, clock.nowMs()],
    });
    return String(row?.[0]);
  }

  const remove = (upload: string) =>
    run({ name: "remove-upload", text: `DELETE FROM ${schema}uploads WHERE id = $1`, values: [upload] });

  return {
    async store(pieces) {
      const upload = randomUUID();
      let keeper: string | undefined;
      underWay.add(upload);
      try {
        await run({
          name: "begin-upload",
          text: `INSERT INTO ${schema}uploads (id, at_ms) VALUES ($1, $2)`,
          values: [upload, clock.nowMs()],
        });
        const hash = createHash("sha256");
        let [part, bytes] = [0, 0];
        for await (const data of inParts(pieces)) {
          hash.update(data);
          bytes += data.length;
          await add(upload, part, data);
          part += 1;
        }
        const sha256 = hash.digest("hex");
        keeper = await finish(upload, { sha256, bytes });
        return sha256;
      } finally {
        // An upload that cannot be removed now goes with a later listing; the key of its blob keeps one that was finished after all.
        if (keeper !== upload) await remove(upload).catch(() => undefined);
        underWay.delete(upload);
      }
    },
    async removeUnfinished() {
      const before = clock.nowMs() - unfinishedMs;
      await run({
        name: "remove-unfinished",
        text: `DELETE FROM ${schema}uploads u WHERE u.at_ms < $1 AND u.id <> ALL($2::text[])
          AND NOT EXISTS (SELECT FROM ${schema}blobs b WHERE b.upload = u.id)`,
        values: [before, [...underWay]],
      }).catch((error: unknown) => {
        // One that was finished at this moment is kept by its key, and the others go the next time.
        if (!(error instanceof PortError)) throw error;
      });
    },
  };
}

/** Pieces of any size as parts of one size, the last one shorter; none for no bytes. They are copies. */
async function* inParts(pieces: AsyncIterable<Uint8Array>): AsyncIterable<Buffer> {
  let part = Buffer.allocUnsafe(partBytes);
  let filled = 0;
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const count = Math.min(partBytes - filled, piece.length - at);
      part.set(piece.subarray(at, at + count), filled);
      filled += count;
      at += count;
      if (filled < partBytes) continue;
      yield part;
      part = Buffer.allocUnsafe(partBytes);
      filled = 0;
    }
  }
  if (filled > 0) yield part.subarray(0, filled);
}
