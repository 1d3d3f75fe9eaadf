import type { Repository } from "../core/values/repository.js";
import type { Health } from "./health.js";

/** Permission of a token for a repository: `read` fetches, `write` also pushes. */
export type RepositoryPermission = "read" | "write";

/** Credentials for repositories on a Git server. */
export interface RepositoryTokens {
  /**
   * A token for this one repository with this permission and nothing more; `none` gives the reason for its absence in a sentence, such as that this host is another's. Rejects with a `PortError` whose
   * message is a sentence without a secret. Many who ask at once cause one request.
   */
  tokenFor(repository: Repository, permission: RepositoryPermission): Promise<RepositoryToken>;
  /** The server did not take it: the next call gets another one. */
  forget(token: string): void;
  check(): Promise<Health>;
}

/** A token, or a sentence for people that gives the reason for its absence. */
export type RepositoryToken = { kind: "token"; token: string } | { kind: "none"; why: string };
