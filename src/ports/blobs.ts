/** Files people attach. Content-addressed: the same bytes are stored once. */
export interface Blobs {
  /** Stores `bytes` durably and returns their SHA-256 hex. Rejects with `PortError` `full` beyond `maxBytes`. */
  put(bytes: Uint8Array): Promise<string>;
  get(sha256: string): Promise<Uint8Array | undefined>;
}
