import { z } from "zod";
import type { Snapshot, SnapshotHeader, Snapshots } from "../../src/ports/snapshots.js";
import { maxStreamNameBytes } from "../kit/stored-commits.js";
import { parseSnapshot, parseStored } from "../kit/stored-snapshots.js";
import { type Environment, forEachRow } from "./environment.js";
import type { Decided, GroupWriter } from "./group-writer.js";
import { createNameIndex } from "./name-index.js";

const headerSchema = z.tuple([z.string(), z.number(), z.boolean(), z.number().nullable()]);
const dueAt = (dueAtMs: number | null | undefined) => (typeof dueAtMs === "number" ? { dueAtMs } : {});

function parseHeader(stream: string, text: string): SnapshotHeader | undefined {
  const fields = parseStored(text, headerSchema);
  if (fields === undefined) return undefined;
  const [schema, version, open, dueAtMs] = fields;
  return Object.freeze({ stream, schema, version, open, ...dueAt(dueAtMs) });
}

const formatHeader = ({ schema, version, open, dueAtMs }: SnapshotHeader): string =>
  JSON.stringify([schema, version, open, dueAtMs ?? null]);

/** Snapshots beside the log, in the same transactions: each one is there whole or not at all. Headers are kept in memory. */
export async function createLmdbSnapshots(environment: Environment, writer: GroupWriter): Promise<Snapshots> {
  const headers = createNameIndex<SnapshotHeader>();
  const pending = new Map<string, SnapshotHeader>();
  await forEachRow(environment.snapshotHeaders, (stream, text) => {
    const header = parseHeader(stream, text);
    if (header !== undefined) headers.set(stream, header);
  });

  function decide(header: SnapshotHeader, text: string): Decided<void> {
    const { stream, schema, version } = header;
    const standing = pending.get(stream) ?? headers.get(stream);
    if (standing?.schema === schema && standing.version > version) return { committed: () => undefined };
    pending.set(stream, header);
    return {
      put() {
        environment.snapshotHeaders.put(stream, formatHeader(header));
        environment.snapshots.put(stream, text);
      },
      committed() {
        pending.delete(stream);
        headers.set(stream, header);
      },
      failed: () => pending.delete(stream),
    };
  }

  return {
    get: async (stream, schema) => parseSnapshot(environment.snapshots.get(stream), schema),
    async put(stream, snapshot: Snapshot) {
      if (Buffer.byteLength(stream) > maxStreamNameBytes) throw new RangeError("no such stream name");
      const { schema, version, open, dueAtMs } = snapshot;
      const header = Object.freeze({ stream, schema, version, open, ...dueAt(dueAtMs) });
      const text = JSON.stringify(snapshot);
      const size = { puts: 2, bytes: 3 * text.length };
      await writer.submit({ size, decide: () => decide(header, text) });
    },
    headers: async (prefix) => headers.withPrefix(prefix, (_, header) => header),
  };
}
