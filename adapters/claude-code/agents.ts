import type { Agent, AgentSpec, Agents, RequestedSession } from "../../src/ports/agents.js";
import { PortError } from "../../src/ports/port-error.js";
import { createFinishedInputs } from "../kit/finished-inputs.js";
import {
  agentOpened,
  heldAgent,
  noAgents,
  type ProcessRef,
  processBegun,
  processGone,
  processNamed,
} from "../kit/held-agents.js";
import { createOutputPace, type Pace } from "../kit/output-pace.js";
import { deathOf } from "../kit/process-end.js";
import { type ClaudeAgentOptions, openClaudeAgent } from "./agent.js";
import { efforts, modes } from "./choices.js";
import { type ClaudeProcess, spawnInSandbox } from "./claude-process.js";
import { idOfOpening, isOutdated, type Opening, prepareOpening, promptIdIn, sandboxSpecOf } from "./opening.js";
import type { ClaudeCodeAgentsOptions } from "./options.js";
import { queryOptionsOf } from "./query-options.js";
import { isUnreadable, saysChanged, saysLost } from "./session-command.js";
import { createRepositorySetups, type RepositorySetups } from "./setup/setups.js";
import { instructionsOf } from "./system-prompt.js";
import { createWorkFolder, repositoryToPut, type WorkFolder, type WorkFolderOptions } from "./work-folder.js";

const defaultStartTimeoutMs = 60_000;

/**
 * Claude Code, one warm process per agent in its own sandbox, driven over the Claude Agent SDK. A session lives in the sandbox's home folder and
 * continues there whenever its transcript exists, whatever `resume` says. Processes in the sandbox are ended when an agent is opened; a process that
 * outlived its router in the middle of a turn is taken over instead.
 */
export function createClaudeCodeAgents(options: ClaudeCodeAgentsOptions): Agents {
  const { sandboxes, clock, logger, sha256 } = options;
  const finished = createFinishedInputs();
  const setups = createRepositorySetups(options);
  const newPace = createOutputPace({ clock });
  let agents = noAgents;

  function prepare(spec: AgentSpec, session: Omit<RequestedSession, "resume">): Promise<Opening> {
    const named = processNamed(agents, clock.nowMs());
    agents = named.state;
    return prepareOpening(options, { spec, session, processNonce: named.processNonce, setups });
  }

  /** Takes over the process that another router started, unless its sandbox has to be rebuilt. */
  async function takeOver(
    spec: AgentSpec,
    { sinceMs, ...session }: Omit<RequestedSession, "resume"> & { sinceMs: number },
  ): Promise<Agent | undefined> {
    const id = idOfOpening({ spec, sessionId: session.sessionId }, sha256);
    const found = heldAgent(agents, id) ? undefined : (await sandboxes.list()).find((one) => one.id === id);
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
    const id = idOfOpening(opening, sha256);
    await heldAgent(agents, id)?.close({ graceful: false });
    await sandboxes.remove(id, { volumes: false });
    try {
      return await begin(opening, false);
    } catch (error) {
      if (!(error instanceof UnreadableSession)) throw error;
      logger.warn(
        { ...ref, sessionId },
        "an agent's conversation could not be read; it is put aside and a new one begins",
      );
      return await begin(opening, true);
    }
  }

  async function begin(opening: Opening, isFresh: boolean): Promise<Agent> {
    const { spec, conversationId, processNonce } = opening;
    const ref = { id: idOfOpening(opening, sha256), processNonce };
    let process: ClaudeProcess | undefined;
    agents = processBegun(agents, ref);
    try {
      const agent = await openClaudeAgent({
        ...agentOptionsOf(opening, options, {
          isFresh,
          setups,
          pace: newPace(),
          onSpawned: (spawned) => (process = spawned),
        }),
        finished: finished.of(conversationId),
        onGone: (how) => gone(ref, { conversationId, ...how }),
      });
      agents = agentOpened(agents, ref, agent);
      return agent;
    } catch (error) {
      agents = processGone(agents, ref);
      throw await whyNotOpened(error, { process, name: spec.name, memoryMb: options.limits.memoryMb });
    }
  }

  async function gone(
    ref: ProcessRef,
    how: { conversationId: string; isGraceful: boolean; isLetGo: boolean },
  ): Promise<void> {
    // After a forced stop some output may be missing, so inputs that are sent again must be answered again.
    if (!how.isGraceful) finished.forget(how.conversationId);
    agents = processGone(agents, ref);
    if (how.isLetGo) return;
    await sandboxes.remove(ref.id, { volumes: false }).catch((error: unknown) => {
      logger.warn({ sandbox: ref.id, error }, "a sandbox that ended could not be removed");
    });
  }

  return {
    choices: { efforts, modes },
    open,
    takeOver,
    async list() {
      const all = await sandboxes.list();
      return all.flatMap(({ id, labels: { room, agent, session }, state }) => {
        const isOurs = room !== undefined && agent !== undefined && session !== undefined && !heldAgent(agents, id);
        return isOurs ? [{ roomId: room, name: agent, sessionId: session, running: state !== "exited" }] : [];
      });
    },
    check: () => sandboxes.check(),
  };
}

