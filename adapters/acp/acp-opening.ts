import type { AgentSpec, RequestedSession } from "../../src/ports/agents.js";
import { PortError } from "../../src/ports/port-error.js";
import type { SandboxSpec } from "../../src/ports/sandboxes.js";
import { launchCommand } from "./launch.js";
import type { AcpAgentsOptions, AcpRole } from "./options.js";
import { mayWrite } from "./permission.js";
import { readSessionRecord, type SessionRecord } from "./session-record.js";

/** What an agent is opened with. A value: it stays as it was when the agent was opened. */
export interface AcpOpening {
  spec: AgentSpec;
  sessionId: string;
  conversationId: string;
  /** A turn in the conversation came to its end before. */
  isExpected: boolean;
  role: AcpRole;
  token: string;
  socketDir: string;
  filesDir: string;
  /** The conversation as it was kept. */
  known: SessionRecord | undefined;
  /** Of the process that runs, or is to be started. */
  processNonce: string;
  /** It runs since a turn that began then. */
  runningSinceMs?: number;
}

/** Made by the router that starts the agent; the agent's process waits for it. */
export const workReadyFile = "/tmp/parley-work-is-ready";

/** Gathers what the agent is opened with. Rejects with a `PortError` where its role is not there (`refused`), cannot be read now (`unavailable`) or cannot be held to its limits (`refused`). */
export async function prepareAcpOpening(
  options: AcpAgentsOptions,
  { spec, session, processNonce }: { spec: AgentSpec; session: Omit<RequestedSession, "resume">; processNonce: string },
): Promise<AcpOpening> {
  const { sessionId, conversationId = sessionId, hasConversed = false } = session;
  const role = options.roleOf(spec.role);
  if (!role && options.isRoleUnreadable?.(spec.role)) throw unreadable(spec);
  if (!role) throw refused(spec, options.whyNoRole?.(spec.role) ?? `there is no role ${spec.role}`);
  const why = options.whyNotEnforced?.(role);
  if (why !== undefined) throw refused(spec, why);
  const ref = { roomId: spec.roomId, name: spec.name };
  const [token, socketDir, filesDir] = await Promise.all([
    options.tokenOf(ref),
    options.socketDirOf(ref),
    options.filesDirOf(ref),
  ]);
  const known = await readSessionRecord(filesDir, conversationId);
  const found = { spec, sessionId, conversationId, isExpected: hasConversed, role };
  return { ...found, token, socketDir, filesDir, known, processNonce };
}

/** Id of the sandbox, and of its home, of one agent's session. */
export function acpSandboxId(
  { spec: { roomId, name }, sessionId }: Pick<AcpOpening, "spec" | "sessionId">,
  sha256: (text: string) => string,
): string {
  return `${name}_${sha256(JSON.stringify([roomId, name, sessionId])).slice(0, 20)}`;
}

/** The sandbox of the agent's process. `waits`: until its work folder is ready. */
export function acpSandboxSpec(
  opening: AcpOpening,
  options: AcpAgentsOptions,
  { waits }: { waits: boolean },
): SandboxSpec {
  const { spec, sessionId, token, socketDir, filesDir, processNonce, role } = opening;
  const { program, limits, sha256 } = options;
  const { instructionsFile, image } = program;
  const model = spec.model ?? program.defaultModel ?? "";
  const filled = (text: string) => text.replaceAll("{token}", token).replaceAll("{model}", model);
  const withToken = (values: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, filled(value)]));
  const instructions = instructionsFile ? { [instructionsFile]: options.instructionsOf(spec, role) } : {};
  return {
    id: acpSandboxId(opening, sha256),
    labels: { room: spec.roomId, agent: spec.name, session: sessionId, process: processNonce },
    command: launchCommand({
      command: program.command,
      homeFiles: { ...withToken(program.homeFiles), ...instructions },
      waitsFor: waits ? workReadyFile : undefined,
    }),
    env: { ...withToken(program.env), ...options.envOf?.(spec) },
    limits,
    socketDir,
    readOnlyDir: filesDir,
    ...(image !== undefined && { image }),
    ...(!mayWrite(role) && { readOnlyWork: true }),
  };
}

function unreadable({ name, role }: AgentSpec): PortError {
  const text = `The role ${role} of @${name} cannot be read now.`;
  const outage = `The folder of roles cannot be read, and ${name} needs its role ${role}`;
  return new PortError(text, { code: "unavailable", retryable: true, outage });
}

function refused({ name }: AgentSpec, cause: string): PortError {
  const text = `@${name} was not started: ${cause}. What was written to it stays in the room: correct that and write again, or add an agent with another role.`;
  return new PortError(text, { code: "refused", retryable: false });
}
