import type { Readable, Writable } from "node:stream";
import type { Health } from "./health.js";

/** Where agents run: containers, an OS sandbox, … */
export interface Sandboxes {
  /**
   * Starts a sandbox, or attaches to the running one of the same `id`. MUST verify by inspection and probe that the walls of `spec` stand,
   * and reject with a `PortError` (`refused`) when one does not.
   */
  start(spec: SandboxSpec): Promise<Sandbox>;
  /** Every sandbox of this installation, those nobody holds included. */
  list(): Promise<{ id: string; labels: Record<string, string>; state: "running" | "paused" | "exited" }[]>;
  /** Removes what is left of a sandbox. `volumes` too: its home is gone for good. Idempotent. */
  remove(id: string, options: { volumes: boolean }): Promise<void>;
  check(): Promise<Health>;
}

export interface SandboxSpec {
  /** Stable: one sandbox and one home volume an id. */
  id: string;
  labels: Record<string, string>;
  /** Main process: its pipes are what `attach` gives. */
  command: readonly string[];
  /** MUST NOT hold a secret. */
  env: Record<string, string>;
  limits: { memoryMb: number; cpus: number; pids: number };
  /** Host directory with the sandbox's own socket(s), mounted read-write at `/run/parley`; its only way out. */
  socketDir?: string;
  /** Host directory mounted read-only at `/parley` (skills, settings). */
  readOnlyDir?: string;
}

export interface Sandbox {
  readonly id: string;
  /** Pipes of the main process. `missed` starts with what it printed since that time, for a router that restarted. */
  attach(options?: { missedSinceMs?: number }): Promise<{ stdin: Writable; stdout: Readable; stderr: Readable }>;
  /** Resolves when the main process ended. */
  exited(): Promise<{ code: number; outOfMemory: boolean }>;
  /** SIGTERM, then SIGKILL after `graceMs`. Idempotent. */
  stop(options: { graceMs: number }): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Runs one command inside, for probes. Absent where the sandbox cannot. */
  exec?(command: readonly string[]): Promise<{ code: number; output: string }>;
}
