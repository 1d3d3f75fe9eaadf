import type { Entry, ReadOptions } from "../../src/ports/event-log.js";
import { storedEntry } from "../kit/stored-commits.js";
import type { Database, ResultRow } from "./database.js";

const maxLimit = 500;
/** Entries, and characters of their text, parsed at one go; more would hold up the rest of the process for milliseconds. */
const atOnce = { entries: 64, chars: 512 * 1_024 };
/** Most bytes of UTF-8 for one UTF-16 unit. */
const maxBytesPerChar = 3;

/** Reads pages of commits as `EventLog.read` promises them, straight from the table. */
export function createReadCommits({ run, schema }: Pick<Database, "run" | "schema">) {
  const from = (order: "ASC" | "DESC") => `SELECT version, body FROM ${schema}commits
    WHERE stream = $1 AND version > $2 AND version < $3 ORDER BY version ${order} LIMIT $4`;
  // The page is cut inside the query, where sizes are known without reading the bodies.
  const bounded = (order: "ASC" | "DESC") => `SELECT version, body FROM (
      SELECT version, body, sum(octet_length(body)) OVER (ORDER BY version ${order}) - octet_length(body) AS before
      FROM (${from(order)}) AS page
    ) AS sized WHERE before < $5 ORDER BY version ${order}`;

  return async (stream: string, options: ReadOptions = {}): Promise<Entry[]> => {
    const { after = 0, before = Number.MAX_SAFE_INTEGER, reverse = false, maxChars } = options;
    const limit = Math.min(options.limit ?? maxLimit, maxLimit);
    const order = reverse ? "DESC" : "ASC";
    const isBounded = maxChars !== undefined && Number.isFinite(maxChars);
    const rows = await run({
      name: `read-${order}-${isBounded}`,
      text: isBounded ? bounded(order) : from(order),
      values: [stream, after, before, limit, ...(isBounded ? [Math.ceil(maxChars * maxBytesPerChar)] : [])],
    });
    return parseRows(stream, rows, maxChars ?? Number.POSITIVE_INFINITY);
  };
}

/** Up to and with the entry that brings them to `maxChars`. */
async function parseRows(stream: string, rows: readonly ResultRow[], maxChars: number): Promise<Entry[]> {
  const page: Entry[] = [];
  let chars = 0;
  let [freshEntries, freshChars] = [0, 0];
  for (const [version, body] of rows) {
    const text = String(body);
    page.push(storedEntry(text, { version: Number(version), position: `postgres:${stream}/${version}` }));
    chars += text.length;
    if (chars >= maxChars) break;
    freshEntries += 1;
    freshChars += text.length;
    if (freshEntries < atOnce.entries && freshChars < atOnce.chars) continue;
    [freshEntries, freshChars] = [0, 0];
    await new Promise<void>((turn) => setImmediate(turn));
  }
  return page;
}
