import type { Agent, AgentInput } from "../../ports/agents.js";
import { PortError } from "../../ports/port-error.js";
import { failureOf, type Outage } from "./outage.js";
import type { AgentSession } from "./session.js";

export interface HandOver {
  session: AgentSession;
  outage: Outage;
  /** What the turn begins with, in order. */
  inputs: () => Promise<AgentInput[]>;
  /** False: the turn is over here, and nothing of it is handed over any more. */
  isOpen: () => boolean;
  /** Called before every try, and when the session is open. */
  onProgress: () => void;
  /** True: the log has ended the turn; the agent is not to begin with it. */
  isStopped: () => boolean;
}

/**
 * Hands a turn's first messages to its agent; opens the session if need be. While something outside the agent does not work it waits and tries again, as
 * long as the turn is open: `send` is idempotent, so nothing is delivered twice. Rejects where the agent is refused or has died, and where the turn was stopped meanwhile.
 */
export async function handOver(options: HandOver): Promise<"handed over" | "nothing to do" | "not open"> {
  const { outage, isOpen } = options;
  for (;;) {
    await outage.passed();
    if (!isOpen()) return "not open";
    options.onProgress();
    try {
      const inputs = await options.inputs();
      // A session that had ended while nobody spoke to it is forgotten; that is no death in this turn.
      return (await tryOnce(options, inputs)) ?? (await tryOnce(options, inputs, { isLastTry: true })) ?? "not open";
    } catch (error) {
      if (!isOpen()) return "not open";
      if (failureOf(error) !== "outage" || options.isStopped()) throw error;
      outage.failed(error);
    }
  }
}

/** Undefined: the session was found closed, and is forgotten. */
async function tryOnce(options: HandOver, inputs: readonly AgentInput[], { isLastTry = false } = {}) {
  const { session, isOpen } = options;
  const agent: Agent = await session.open();
  if (!isOpen()) return "not open";
  options.onProgress();
  if (inputs.length === 0 || options.isStopped()) return "nothing to do";
  try {
    for (const input of inputs) await agent.send(input);
    return "handed over";
  } catch (error) {
    const isClosed = error instanceof PortError && error.code === "closed";
    if (!isClosed || isLastTry) throw error;
    if (agent === session.current) session.letGo();
    return undefined;
  }
}
