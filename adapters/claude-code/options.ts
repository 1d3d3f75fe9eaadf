import type { Clock } from "../../src/ports/clock.js";
import type { Logger } from "../../src/ports/logger.js";
import type { Sandboxes, SandboxSpec } from "../../src/ports/sandboxes.js";
import type { AcceptedText, OfferFoundSetup } from "../../src/ports/setups.js";
import type { AgentSdk } from "./agent-sdk.js";

/** An agent by its room and name. */
export interface AgentRef {
  roomId: string;
  name: string;
}

export interface ClaudeCodeRole {
  /** Markdown for the system prompt. */
  guidance: string;
  tools: {
    /** The tools that exist for the agent; there are no others. */
    allow: readonly string[];
    /** Rules for calls that run without asking. */
    autoAllow: readonly string[];
    /** Rules for calls that are always refused. */
    deny: readonly string[];
  };
  /** Model id; default `defaultModel`. */
  model?: string;
}

export interface ClaudeCodeAgentsOptions {
  /** From `loadAgentSdk`. */
  sdk: AgentSdk;
  sandboxes: Sandboxes;
  /** Calls `listener` with a clause for people while something outside keeps a sandbox frozen, and with undefined when it goes on. Absent: nothing does. */
  watchHeld?: (sandboxId: string, listener: (why: string | undefined) => void) => void;
  /** Starts Claude Code inside a sandbox; default `["claude"]`. Its arguments are added. */
  command?: readonly string[];
  /** Undefined: there is no such role. */
  roleOf: (role: string) => ClaudeCodeRole | undefined;
  /** Why a role is not there, if more is known than that. */
  whyNoRole?: (role: string) => string | undefined;
  /** True: the role cannot be read at this moment, which says nothing about whether there is one. */
  isRoleUnreadable?: (role: string) => boolean;
  /** Guidance of the room-messaging skill, without its front matter. */
  messagingSkill: string;
  /** Model where neither agent nor role names one. */
  defaultModel: string;
  /** Host folder with the agent's own socket `proxy.sock`, behind which the model answers. */
  socketDirOf: (agent: AgentRef) => string | Promise<string>;
  /** The token that the agent presents at its socket; it is worthless elsewhere. */
  tokenOf: (agent: AgentRef) => string | Promise<string>;
  /** Host folder with the files people sent the agent. The agent can read them at `filesAt`. */
  filesDirOf?: (agent: AgentRef) => Promise<string>;
  /** Where the sandbox shows that folder. Default: where it is on the host. */
  filesAt?: string | undefined;
  /** Folder in there that is a plugin with skills; an agent whose role has the tool `Skill` may look them up. */
  skillsPlugin?: string | undefined;
  /** Another text whenever a file of these skills changed: a running agent that may look them up is opened again at its next turn. Absent: they never change. */
  skillsStamp?: () => string;
  /** The set-ups for agents that rooms' repositories bring along. Absent: they are neither looked for nor used. */
  setups?: {
    /** Called with what was found, when a work folder is prepared. */
    offer: OfferFoundSetup;
    textOf: AcceptedText;
    /** Puts files of skills, by their paths below a folder of skills, where the agent finds them read-only, in place of earlier ones; gives the folder in `filesDirOf` that is a plugin with them. */
    placeSkills: (agent: AgentRef, files: ReadonlyMap<string, string>) => Promise<string>;
  };
  /** The address of the rooms' repositories inside the sandbox: `<this>/<host>/<owner>/<name>`. Absent: they cannot be reached, and nothing is cloned. */
  repositoriesAt?: string;
  limits: SandboxSpec["limits"];
  /** Address, as seen from the sandbox, of the proxy to the hosts on the room's egress list, for the agent's tools. Absent: no proxy. */
  proxyUrl?: string;
  /** More environment. MUST NOT hold a secret. */
  env?: Readonly<Record<string, string>>;
  /** Set to false if model calls are metered elsewhere; default true. */
  reportsUsage?: boolean;
  /** Tokens at which a conversation is summarised; default 200,000. */
  compactWindowTokens?: number;
  /** From the start of a sandbox until Claude Code answers; default 60,000. */
  startTimeoutMs?: number;
  /** Idle time after which an agent's sandbox is frozen until the next message; default never. */
  idlePauseMs?: number;
  clock: Clock;
  logger: Logger;
  /** SHA-256 of a text's UTF-8, as lower-case hex. */
  sha256: (text: string) => string;
}

/** The Claude Code whose protocol this adapter was tested with: the SDK 0.3.N goes with the CLI 2.1.N. */
export const testedVersion = "2.1.328";
