import type { AgentSpec } from "../../src/ports/agents.js";
import type { Clock } from "../../src/ports/clock.js";
import type { Logger } from "../../src/ports/logger.js";
import type { Sandbox, Sandboxes, SandboxSpec } from "../../src/ports/sandboxes.js";

/** A program that speaks the Agent Client Protocol, and how it is started. What it can do, it is asked. */
export interface AcpProgram {
  /** For people, such as "Codex". */
  title: string;
  /** The main process of its sandbox. */
  command: readonly string[];
  /** MUST NOT hold a secret. `{token}` stands for the agent's token at its socket, `{model}` for its model. */
  env: Readonly<Record<string, string>>;
  /** Model where the agent names none, for `{model}`. */
  defaultModel?: string | undefined;
  /** Image of its sandbox. Absent: the installation's. */
  image?: string | undefined;
  /** Files in its home folder, by their paths there, written at each start; with the same words in braces. */
  homeFiles: Readonly<Record<string, string>>;
  /** Path in its home folder of the file with its standing instructions. Absent: it has none, and they come with its first prompt. */
  instructionsFile?: string | undefined;
  /** It is known to give every piece of its own words a `messageId`. Absent: it does from the first piece that has one. */
  namesItsMessages?: boolean | undefined;
  /** Id of the method to authenticate with before a session opens. Absent: none. */
  authMethod?: string | undefined;
  /** Mode of a session where the agent's setting names none, by whether the role may write or run. Absent: the program's own. */
  modeFor?: { readOnly?: string | undefined; writing?: string | undefined } | undefined;
  /** Words it takes for effort and mode, for people to choose from. */
  choices?: { efforts: readonly string[]; modes: readonly string[] } | undefined;
}

/** The parts of a role that a runtime needs. */
export interface AcpRole {
  /** Markdown for its standing instructions. */
  guidance: string;
  tools: { allow: readonly string[]; autoAllow: readonly string[]; deny: readonly string[] };
}

/** The room's repository in the agent's work folder; see `WorkFolder` of Claude Code. */
export interface AcpWork {
  prepare(sandbox: Sandbox): Promise<void>;
  problem(): string | undefined;
  hasNews(): boolean;
  beforeTurn(): Promise<string | undefined>;
}

/** An agent by its room and name. */
interface AcpAgentRef {
  roomId: string;
  name: string;
}

/** What the agents of one ACP runtime need. */
export interface AcpAgentsOptions {
  program: AcpProgram;
  sandboxes: Sandboxes;
  /** Calls `listener` with a clause for people while something outside keeps a sandbox frozen, and with undefined when it goes on. */
  watchHeld?: ((sandboxId: string, listener: (why: string | undefined) => void) => void) | undefined;
  /** Undefined: there is no such role. */
  roleOf: (role: string) => AcpRole | undefined;
  whyNoRole?: ((role: string) => string | undefined) | undefined;
  isRoleUnreadable?: ((role: string) => boolean) | undefined;
  /** Why this runtime cannot hold the role to its limits, a sentence; undefined: it can. */
  whyNotEnforced?: ((role: AcpRole) => string | undefined) | undefined;
  /** The standing instructions of an agent: its role, how to talk in the room, what the room is. */
  instructionsOf: (spec: AgentSpec, role: AcpRole) => string;
  /** The work folder with the room's repository. Absent, or undefined for a room: the folder is empty. */
  workOf?: ((spec: AgentSpec, role: AcpRole) => AcpWork | undefined) | undefined;
  /** More environment for an agent, such as Git's settings for the room's repository and the proxy. MUST NOT hold a secret. */
  envOf?: ((spec: AgentSpec) => Readonly<Record<string, string>>) | undefined;
  socketDirOf: (agent: AcpAgentRef) => string | Promise<string>;
  tokenOf: (agent: AcpAgentRef) => string | Promise<string>;
  /** Host folder of the agent's own that its sandbox sees read-only; the ids of its conversations are kept there too. */
  filesDirOf: (agent: AcpAgentRef) => Promise<string>;
  limits: SandboxSpec["limits"];
  /** False: model calls are metered elsewhere. */
  reportsUsage: boolean;
  /** From the start of a sandbox until the program answered and has a session, ms; default 60,000. */
  startTimeoutMs?: number | undefined;
  /** After so long a turn that was cancelled and does not end loses its process, ms; default 15,000. */
  cancelGraceMs?: number | undefined;
  /** Idle time after which an agent's sandbox is frozen until the next message, ms; default never. */
  idlePauseMs?: number | undefined;
  clock: Clock;
  logger: Logger;
  /** SHA-256 of a text's UTF-8, as lower-case hex. */
  sha256: (text: string) => string;
}

/** True: its model is in what it is started with, so that another one needs another process. */
export function isStartedWithModel({ env, homeFiles }: Pick<AcpProgram, "env" | "homeFiles">): boolean {
  return [...Object.values(env), ...Object.values(homeFiles)].some((value) => value.includes("{model}"));
}

/** Longest line read from an agent, bytes; longer ones are dropped. */
export const maxAcpLineBytes = 8 * 1_024 * 1_024;
/** Most JSON values in a line; lines with more are dropped. */
export const maxAcpLineValues = 30_000;
