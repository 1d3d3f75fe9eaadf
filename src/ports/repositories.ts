import type { Repository } from "../core/values/repository.js";

/** The way from a sandbox to the repository of its room, over Git's smart HTTP. */
export interface Repositories {
  /**
   * Handles one request `/git/<host>/<owner>/<name>/…` of an agent. MUST refuse, in one sentence of `text/plain` with 403 or 404 (never 401: Git would ask for a password), what is not
   * smart HTTP of exactly the caller's repository. MUST add a credential only towards that repository, and give none back. MUST refuse a push of which one ref
   * is not a branch below the caller's `branchFolder`, whole and whatever it does to that ref. MUST NOT follow a redirect, nor dial an address that is not public unless the operator named that host.
   */
  handle(request: Request, caller: RepositoryCaller): Promise<Response>;
}

/** The agent that uses Git, and what its room allows. */
export interface RepositoryCaller {
  roomId: string;
  agent: string;
  /** Of its room; undefined: the room has none. */
  repository: Repository | undefined;
  /** Prefix of its own branches, such as `parley/<room id>/<agent>/`. It creates, rewrites and deletes these and no others. */
  branchFolder: string;
  /** Why it may not push, a sentence for the agent. Undefined: it may. */
  whyNoPush: string | undefined;
  /**
   * Asked when all of a push has come and before any of it is passed on; it may take long. Gives why not, a sentence for the agent; undefined: it may, byte for byte as it came.
   * Absent: nobody need be asked.
   */
  allowPush?: ((push: WaitingPush) => Promise<string | undefined>) | undefined;
  /**
   * The newest commit that a person allowed, of each of these refs that has one. A push MUST NOT delete such a branch, nor write to it anything that is not seen to add to what is there.
   * Absent: nobody allowed any.
   */
  allowedIn?: ((refs: readonly string[]) => Promise<ReadonlyMap<string, { commit: string; by: string }>>) | undefined;
  /** Called once a push, with the updates the server said it has taken. */
  onPushed(updates: readonly RefUpdate[]): void;
}

/** A push of which all has come and nothing is passed on. */
export interface WaitingPush {
  updates: readonly RefUpdate[];
  /** Aborted when the agent stops waiting. */
  signal: AbortSignal;
  /**
   * What each update would change, in their order, read from the bytes that wait. It takes at most a minute and never rejects: what cannot be shown is said. MUST run nothing that
   * the push holds or names. Texts are the agent's, with secrets in them.
   */
  look: () => Promise<readonly PushedChange[]>;
}

/** What one update of a push would change. Everything is bounded; `more…` counts what is left out. */
export interface PushedChange {
  /** The commit it is compared with, which is on the server. Absent: nothing is there to compare with. */
  base?: string;
  /** Commits the push brings, newest first. */
  commits: readonly { id: string; author: string; subject: string }[];
  moreCommits: number;
  /** Absent `added` and `removed`, in lines: the file is binary. */
  files: readonly { path: string; added?: number; removed?: number }[];
  moreFiles: number;
  /** Unified diff; `isCut`: there is more. */
  diff?: { text: string; isCut: boolean };
  /** Why there is no diff, a sentence. */
  whyNoDiff?: string;
}

/** One ref of a push. */
export interface RefUpdate {
  /** `refs/heads/…` */
  ref: string;
  /** Object ids; undefined: the ref was not there, or is not there any more. */
  before: string | undefined;
  after: string | undefined;
}
