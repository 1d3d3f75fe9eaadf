/** Folded states kept to save time. MAY lose anything at any moment: deleting all of it changes nothing but time. */
export interface Snapshots {
  /** The stored snapshot; undefined if it is missing, has another `schema` or cannot be read. */
  get(stream: string, schema: string): Promise<Snapshot | undefined>;
  /** Replaces the stream's snapshot. MUST NOT replace a newer version with an older one of the same schema. */
  put(stream: string, snapshot: Snapshot): Promise<void>;
  /** Headers (no state) of all snapshots whose stream starts with `prefix`, by name. */
  headers(prefix: string): Promise<SnapshotHeader[]>;
}

/** Facts about a snapshot that need no reading of its state. */
export interface SnapshotHeader {
  stream: string;
  schema: string;
  version: number;
  /** Something waits for a reader. */
  open: boolean;
  /** When a timer is due, Unix ms. */
  dueAtMs?: number;
}

/** A state as it was after a commit. `schema` names its form: a reader passes over forms it does not know. */
export interface Snapshot {
  schema: string;
  /** Version and id of the last commit folded into `state`. */
  version: number;
  commitId: string;
  open: boolean;
  dueAtMs?: number;
  /** Plain JSON. */
  state: unknown;
}
