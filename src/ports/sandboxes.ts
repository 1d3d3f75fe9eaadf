import type { Readable, Writable } from "node:stream";
import type { Health } from "./health.js";

/** Where agents run: containers, an OS sandbox, … */
export interface Sandboxes {
  /**
   * Starts a sandbox, or takes hold of the running one of the same `id` if its walls are those of `spec`; one that has other walls is
   * replaced (volumes are kept), one that is paused is resumed. MUST verify by inspection and probe that the walls of `spec` stand; when one does not, MUST stop and
   * remove the sandbox and reject with a `PortError` (`refused`) that names the wall. Calls for one id run one after another.
   */
  start(spec: SandboxSpec): Promise<Sandbox>;
  /** Every sandbox of this installation, those nobody holds included. `labels` are those of their specs. */
  list(): Promise<{ id: string; labels: Record<string, string>; state: "running" | "paused" | "exited" }[]>;
  /** Every home and work folder of this installation, those without a sandbox included. `labels` are those of the spec it was made with. */
  homes(): Promise<{ id: string; labels: Record<string, string> }[]>;
  /** Stops and removes what is left of a sandbox. `volumes` too: its home and work folder are gone for good. Idempotent. */
  remove(id: string, options: { volumes: boolean }): Promise<void>;
  check(): Promise<Health>;
  /** Releases every sandbox: pipes end, `exited` rejects (`closed`), the sandboxes keep running for the next process. */
  close(): Promise<void>;
}

/** The parts of a sandbox. */
export interface SandboxSpec {
  /** Stable: one sandbox, one home and one work folder an id. 1 to 63 of `A-Z a-z 0-9 _ -`, first a letter or digit. */
  id: string;
  labels: Record<string, string>;
  /** Main process: its pipes are what `attach` gives. A running sandbox keeps the one it was started with. */
  command: readonly string[];
  /** MUST NOT hold a secret. */
  env: Record<string, string>;
  limits: { memoryMb: number; cpus: number; pids: number };
  /** Host directory with the sandbox's own socket(s), mounted read-only at `/run/parley` (connecting needs no more); its only way out. */
  socketDir?: string;
  /** Host directory mounted read-only at `/parley` (skills, settings). */
  readOnlyDir?: string;
  /** Image of the sandbox, where it has one. Absent: the installation's. */
  image?: string;
  /** True: the work folder is mounted read-only. MUST be refused where that cannot be enforced. Default false. */
  readOnlyWork?: boolean;
}

/** One sandbox with its main process. */
export interface Sandbox {
  readonly id: string;
  /** True: its main process ran already when `start` was called. */
  readonly reattached: boolean;
  /**
   * Pipes of the main process; those of an earlier call end. Without `missedSinceMs` output begins at the start of a fresh main process,
   * and now for the second call or a reattached one. With it (Unix ms) `stdout` and `stderr` begin with what was printed since, cut where
   * a line begins; whole lines around the seam may come twice, none is missing while the sandbox still keeps them. The pipes end when
   * the main process ends (after that, only missed output can be had; otherwise rejects with `closed`) and are destroyed with a `PortError` when the connection is lost. Ending `stdin` MUST NOT end the main process.
   * Unread `stderr` is dropped beyond 1 MiB; unread `stdout` holds the main process back.
   */
  attach(options?: { missedSinceMs?: number }): Promise<SandboxPipes>;
  /** Resolves when the main process ended. `code` is 128 plus the number of the signal that ended it. */
  exited(): Promise<SandboxExit>;
  /** SIGTERM, then SIGKILL after `graceMs`; resolves when the main process ended. What it printed stays until `remove`. Idempotent. */
  stop(options: { graceMs: number }): Promise<void>;
  /** Freezes every process inside; idempotent, and nothing happens to one that ended. `resume` undoes it. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Runs one command inside, beside the main process, for probes and preparations; `output` is stdout and stderr, at most 1 MiB. Absent where the sandbox cannot. */
  exec?(command: readonly string[]): Promise<{ code: number; output: string }>;
}

/** How a main process ended. */
export interface SandboxExit {
  code: number;
  outOfMemory: boolean;
  /** The engine that runs the sandbox stopped or was restarted, and ended the main process with it. */
  byEngine?: true;
}

/** Pipes of a main process. */
export interface SandboxPipes {
  stdin: Writable;
  stdout: Readable;
  stderr: Readable;
}
