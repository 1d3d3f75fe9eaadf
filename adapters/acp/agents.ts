import type { Agent, AgentSpec, Agents, RequestedSession } from "../../src/ports/agents.js";
import { PortError } from "../../src/ports/port-error.js";
import type { Sandbox } from "../../src/ports/sandboxes.js";
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
import { type AcpAgentOptions, openAcpAgent } from "./acp-agent.js";
import { type AcpOpening, acpSandboxId, acpSandboxSpec, prepareAcpOpening } from "./acp-opening.js";
import { type AcpProcess, startAcpProcess } from "./acp-process.js";
import { type AcpAgentsOptions, type AcpWork, isStartedWithModel } from "./options.js";
import { mayWrite } from "./permission.js";
import { removeSessionRecord, writeSessionRecord } from "./session-record.js";

const defaultStartTimeoutMs = 60_000;
const defaultCancelGraceMs = 15_000;

/**
 * Agents that speak the Agent Client Protocol v1 (agentclientprotocol.com), one process an agent in its own sandbox, over the pipes of the sandbox's main process. A
 * session goes on where the agent can resume or load it. A process that outlived its router in the middle of a turn is taken over where its log still tells what it read.
 */
export function createAcpAgents(options: AcpAgentsOptions): Agents {
  const { sandboxes, clock, logger, sha256, program } = options;
  const finished = createFinishedInputs();
  const newPace = createOutputPace({ clock });
  let agents = noAgents;

  function prepare(spec: AgentSpec, session: Omit<RequestedSession, "resume">): Promise<AcpOpening> {
    const named = processNamed(agents, clock.nowMs());
    agents = named.state;
    return prepareAcpOpening(options, { spec, session, processNonce: named.processNonce });
  }

  async function takeOver(
    spec: AgentSpec,
    { sinceMs, ...session }: Omit<RequestedSession, "resume"> & { sinceMs: number },
  ): Promise<Agent | undefined> {
    const id = acpSandboxId({ spec, sessionId: session.sessionId }, sha256);
    const found = heldAgent(agents, id) ? undefined : (await sandboxes.list()).find((one) => one.id === id);
    const processNonce = found?.labels.process;
    if (!found || found.state === "exited" || processNonce === undefined) return undefined;
    const opening = { ...(await prepare(spec, session)), processNonce, runningSinceMs: sinceMs };
    // Without it nobody can tell what the process was asked; the turn is handed over again.
    if (!opening.known?.answersUnknown) return undefined;
    try {
      return await begin(opening);
    } catch (error) {
      logger.warn({ roomId: spec.roomId, agent: spec.name, error }, "an agent's process could not be taken over");
      return undefined;
    }
  }

  async function open(spec: AgentSpec, session: RequestedSession): Promise<Agent> {
    const opening = await prepare(spec, session);
    const id = acpSandboxId(opening, sha256);
    await heldAgent(agents, id)?.close({ graceful: false });
    await sandboxes.remove(id, { volumes: false });
    return begin(opening);
  }

  async function begin(opening: AcpOpening): Promise<Agent> {
    const { spec, conversationId, processNonce } = opening;
    const ref = { id: acpSandboxId(opening, sha256), processNonce };
    let process: AcpProcess | undefined;
    agents = processBegun(agents, ref);
    try {
      const agent = await openAcpAgent({
        ...agentOptionsOf(opening, options, { pace: newPace(), onSpawned: (spawned) => (process = spawned) }),
        finished: finished.of(conversationId),
        onGone: (how) => gone(ref, { conversationId, ...how }),
      });
      agents = agentOpened(agents, ref, agent);
      return agent;
    } catch (error) {
      agents = processGone(agents, ref);
      if (error instanceof PortError || !process) throw error;
      const how = { end: await process.ended, complaints: process.complaints(), memoryMb: options.limits.memoryMb };
      throw deathOf(spec.name, { program: program.title, ...how });
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
    ...(program.choices && { choices: program.choices }),
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

/** A work folder that the agent may only read is prepared before, in a sandbox in which no agent runs. */
async function startSandbox(
  opening: AcpOpening,
  options: AcpAgentsOptions,
  work: AcpWork | undefined,
): Promise<Sandbox> {
  const { sandboxes } = options;
  const spec = acpSandboxSpec(opening, options, { waits: work !== undefined });
  if (!work || !spec.readOnlyWork || opening.runningSinceMs !== undefined) {
    const sandbox = await sandboxes.start(spec);
    await work?.prepare(sandbox);
    return sandbox;
  }
  await work.prepare(await sandboxes.start({ ...spec, readOnlyWork: false, command: ["sleep", "infinity"] }));
  await sandboxes.remove(spec.id, { volumes: false });
  return sandboxes.start(acpSandboxSpec(opening, options, { waits: false }));
}

/** How the agent of an opening runs. `onSpawned` is called with its process as soon as that starts. */
function agentOptionsOf(
  opening: AcpOpening,
  options: AcpAgentsOptions,
  { pace, onSpawned }: { pace: Pace; onSpawned: (process: AcpProcess) => void },
): Omit<AcpAgentOptions, "finished" | "onGone"> {
  const { spec, role, token, filesDir, conversationId, runningSinceMs, processNonce } = opening;
  const { program, clock, sha256 } = options;
  const { modeFor } = program;
  const mode = spec.mode ?? (mayWrite(role) ? modeFor?.writing : modeFor?.readOnly);
  const work = options.workOf?.(spec, role);
  const instructions = options.instructionsOf(spec, role);
  const isTakenOver = runningSinceMs !== undefined;
  const hasPreamble = program.instructionsFile === undefined && opening.known === undefined && !isTakenOver;
  return {
    ...options,
    spec,
    role,
    isTakenOver,
    processNonce,
    life: sha256(`${clock.nowMs()}/${processNonce}/${runningSinceMs ?? "new"}`).slice(0, 12),
    known: opening.known,
    isExpected: opening.isExpected,
    settings: {
      ...(spec.model !== undefined && !isStartedWithModel(program) && { model: spec.model }),
      ...(spec.effort !== undefined && { effort: spec.effort }),
      ...(mode !== undefined && { mode }),
    },
    spawn(listeners) {
      const start = () => startSandbox(opening, options, work);
      const process = startAcpProcess({ start, runningSinceMs, secrets: [token], pace, ...listeners, clock });
      options.watchHeld?.(acpSandboxId(opening, sha256), process.tellHeld);
      onSpawned(process);
      return process;
    },
    preamble: hasPreamble ? instructions : undefined,
    memoryMb: options.limits.memoryMb,
    startTimeoutMs: options.startTimeoutMs ?? defaultStartTimeoutMs,
    cancelGraceMs: options.cancelGraceMs ?? defaultCancelGraceMs,
    idlePauseMs: options.idlePauseMs,
    work: work && !mayWrite(role) ? { ...work, hasNews: () => false } : work,
    isOutdated: () => {
      const now = options.roleOf(spec.role);
      return now !== undefined && JSON.stringify(now) !== JSON.stringify(role);
    },
    async keep(record) {
      if (opening.known && opening.known.sessionId !== record.sessionId)
        await removeSessionRecord(filesDir, conversationId);
      await writeSessionRecord(filesDir, { conversationId, record });
    },
  };
}
