import type { Health } from "./health.js";

/** The processes of a fleet, each under a name of its own. */
export interface Nodes {
  /**
   * This process is there from now on, until the returned function is called. Rejects with a `PortError` (`in-use`) when another
   * process lives under its name. MUST NOT wait longer than a dead one takes to be known as dead, and MUST resolve when the store is away.
   */
  join(): Promise<() => Promise<void>>;
  /** What this process says of itself has changed, for example because it listens now: tells the others at once, as far as the store answers. Never rejects. */
  announce(): Promise<void>;
  /**
   * The others and this one, as last heard; at most 12 s after one died it is not among them. While the store is away: `undefined`,
   * nobody can say.
   */
  present(): readonly NodeInfo[] | undefined;
  /** Tells of every node that goes. The returned function takes it back. */
  onGone(listener: (node: string) => void): () => void;
  check(): Promise<Health>;
}

/** A process's announcement to the others. */
export interface NodeInfo {
  name: string;
  /** Names of the agent runtimes it has. */
  runtimes: readonly string[];
  /** Highest format of the log it knows; absent: 1, for it is older than the number. */
  format?: number;
  /** Origin at which the other processes reach it; absent: they do not. */
  url?: string;
}
