/** One of a number of places, such as that of a live stream: a key, and how many may be taken under it at a time. */
export interface PlaceLimit {
  key: string;
  limit: number;
}

/**
 * Counts of what is open at a time, over all processes that share the store. MUST NOT throw when the store is away: each process then counts its own.
 * The places of a process that died are free at most 30 s later.
 */
export interface SharedPlaces {
  /** Takes a place under every key or under none. Resolves to undefined when they are taken, else to the first key without a free place. */
  take(wanted: readonly PlaceLimit[]): Promise<string | undefined>;
  /** Gives back one place under each key. The caller MUST have taken it. */
  giveBack(keys: readonly string[]): Promise<void>;
}
