import type { Agent, AgentSpec, Agents, RequestedSession } from "../../src/ports/agents.js";
import { PortError } from "../../src/ports/port-error.js";
import type { SandboxSpec } from "../../src/ports/sandboxes.js";
import { openClaudeAgent } from "./agent.js";
import { efforts, modes } from "./choices.js";
import { type ClaudeProcess, deathOf, spawnInSandbox } from "./claude-process.js";
import { createFinishedInputs } from "./finished-inputs.js";
import type { AgentRef, ClaudeCodeAgentsOptions, ClaudeCodeRole } from "./options.js";
import { queryOptionsOf } from "./query-options.js";
import { isUnreadable, saysChanged, saysLost, sessionCommand } from "./session-command.js";
import { createRepositorySetups, type RepositorySetups } from "./setup/setups.js";
import { instructionsOf } from "./system-prompt.js";
import {
  createWorkFolder,
  readyFile,
  repositoryToPut,
  type WorkFolder,
  type WorkFolderOptions,
} from "./work-folder.js";

interface Opening {
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

const defaultStartTimeoutMs = 60_000;

/**
 * Claude Code, one warm process per agent in its own sandbox, driven over the Claude Agent SDK. A session lives in the sandbox's home folder and
 * continues there whenever its transcript exists, whatever `resume` says. Processes in the sandbox are ended when an agent is opened; a process that
 * outlived its router in the middle of a turn is taken over instead.
 */
export function createClaudeCodeAgents(options: ClaudeCodeAgentsOptions): Agents {
  const { sandboxes, clock, logger, sha256 } = options;
  const held = new Map<string, Agent>();
  const finished = createFinishedInputs();
  const setups = createRepositorySetups(options);
  let opened = 0;

  async function prepare(
    spec: AgentSpec,
    { sessionId, conversationId = sessionId, hasConversed = false }: Omit<RequestedSession, "resume">,
  ): Promise<Opening> {
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
    const processNonce = `${clock.nowMs()}-${opened++}`;
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

  /** Takes over the process that another router started, unless its sandbox has to be rebuilt. */
  async function takeOver(
    spec: AgentSpec,
    { sinceMs, ...session }: Omit<RequestedSession, "resume"> & { sinceMs: number },
  ): Promise<Agent | undefined> {
    const { sessionId } = session;
    const id = sandboxIdOf({ roomId: spec.roomId, name: spec.name, sessionId }, sha256);
    const found = held.has(id) ? undefined : (await sandboxes.list()).find((one) => one.id === id);
    const processNonce = found?.labels.process;
    if (found?.state === "exited" || processNonce === undefined) return undefined;
    const startedStamp = found?.labels.setup ?? "";
    const opening = { ...(await prepare(spec, session)), processNonce, startedStamp, runningSinceMs: sinceMs };
    try {
      return await begin(opening, false);
    } catch (error) {
      logger.warn({ roomId: spec.roomId, agent: spec.name, error }, "an agent's process could not be taken over");
      return undefined;
    }
  }

  async function open(spec: AgentSpec, session: RequestedSession): Promise<Agent> {
    const { sessionId } = session;
    const opening = await prepare(spec, session);
    const ref = { roomId: spec.roomId, name: spec.name };
    const id = idOf(opening);
    await held.get(id)?.close({ graceful: false });
    await sandboxes.remove(id, { volumes: false });
    try {
      return await begin(opening, false);
    } catch (error) {
      if (!(error instanceof UnreadableSession)) throw error;
      logger.warn({ ...ref, sessionId }, "an agent's conversation could not be read; it is put aside and begun anew");
      return await begin(opening, true);
    }
  }

  async function begin(opening: Opening, isFresh: boolean): Promise<Agent> {
    const { spec, conversationId, role, token, filesDir, processNonce, runningSinceMs, ofRepository } = opening;
    const { setup, plugin: setupPlugin } = ofRepository;
    const readableDir = filesDir && (options.filesAt ?? filesDir);
    const id = idOf(opening);
    const work = workFolderOf(opening);
    let process: ClaudeProcess | undefined;
    try {
      const agent = await openClaudeAgent({
        spec,
        isTakenOver: runningSinceMs !== undefined,
        query: queryOptionsOf({ spec, role, token, readableDir, setup, setupPlugin, settings: options }),
        spawn: (args, env) => {
          const start = async () => {
            const sandbox = await sandboxes.start(
              sandboxSpecOf(opening, { args, env, isFresh, waits: work !== undefined }),
            );
            await work?.prepare(sandbox);
            return sandbox;
          };
          process = spawnInSandbox({ start, runningSinceMs, secrets: [token], clock });
          return process;
        },
        // Another process uses other ids: Claude Code drops ids it has seen, even if it was cut off before it answered.
        uuidOf: (inputIds) => uuidFrom(sha256(JSON.stringify([conversationId, processNonce, inputIds]))),
        finished: finished.of(conversationId),
        // A rule without a pattern is the name of a tool.
        neverAsk: new Set(role.tools.autoAllow),
        memoryMb: options.limits.memoryMb,
        reportsUsage: options.reportsUsage ?? true,
        idlePauseMs: options.idlePauseMs,
        work,
        isOutdated: () =>
          isAnotherRole(options.roleOf(spec.role), role) || hasOtherSkills(opening) || hasOtherSetup(opening),
        newInstructions: () =>
          saysChanged(process?.complaints() ?? "") ? instructionsOf(spec, role, setup) : undefined,
        hasLostConversation: () => isFresh || (runningSinceMs === undefined && saysLost(process?.complaints() ?? "")),
        startTimeoutMs: options.startTimeoutMs ?? defaultStartTimeoutMs,
        onGone: (how) => gone(id, { conversationId, ...how }),
        clock,
        logger,
      });
      held.set(id, agent);
      return agent;
    } catch (error) {
      throw await whyNot(error, { process, name: spec.name });
    }
  }

  async function gone(
    id: string,
    how: { conversationId: string; isGraceful: boolean; isLetGo: boolean },
  ): Promise<void> {
    // After a forced stop some output may be missing, so inputs that are sent again must be answered again.
    if (!how.isGraceful) finished.forget(how.conversationId);
    held.delete(id);
    if (how.isLetGo) return;
    await sandboxes.remove(id, { volumes: false }).catch((error: unknown) => {
      logger.warn({ sandbox: id, error }, "a sandbox that ended could not be removed");
    });
  }

  async function whyNot(error: unknown, { process, name }: { process: ClaudeProcess | undefined; name: string }) {
    const complaints = process?.complaints() ?? "";
    if (isUnreadable(complaints)) return new UnreadableSession();
    if (error instanceof PortError || !process) return error;
    return deathOf(name, { end: await process.ended, complaints, memoryMb: options.limits.memoryMb });
  }

  function hasOtherSkills({ role, skillsStamp }: Opening): boolean {
    return role.tools.allow.includes("Skill") && options.skillsStamp?.() !== skillsStamp;
  }

  /** Its process was started by a router that knew another decision; later decisions come with the spec. */
  function hasOtherSetup({ ofRepository, startedStamp }: Opening): boolean {
    return startedStamp !== undefined && startedStamp !== stampOf(ofRepository.setup);
  }

  function stampOf({ stamp }: { stamp: string }): string {
    return stamp === "" ? "" : sha256(stamp);
  }

  function workFolderOf({ spec, role }: Opening): WorkFolder | undefined {
    const repository = repositoryToPut(spec, options.repositoriesAt);
    const readSetup: WorkFolderOptions["readSetup"] = (run) => setups.look(spec, run);
    return repository && createWorkFolder({ spec, repository, role, readSetup, clock, logger });
  }

  function idOf({ spec: { roomId, name }, sessionId }: Opening): string {
    return sandboxIdOf({ roomId, name, sessionId }, sha256);
  }

  function sandboxSpecOf(
    opening: Opening,
    how: { args: readonly string[]; env: Record<string, string | undefined>; isFresh: boolean; waits: boolean },
  ): SandboxSpec {
    const { spec, sessionId, conversationId, hasConversed, socketDir, filesDir, processNonce } = opening;
    const { args, env, isFresh, waits } = how;
    const { command = ["claude"], limits } = options;
    return {
      id: idOf(opening),
      labels: {
        room: spec.roomId,
        agent: spec.name,
        session: sessionId,
        process: processNonce,
        setup: stampOf(opening.ofRepository.setup),
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
      env: Object.fromEntries(
        Object.entries(env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
      ),
      limits,
      socketDir,
      ...(filesDir !== undefined && { readOnlyDir: filesDir }),
    };
  }

  return {
    choices: { efforts, modes },
    open,
    takeOver,
    async list() {
      const all = await sandboxes.list();
      return all.flatMap(({ id, labels: { room, agent, session }, state }) => {
        const isOurs = room !== undefined && agent !== undefined && session !== undefined && !held.has(id);
        return isOurs ? [{ roomId: room, name: agent, sessionId: session, running: state !== "exited" }] : [];
      });
    },
    check: () => sandboxes.check(),
  };
}

/** Its transcript is there and holds no conversation. */
class UnreadableSession extends Error {}

/** What a role's file says, in full; one that cannot be had now is no other one. */
function isAnotherRole(now: ClaudeCodeRole | undefined, opened: ClaudeCodeRole): boolean {
  return now !== undefined && JSON.stringify(now) !== JSON.stringify(opened);
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

/** Id of the sandbox, and of its home, of one agent's session. An agent that comes back to a room begins with an empty home. */
export function sandboxIdOf(
  { roomId, name, sessionId }: AgentRef & { sessionId: string },
  sha256: (text: string) => string,
): string {
  return `${name}_${sha256(JSON.stringify([roomId, name, sessionId])).slice(0, 20)}`;
}

/** Shaped as a UUID version 5. */
function uuidFrom(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
