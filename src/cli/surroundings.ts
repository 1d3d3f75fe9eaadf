import type { Readable } from "node:stream";
import type { ChatSetup } from "../ports/chat-setup.js";
import type { Health } from "../ports/health.js";
import type { TerminalOutput } from "./screen.js";

/** The environment of the CLI, injected. The CLI itself reads neither the environment nor the clock of the process. */
export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  stdin: Readable & { isTTY?: boolean; setRawMode?(isRaw: boolean): unknown };
  stdout: TerminalOutput;
  stderr: TerminalOutput;
  /** Folder that relative paths start from. */
  cwd: string;
  /** Parley's version, as in package.json. */
  version: string;
  /** Everything wrong with the environment, one sentence each; empty when the server would start. */
  configProblems(env: Readonly<Record<string, string | undefined>>): readonly string[];
  /** Everything wrong with the operator's own roles in that folder, with file and line. */
  roleProblems(skillsDir: string): Promise<readonly string[]>;
  /** The problems in a folder of runtimes, each with file and line. */
  runtimeProblems(runtimesDir: string): Promise<readonly string[]>;
  /** The images of the runtimes whose model this environment has a credential for. */
  runtimeImages(env: Readonly<Record<string, string | undefined>>): Promise<readonly RuntimeImage[]>;
  /** Whether the GitHub App of this environment works; undefined where none is configured, or not in a way that can be used. */
  githubHealth(env: Readonly<Record<string, string | undefined>>): Promise<Health | undefined>;
  /** A chat platform as it is asked while no server runs. Loaded when it is needed. */
  chatSetup(platform: "slack" | "discord"): Promise<ChatSetup>;
  /** The keys that the environment has from `.env` alone. */
  envFileKeys(): ReadonlySet<string>;
  /** Runs a server in this process until a signal ends it, with these values over the environment; absent where that is not possible. */
  startServer?(values: Readonly<Record<string, string>>): Promise<number | undefined>;
  /** How often `parley setup discord` looks whether the app was invited, ms. Default 2,000. */
  chatPollMs?: number;
  /** Whether the PostgreSQL of this environment can hold rooms; undefined where none is configured, or not in a way that can be used. */
  databaseHealth(env: Readonly<Record<string, string | undefined>>): Promise<Health | undefined>;
  /** Moves a log, as `parley move-log` says. Rejects with a `PortError`, or with the signal's reason. */
  moveLog(request: MoveRequest): Promise<MoveResult>;
  /** Copies a data folder, as `parley backup` says. Rejects with a `PortError`, or with the signal's reason. */
  backUp(request: BackupRequest): Promise<BackupResult>;
  /** Makes a data folder of such a copy. Rejects likewise. */
  restore(request: RestoreRequest): Promise<RestoreResult>;
  /** Builds the agents' image on this machine's Docker engine. Rejects with an error with a `code` where that is not possible. */
  buildAgentImage(request: ImageRequest): Promise<BuiltImage>;
  /** The optional parts that are in this build; `doctor` checks these and no others. */
  parts: ReadonlySet<OptionalPart>;
  /** Unix ms. */
  now(): number;
  /** A new random id. */
  randomId(): string;
}

/** Both are whole paths; `to` must not exist. */
export interface BackupRequest {
  dataDir: string;
  to: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Unix ms, for the record. */
  nowMs: number;
  signal: AbortSignal;
  /** Hears how many files were copied until now. */
  onProgress(progress: { files: number }): void;
  /** A line for people that is no answer. */
  onWarning(text: string): void;
}

/** Contents of a log and its attached files. `sha256`: over all streams. */
export interface KeptContents {
  format: number;
  streams: number;
  commits: number;
  /** Commits that cannot be read; rooms go on without them. */
  unreadable: number;
  files: number;
  sha256: string;
}

/** A backup as it was made. `damagedFiles`: hashes of attached files that have other bytes in the data folder already. */
export interface BackupResult extends KeptContents {
  to: string;
  damagedFiles: string[];
}

/** Both are whole paths; `dataDir` must be empty or not exist. */
export interface RestoreRequest extends Pick<BackupRequest, "dataDir" | "signal" | "onProgress" | "onWarning"> {
  from: string;
}

/** A data folder as it was restored, with the version and the time (Unix ms) of its backup. */
export interface RestoreResult extends KeptContents {
  dataDir: string;
  parley: string;
  madeAtMs: number;
}

/** The image of a runtime's containers. */
export interface RuntimeImage {
  runtime: string;
  image: string;
  /** `parley image build --runtime` makes it. */
  isBuiltHere: boolean;
}

/** Members that are left out have the defaults of the package. */
export interface ImageRequest {
  /** A runtime with an image of its own. Absent: the agents' image, with Claude Code. */
  runtime?: string;
  baseImage?: string;
  /** Exact version of Claude Code. */
  version?: string;
  tag?: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Progress, a line at a time. */
  report(line: string): void;
}

/** An image on the engine. */
export interface BuiltImage {
  tag: string;
  id: string;
  bytes: number;
}

/** The two places as typed: a folder, or the name of the setting that has the address. */
export interface MoveRequest {
  from: string;
  to: string;
  /** Folder that relative paths start from. */
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
  /** Hears how many files were copied, commits were appended, and streams were compared until now. */
  onProgress(progress: { step: "files" | "commits" | "compare"; done: number }): void;
  /** A line for people that is no answer. */
  onWarning(text: string): void;
}

/** Contents of both places after the move, and the part copied by this run. `bytes`: of all files; `sha256`: over all streams. */
export interface MoveResult {
  format: number;
  streams: number;
  commits: number;
  files: number;
  bytes: number;
  copiedCommits: number;
  copiedFiles: number;
  sha256: string;
}

export const optionalParts = [
  "docker",
  "claude-code",
  "openai",
  "postgres",
  "redis",
  "github",
  "slack",
  "discord",
] as const;
/** A part of Parley that a build may lack. */
export type OptionalPart = (typeof optionalParts)[number];
