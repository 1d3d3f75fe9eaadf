import type { Agent } from "../../src/ports/agents.js";

/** The processes of this router's agents, by the id of their sandbox. A value: every transition gives a new one. */
export interface HeldAgents {
  /** Processes that were named so far. */
  readonly named: number;
  readonly processes: ReadonlyMap<string, HeldProcess>;
}

/** `agent` is there from when it answered. */
export interface HeldProcess {
  readonly processNonce: string;
  readonly agent?: Agent;
}

/** An agent's process: its sandbox, and what tells it from others in the same sandbox's place. */
export interface ProcessRef {
  id: string;
  processNonce: string;
}

/** No agent has a process. */
export const noAgents: HeldAgents = { named: 0, processes: new Map() };

/** A process gets a name that no other one has, also none of an earlier router. */
export function processNamed(state: HeldAgents, nowMs: number): { state: HeldAgents; processNonce: string } {
  return { state: { ...state, named: state.named + 1 }, processNonce: `${nowMs}-${state.named}` };
}

/** A process starts, or is taken over. */
export function processBegun(state: HeldAgents, { id, processNonce }: ProcessRef): HeldAgents {
  return { ...state, processes: new Map([...state.processes, [id, { processNonce }]]) };
}

/** The agent answers in the process. One that ended meanwhile stays gone. */
export function agentOpened(state: HeldAgents, { id, processNonce }: ProcessRef, agent: Agent): HeldAgents {
  if (state.processes.get(id)?.processNonce !== processNonce) return state;
  return { ...state, processes: new Map([...state.processes, [id, { processNonce, agent }]]) };
}

/** The process ended, could not start, or was let go. That changes nothing of another one in its place. */
export function processGone(state: HeldAgents, { id, processNonce }: ProcessRef): HeldAgents {
  if (state.processes.get(id)?.processNonce !== processNonce) return state;
  return { ...state, processes: new Map([...state.processes].filter(([other]) => other !== id)) };
}

/** The agent that runs in this sandbox, once it answered there. */
export function heldAgent(state: HeldAgents, id: string): Agent | undefined {
  return state.processes.get(id)?.agent;
}
