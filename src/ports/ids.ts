/** Where chance comes from. */
export interface Ids {
  /** A new id, unique for ever: letters and digits, at most 24 characters. */
  next(): string;
  /** `count` random bytes fit for secrets. */
  bytes(count: number): Uint8Array;
  /** A new UUID version 4, where a protocol asks for one. */
  uuid(): string;
}
