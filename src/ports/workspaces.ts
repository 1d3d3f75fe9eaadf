/**
 * Looks into the work folders of agents, also of those that sleep or are gone. Nothing in a folder is run, no agent is woken, and no path leaves it: a link
 * out of it is shown as a link and never followed. Every read is bounded. Rejects with a `PortError`: `refused` for a path that leaves the folder or a kind of
 * file that is not read, `unavailable` when the folder cannot be reached now. A folder or file that is not there is undefined.
 */
export interface Workspaces {
  /** Entries of a folder (`""`: the work folder itself), by name, at most `limit` entries (default 1,000) after `after`. */
  list(
    agent: WorkspaceOwner,
    folder: string,
    options?: { after?: string; limit?: number },
  ): Promise<WorkspaceFolder | undefined>;
  /** At most `maxBytes` (default 1 MiB) of a file from `offset` on, and how large it is. */
  read(
    agent: WorkspaceOwner,
    path: string,
    options?: { offset?: number; maxBytes?: number },
  ): Promise<{ bytes: Uint8Array; size: number } | undefined>;
  /** Paths that differ from the commit that is checked out; undefined where the folder is not a repository. */
  status(agent: WorkspaceOwner): Promise<readonly WorkspaceChange[] | undefined>;
  /** The unified diff against the base of its branch, of one path or all, cut at `maxBytes` (default 1 MiB). */
  diff(
    agent: WorkspaceOwner,
    options?: { path?: string; maxBytes?: number },
  ): Promise<{ text: string; isCut: boolean } | undefined>;
  /** The folder as a tar archive, as it is read; links are kept as links. It ends with an error beyond `maxBytes` (default 1 GiB). */
  archive(agent: WorkspaceOwner, options?: { maxBytes?: number }): Promise<AsyncIterable<Uint8Array> | undefined>;
}

/** The agent whose work folder is meant. */
export interface WorkspaceOwner {
  roomId: string;
  name: string;
}

/** One page of a folder's entries. */
export interface WorkspaceFolder {
  entries: readonly WorkspaceEntry[];
  /** There are more after the last one. */
  hasMore: boolean;
}

/** One entry of a folder. */
export interface WorkspaceEntry {
  name: string;
  kind: "file" | "folder" | "link" | "other";
  /** Of files, bytes. */
  size?: number;
}

/** One file that differs from the base of the branch. */
export interface WorkspaceChange {
  /** Relative to the work folder, with `/`. */
  path: string;
  change: "added" | "modified" | "deleted" | "renamed" | "untracked";
}
