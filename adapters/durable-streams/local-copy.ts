import { mkdirSync } from "node:fs";
import { type Database, open, type RootDatabase } from "lmdb";
import type { Entry, ReadOptions } from "../../src/ports/event-log.js";
import { type Chain, emptyChain, toEntry } from "./messages.js";

/** Local state of one stream: the chain of its winning commits, and how far the server's stream was read. */
export interface CopiedStream extends Chain {
  number: number;
  /** Opaque; undefined: nothing was read yet. */
  offset: string | undefined;
}

/** A place in the hints about what moved: which stream of hints, how far in it, and how many hints come before. */
export interface HintsPlace {
  generation: number;
  /** Undefined: its start. */
  offset: string | undefined;
  count: number;
}

/** The winners of every stream, on this machine, for reading. A cache: deleted, it is read from the server again. */
export interface LocalCopy {
  get(stream: string): CopiedStream | undefined;
  /** The stream's local copy, created if it is new. */
  of(stream: string): CopiedStream;
  /** Stores the applied messages in `copy`, together with the offset read so far. */
  keep(stream: string, copy: CopiedStream, entries: readonly { version: number; text: string }[]): void;
  /** Forgets the stream: the server does not have this data. */
  drop(stream: string): void;
  read(stream: string, options?: ReadOptions): Entry[];
  names(prefix: string): string[];
  /** Up to where hints were read whose streams are all in the copy. */
  bookmark(): HintsPlace | undefined;
  keepBookmark(place: HintsPlace): void;
  close(): Promise<void>;
}

const maxPage = 500;

/** `source`: the server and prefix the copy is of; the copy of another one is thrown away. */
export async function openLocalCopy({ dir, source }: { dir: string; source: string }): Promise<LocalCopy> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  // Not synced: the server has everything that a crash of the machine loses. So a write takes microseconds, less than handing it to a thread.
  const root: RootDatabase<string, string> = open({ path: dir, noSubdir: false, noSync: true, maxDbs: 3 });
  const streams = root.openDB<CopiedStream, string>("streams", { encoding: "json" });
  const entries = root.openDB<string, [number, number]>("entries", { encoding: "string" });
  const meta = root.openDB<string, string>("meta", { encoding: "string" });
  if (meta.get("source") !== source) {
    await Promise.all([streams.clearAsync(), entries.clearAsync(), meta.remove("hints")]);
    await meta.put("source", source);
  }
  const copies = new Map<string, CopiedStream>();
  let lastNumber = Number(meta.get("last-number") ?? 0);
  let keptNumber = lastNumber;
  for (const { key, value } of streams.getRange()) {
    copies.set(key, value);
    lastNumber = Math.max(lastNumber, value.number);
  }

  function of(stream: string): CopiedStream {
    const known = copies.get(stream);
    if (known) return known;
    const fresh = { ...emptyChain(), number: ++lastNumber, offset: undefined };
    copies.set(stream, fresh);
    return fresh;
  }

  return {
    get: (stream) => copies.get(stream),
    of,
    keep(stream, copy, kept) {
      root.transactionSync(() => {
        for (const { version, text } of kept) entries.putSync([copy.number, version], text);
        streams.putSync(stream, copy);
        if (lastNumber !== keptNumber) meta.putSync("last-number", String(lastNumber));
      });
      keptNumber = lastNumber;
    },
    drop(stream) {
      copies.delete(stream);
      streams.removeSync(stream);
    },
    read: (stream, options) => readPage({ entries, stream, copy: copies.get(stream) }, options),
    names: (prefix) => [...copies.keys()].filter((name) => name.startsWith(prefix)).toSorted(),
    bookmark() {
      const kept = meta.get("hints");
      return kept === undefined ? undefined : (JSON.parse(kept) as HintsPlace);
    },
    keepBookmark: (place) => void meta.putSync("hints", JSON.stringify(place)),
    close: () => root.close(),
  };
}

function readPage(
  {
    entries,
    stream,
    copy,
  }: { entries: Database<string, [number, number]>; stream: string; copy: CopiedStream | undefined },
  options: ReadOptions = {},
): Entry[] {
  const { after = 0, before = Number.MAX_SAFE_INTEGER, limit = maxPage, reverse = false } = options;
  let charsLeft = options.maxChars ?? Number.POSITIVE_INFINITY;
  if (!copy) return [];
  const first = after + 1;
  const last = Math.min(before - 1, copy.version);
  if (first > last) return [];
  const bounds = reverse
    ? { start: [copy.number, last], end: [copy.number, first - 0.5], reverse: true }
    : { start: [copy.number, first], end: [copy.number, last + 0.5] };
  const page: Entry[] = [];
  const range = entries.getRange({ ...bounds, limit: Math.min(limit, maxPage) } as Parameters<
    typeof entries.getRange
  >[0]);
  for (const { key, value } of range) {
    page.push(toEntry(stream, key[1], value));
    charsLeft -= value.length;
    if (charsLeft <= 0) break;
  }
  return page;
}
