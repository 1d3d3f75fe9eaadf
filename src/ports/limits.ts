/** Counting windows. MUST NOT throw when the store is away: it then answers from this process' own counts. */
export interface Limits {
  /** Takes one of `limit` per `windowMs` for `key`; when none is left says when to come back. `peek` takes nothing. */
  take(
    key: string,
    options: { limit: number; windowMs: number; peek?: boolean },
  ): Promise<{ ok: true } | { ok: false; retryAfterMs: number }>;
}
