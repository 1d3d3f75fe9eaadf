/** Bytes to store: all at once, or piece by piece as they come. */
export type BlobBytes = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** Bytes from `start` (0 or more) up to and without `end`. Default of `end`: the end. What lies behind the end is empty. */
export interface BlobRange {
  start: number;
  end?: number;
}

/** `atMs`: Unix time of the last `put` of these bytes; 0 where it is not known. */
export interface BlobStat {
  bytes: number;
  atMs: number;
}

/** One blob of a listing. `sha256` is in hex. */
export interface ListedBlob extends BlobStat {
  sha256: string;
}

/**
 * Files people attach and long results of tools. Content-addressed: the same bytes are stored once, under their SHA-256 in hex.
 * Infrastructure failures reject with a `PortError`.
 */
export interface Blobs {
  /**
   * Stores `bytes` durably and returns their SHA-256. MUST NOT hold more of them in memory than the store itself does. MUST store all or nothing: what failed
   * half-way is found under no hash. Storing them again renews `atMs`. Rejects with `full` beyond the store's bound; an error of `bytes` itself is passed on.
   */
  put(bytes: BlobBytes): Promise<string>;
  /** The bytes in order, read as they are asked for; undefined: not there, or no hash. Throws a `RangeError` for negative, fractional or reversed bounds. */
  open(sha256: string, range?: BlobRange): Promise<AsyncIterable<Uint8Array> | undefined>;
  stat(sha256: string): Promise<BlobStat | undefined>;
  /** Stored blobs in the order of their hashes, behind `after`; at most `limit` (default and maximum 500). Fewer: nothing follows. */
  list(options?: { after?: string; limit?: number }): Promise<ListedBlob[]>;
  /**
   * Removes it; true when it was there and is gone. `putBeforeMs`: only if its last `put` was before that time, decided as one step with every `put` of the
   * same bytes, so that a `put` which resolved is never undone.
   */
  remove(sha256: string, options?: { putBeforeMs?: number }): Promise<boolean>;
}