/** How the agent of an opening runs. `onSpawned` is called with its process as soon as that starts. */
function agentOptionsOf(
  opening: Opening,
  options: ClaudeCodeAgentsOptions,
  how: {
    isFresh: boolean;
    setups: Pick<RepositorySetups, "look">;
    pace: Pace;
    onSpawned: (process: ClaudeProcess) => void;
  },
): Omit<ClaudeAgentOptions, "finished" | "onGone"> {
  const { isFresh, setups, pace, onSpawned } = how;
  const { spec, role, token, filesDir, runningSinceMs, ofRepository } = opening;
  const { setup, plugin: setupPlugin } = ofRepository;
  const { sandboxes, clock, logger, sha256 } = options;
  const readableDir = filesDir && (options.filesAt ?? filesDir);
  const work = workFolderOf(opening, options, setups);
  let process: ClaudeProcess | undefined;
  const complaints = () => process?.complaints() ?? "";
  return {
    spec,
    isTakenOver: runningSinceMs !== undefined,
    sdk: options.sdk,
    query: queryOptionsOf({ spec, role, token, readableDir, setup, setupPlugin, settings: options }),
    spawn: (args, env) => {
      const start = async () => {
        const waits = work !== undefined;
        const sandbox = await sandboxes.start(sandboxSpecOf(opening, { args, env, isFresh, waits }, options));
        await work?.prepare(sandbox);
        return sandbox;
      };
      process = spawnInSandbox({ start, runningSinceMs, secrets: [token], pace, clock });
      options.watchHeld?.(idOfOpening(opening, sha256), process.tellHeld);
      onSpawned(process);
      return process;
    },
    uuidOf: (inputIds) => promptIdIn(opening, inputIds, sha256),
    // A rule without a pattern is the name of a tool.
    neverAsk: new Set(role.tools.autoAllow),
    memoryMb: options.limits.memoryMb,
    reportsUsage: options.reportsUsage ?? true,
    idlePauseMs: options.idlePauseMs,
    work,
    isOutdated: () => isOutdated(opening, options),
    newInstructions: () => (saysChanged(complaints()) ? instructionsOf(spec, role, setup) : undefined),
    hasLostConversation: () => isFresh || (runningSinceMs === undefined && saysLost(complaints())),
    startTimeoutMs: options.startTimeoutMs ?? defaultStartTimeoutMs,
    clock,
    logger,
  };
}

/** The folder with the room's repository, if it has one that can be reached. */
function workFolderOf(
  { spec, role }: Opening,
  options: ClaudeCodeAgentsOptions,
  setups: Pick<RepositorySetups, "look">,
): WorkFolder | undefined {
  const { repositoriesAt, clock, logger } = options;
  const repository = repositoryToPut(spec, repositoriesAt);
  const readSetup: WorkFolderOptions["readSetup"] = (run) => setups.look(spec, run);
  return repository && createWorkFolder({ spec, repository, role, readSetup, clock, logger });
}

/** Its transcript is there and holds no conversation. */
class UnreadableSession extends Error {}

/** The error of an agent that could not be opened, as far as its process tells more of it. */
async function whyNotOpened(
  error: unknown,
  { process, name, memoryMb }: { process: ClaudeProcess | undefined; name: string; memoryMb: number },
): Promise<unknown> {
  const complaints = process?.complaints() ?? "";
  if (isUnreadable(complaints)) return new UnreadableSession();
  if (error instanceof PortError || !process) return error;
  return deathOf(name, { program: "Claude Code", end: await process.ended, complaints, memoryMb });
}
