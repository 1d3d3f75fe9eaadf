/** Short-lived values that one caller gets once. Where the store is away they work in the process that put them. */
export interface Tickets {
  /** Keeps `value` (JSON) under `key` for `lifetimeMs`. MUST NOT throw when the store is away. */
  put(key: string, value: object, options: { lifetimeMs: number }): Promise<void>;
  /** The value, for the first who asks before its time is over; undefined for everybody else. */
  take(key: string): Promise<object | undefined>;
}
