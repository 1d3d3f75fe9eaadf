import type { Entry, Head, ReadOptions } from "../../src/ports/event-log.js";
import { storedEntry } from "../kit/stored-commits.js";
import { type Environment, rangePage } from "./environment.js";

/** A stream's number in the keys of its commits, and its last commit. */
export interface StreamRecord extends Head {
  readonly number: number;
}

export const formatStreamRecord = ({ number, version, id }: StreamRecord): string => `${number} ${version} ${id}`;

export function parseStreamRecord(text: string): StreamRecord | undefined {
  const [, number, version, id] = /^(\d+) (\d+) (.+)$/s.exec(text) ?? [];
  return id === undefined ? undefined : { number: Number(number), version: Number(version), id };
}

/** One stored value as an entry. Its place is what its key says, whatever is in it. */
export function toLmdbEntry(streamNumber: number, version: number, text: string): Entry {
  return storedEntry(text, { version, position: `lmdb:${streamNumber}/${version}` });
}

const maxLimit = 500;
/** Text parsed at one go; more would hold up the rest of the process for milliseconds. */
const maxChunkChars = 512 * 1024;

type Bounds = Required<Pick<ReadOptions, "after" | "before" | "reverse">>;

function range(streamNumber: number, { after, before, reverse }: Bounds) {
  const [low, high] = [[streamNumber, after] as [number, number], [streamNumber, before] as [number, number]];
  const [start, end] = reverse ? [high, low] : [low, high];
  return { start, end, reverse, exclusiveStart: true };
}

/** At most `rangePage` entries, in one go. */
function readChunk(options: {
  environment: Environment;
  streamNumber: number;
  bounds: Bounds;
  limit: number;
  maxChars: number;
}): { entries: Entry[]; chars: number } {
  const { environment, streamNumber, bounds, limit, maxChars } = options;
  const entries: Entry[] = [];
  let chars = 0;
  const rows = environment.commits.getRange({ ...range(streamNumber, bounds), limit: Math.min(limit, rangePage) });
  for (const { key, value } of rows) {
    entries.push(toLmdbEntry(streamNumber, key[1], value));
    chars += value.length;
    if (chars > maxChunkChars || chars >= maxChars) break;
  }
  return { entries, chars };
}

/** A page as `EventLog.read` promises it, taken in chunks with a turn of the event loop between them. */
export async function readPage(environment: Environment, streamNumber: number, options: ReadOptions): Promise<Entry[]> {
  const { after = 0, before = Number.MAX_SAFE_INTEGER, reverse = false, maxChars = Number.POSITIVE_INFINITY } = options;
  const limit = Math.min(options.limit ?? maxLimit, maxLimit);
  const bounds: Bounds = { after, before, reverse };
  const page: Entry[] = [];
  let charsLeft = maxChars;
  while (page.length < limit && charsLeft > 0) {
    const read = { environment, streamNumber, bounds, limit: limit - page.length, maxChars: charsLeft };
    const { entries: chunk, chars } = readChunk(read);
    charsLeft -= chars;
    const last = chunk.at(-1)?.version;
    if (last === undefined) break;
    page.push(...chunk);
    if (reverse) bounds.before = last;
    else bounds.after = last;
    if (chunk.length >= 64 || chars > maxChunkChars) await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return page;
}

/** The version of a stream's first commit in this environment. */
export function firstVersion({ commits }: Environment, streamNumber: number): number | undefined {
  const bounds: Bounds = { after: 0, before: Number.MAX_SAFE_INTEGER, reverse: false };
  for (const { key } of commits.getRange({ ...range(streamNumber, bounds), limit: 1 })) return key[1];
  return undefined;
}
