import type { Agent, AgentInput } from "../../ports/agents.js";
import { PortError } from "../../ports/port-error.js";
import { failureOf } from "./outage.js";
import type { Outage } from "./outages.js";
import type { AgentSession } from "./session.js";

export interface HandOver {
  session: AgentSession;
  outage: Outage;
  /** First inputs of the turn, in order, as they are now. */
  inputs: () => Promise<AgentInput[]>;
  /** False once the turn has ended here; nothing more is delivered then. */
  isOpen: () => boolean;
  /** Called before every attempt and when the session is open. */
  onProgress: () => void;
  /** Tells the room that the agent's conversation is gone. Called before the inputs that tell the agent. */
  onConversationLost: () => Promise<void>;
  /** True if the log has ended the turn, so the agent must not start it. */
  isStopped: () => boolean;
}

/**
 * Delivers a turn's first messages to its agent, opening the session if needed. During an outage it backs off and retries while the turn is
 * open; `send` is idempotent, so nothing is delivered twice. Rejects if the agent is refused or has died, or if the turn was stopped.
 */
export async function handOver(options: HandOver): Promise<"handed over" | "nothing to do" | "not open"> {
  const { outage, isOpen } = options;
  for (;;) {
    await outage.passed();
    if (!isOpen()) return "not open";
    options.onProgress();
    try {
      await options.session.applySettings();
      // A session that ended while idle is dropped; this does not count as a death in this turn.
      return (await tryOnce(options)) ?? (await tryOnce(options, { isLastTry: true })) ?? "not open";
    } catch (error) {
      if (!isOpen()) return "not open";
      if (failureOf(error) !== "outage" || options.isStopped()) throw error;
      outage.failed(error);
    }
  }
}

/** Undefined if the session turned out to be closed and was dropped. */
async function tryOnce(options: HandOver, { isLastTry = false } = {}) {
  const { session, isOpen } = options;
  const agent: Agent = await session.open();
  if (session.takeLoss()) await options.onConversationLost();
  const inputs = await options.inputs();
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
