import type { AgentSpec, RequestedSession } from "../../src/ports/agents.js";
import { PortError } from "../../src/ports/port-error.js";
import type { SandboxSpec } from "../../src/ports/sandboxes.js";
import type { AgentRef, ClaudeCodeAgentsOptions, ClaudeCodeRole } from "./options.js";
import { sessionCommand } from "./session-command.js";
import type { RepositorySetups } from "./setup/setups.js";
import { instructionsOf } from "./system-prompt.js";
import { readyFile } from "./work-folder.js";

/** What an agent is opened with. A value: it stays as it was when the agent was opened. */
export interface Opening {
  /** Of the process that runs, or is to be started. */
  processNonce: string;
  /** It runs since a turn that began then. */
  runningSinceMs?: number;
  spec: AgentSpec;
  sessionId: string;
  /** Id of the conversation; that of the session unless a new one was asked for. */
  conversationId: string;
  /** It has to be there. */
  hasConversed: boolean;
  role: ClaudeCodeRole;
  /** Of the skills, before they were laid out. */
  skillsStamp: string | undefined;
  /** What it uses of the repository's own set-up, and what its process was started with, where another router started it. */
  ofRepository: Awaited<ReturnType<RepositorySetups["use"]>>;
  startedStamp?: string | undefined;
  token: string;
  socketDir: string;
  filesDir: string | undefined;
}

/** Gathers what the agent is opened with. Rejects with a `PortError` where its role is not there (`refused`) or cannot be read now (`unavailable`). */
export async function prepareOpening(
  options: ClaudeCodeAgentsOptions,
  asked: {
    spec: AgentSpec;
    session: Omit<RequestedSession, "resume">;
    processNonce: string;
    setups: Pick<RepositorySetups, "use">;
  },
): Promise<Opening> {
  const { spec, processNonce, setups } = asked;
  const { sessionId, conversationId = sessionId, hasConversed = false } = asked.session;
  const role = options.roleOf(spec.role);
  if (!role && options.isRoleUnreadable?.(spec.role)) throw unreadableRole(spec);
  if (!role) throw refused(noRole(spec, options.whyNoRole?.(spec.role)));
  const ref = { roomId: spec.roomId, name: spec.name };
  const skillsStamp = options.skillsStamp?.();
  const [token, socketDir, filesDir, ofRepository] = await Promise.all([
    options.tokenOf(ref),
    options.socketDirOf(ref),
    options.filesDirOf?.(ref),
    setups.use(spec, role),
  ]);
  return {
    spec,
    sessionId,
    conversationId,
    hasConversed,
    role,
    skillsStamp,
    ofRepository,
    token,
    socketDir,
    filesDir,
    processNonce,
  };
}

/** Whether what an agent was opened with is not what it would be opened with now. A role that cannot be had now is no other one. */
export function isOutdated(
  opening: Opening,
  { roleOf, skillsStamp: stampNow, sha256 }: Pick<ClaudeCodeAgentsOptions, "roleOf" | "skillsStamp" | "sha256">,
): boolean {
  const { spec, role, skillsStamp } = opening;
  const now = roleOf(spec.role);
  // What a role's file says, in full.
  if (now !== undefined && JSON.stringify(now) !== JSON.stringify(role)) return true;
  if (role.tools.allow.includes("Skill") && stampNow?.() !== skillsStamp) return true;
  return hasOtherSetup(opening, sha256);
}

/** Its process was started by a router that knew another decision; later decisions come with the spec. */
function hasOtherSetup({ ofRepository, startedStamp }: Opening, sha256: (text: string) => string): boolean {
  return startedStamp !== undefined && startedStamp !== stampOf(ofRepository.setup, sha256);
}

function stampOf({ stamp }: { stamp: string }, sha256: (text: string) => string): string {
  return stamp === "" ? "" : sha256(stamp);
}

/** The sandbox of the agent's process. `isFresh`: its conversation is put aside. `waits`: until its work folder is ready. */
export function sandboxSpecOf(
  opening: Opening,
  how: { args: readonly string[]; env: Record<string, string | undefined>; isFresh: boolean; waits: boolean },
  options: Pick<ClaudeCodeAgentsOptions, "command" | "limits" | "sha256">,
): SandboxSpec {
  const { spec, sessionId, conversationId, hasConversed, socketDir, filesDir, processNonce } = opening;
  const { args, env, isFresh, waits } = how;
  const { command = ["claude"], limits, sha256 } = options;
  return {
    id: idOfOpening(opening, sha256),
    labels: {
      room: spec.roomId,
      agent: spec.name,
      session: sessionId,
      process: processNonce,
      setup: stampOf(opening.ofRepository.setup, sha256),
    },
    command: sessionCommand({
      command,
      args,
      sessionId: conversationId,
      isFresh,
      isExpected: hasConversed,
      instructions: sha256(instructionsOf(spec, opening.role, opening.ofRepository.setup)),
      waitsFor: waits ? readyFile : undefined,
    }),
    env: Object.fromEntries(Object.entries(env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))),
    limits,
    socketDir,
    ...(filesDir !== undefined && { readOnlyDir: filesDir }),
  };
}

/** Id of a prompt made of these inputs. Another process uses other ids: Claude Code drops ids it has seen, even if it was cut off before it answered. */
export function promptIdIn(
  { conversationId, processNonce }: Opening,
  inputIds: readonly string[],
  sha256: (text: string) => string,
): string {
  return uuidFrom(sha256(JSON.stringify([conversationId, processNonce, inputIds])));
}

/** Id of the sandbox that the agent is opened in. */
export function idOfOpening(
  { spec: { roomId, name }, sessionId }: Pick<Opening, "spec" | "sessionId">,
  sha256: (text: string) => string,
): string {
  return sandboxIdOf({ roomId, name, sessionId }, sha256);
}

/** Id of the sandbox, and of its home, of one agent's session. An agent that comes back to a room begins with an empty home. */
export function sandboxIdOf(
  { roomId, name, sessionId }: AgentRef & { sessionId: string },
  sha256: (text: string) => string,
): string {
  return `${name}_${sha256(JSON.stringify([roomId, name, sessionId])).slice(0, 20)}`;
}

function unreadableRole({ name, role }: AgentSpec): PortError {
  const text = `The role ${role} of @${name} cannot be read now.`;
  const outage = `The folder of roles cannot be read, and ${name} needs its role ${role}`;
  return new PortError(text, { code: "unavailable", retryable: true, outage });
}

function noRole({ name, role }: AgentSpec, why: string | undefined): string {
  const cause = why ?? `there is no role ${role}`;
  return `@${name} was not started: ${cause}. What was written to it stays in the room: correct that and write again, or add an agent with another role.`;
}

function refused(message: string): PortError {
  return new PortError(message, { code: "refused", retryable: false });
}

/** Shaped as a UUID version 5. */
function uuidFrom(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
