/** What only one process may do at a time: a mirror's posts, a connection a platform grants once. */
export interface Leases {
  /**
   * Takes the lease, or extends it where this process holds it. MUST give it to one process at a time for as long as its store
   * remembers, and to another within 12 s once its holder stops extending it. MUST answer within 2 s and MUST NOT throw when the
   * store is away: what is held stays held until it runs out, and nothing new is given.
   */
  take(name: string): Promise<LeaseAnswer>;
  /** Name of the process that holds the lease, as the store says; undefined: nobody, or the store is away. Takes nothing. MUST answer within 2 s and MUST NOT throw. */
  holder(name: string): Promise<string | undefined>;
}

/** The holder of a lease. */
export type LeaseAnswer =
  | { kind: "held"; lease: Lease }
  /** Another process has it. `node` is its name. */
  | { kind: "elsewhere"; node: string }
  /** The store is away, so the holder is unknown. */
  | { kind: "unknown" };

/** The same object for as long as it was held without a break; a new one means that others may have held it in between. */
export interface Lease {
  /**
   * By the monotonic clock, counted from before it was asked for. MUST be false at least 1 s before another process can get it.
   * MUST NOT wait: it is asked right before each thing that only the holder may do.
   */
  isHeld(): boolean;
  /** Gives it back at once. Idempotent; MUST NOT throw. */
  release(): Promise<void>;
}
