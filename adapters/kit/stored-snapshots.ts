import { z } from "zod";
import type { Snapshot } from "../../src/ports/snapshots.js";

const snapshotSchema = z.object({
  schema: z.string(),
  version: z.number(),
  commitId: z.string(),
  open: z.boolean(),
  dueAtMs: z.number().optional(),
  state: z.unknown(),
});

/** A stored JSON text of this shape. Undefined for no text, what is not JSON or has another shape. */
export function parseStored<Value>(text: string | undefined, schema: z.ZodType<Value>): Value | undefined {
  if (text === undefined) return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** A stored snapshot. Undefined for what cannot be read and for one of another schema: then there is no snapshot. */
export function parseSnapshot(text: string | undefined, schema: string): Snapshot | undefined {
  const found = parseStored(text, snapshotSchema);
  if (found === undefined || found.schema !== schema) return undefined;
  const { version, commitId, open, dueAtMs, state } = found;
  return { schema, version, commitId, open, ...(dueAtMs !== undefined && { dueAtMs }), state };
}
