/** How a request is sent, besides its address. A body makes it a POST when no method is given. */
export interface RequestOptions {
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  body?: unknown;
  /** Bytes as they are, in place of `body`, read as they are sent. */
  content?: ReadableStream<Uint8Array>;
  /** Makes a repeated request count once; with it an unknown outcome is tried again. */
  idempotencyKey?: string;
  headers?: Record<string, string>;
  /** A status besides 2xx that is an answer and no problem. */
  alsoStatus?: number;
}
