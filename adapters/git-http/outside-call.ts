import type { RepositoryPermission } from "../../src/ports/repository-tokens.js";
import type { GitRoute } from "./route.js";

/** A request to the place where a repository is. */
export interface OutsideCall {
  route: GitRoute;
  headers: Headers;
  access: RepositoryPermission;
  /** A stream is sent once. */
  body?: Uint8Array | ReadableStream<Uint8Array>;
  signal: AbortSignal;
}
