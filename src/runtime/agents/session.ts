import type { Agent, Output } from "../../ports/agents.js";
import type { SessionToOpen } from "./runner.js";

/** The agent's session in this process, opened on demand. */
export interface AgentSession {
  /** The open or opening session. A failure is not kept, so the next call retries. */
  open(): Promise<Agent>;
  /** Attaches to the process started by an earlier instance of this node; undefined if none runs. */
  takeOver(sinceMs: number): Promise<Agent | undefined>;
  /** Drops the session and ignores its further output. Returns it for closing. */
  letGo(): Promise<Agent> | undefined;
  /** The session whose output is accepted. */
  readonly current: Agent | undefined;
  readonly held: Promise<Agent> | undefined;
  /** Maximum idle time of an open session. */
  readonly idleStopMs: number;
}

/** A session that opens on demand and ends after being idle. */
export function createAgentSession(options: {
  openSpec: () => Promise<SessionToOpen>;
  onOpened: (session: { sessionId: string; resumed: boolean }) => void;
  onOutput: (output: Output) => Promise<void>;
  onDeath: (error: unknown) => Promise<void>;
}): AgentSession {
  let held: Promise<Agent> | undefined;
  let current: Agent | undefined;
  let idleStopMs = Number.POSITIVE_INFINITY;

  function hold(opening: Promise<Agent>): Promise<Agent> {
    const holding = opening.catch((error: unknown) => {
      if (held === holding) held = undefined;
      throw error;
    });
    held = holding;
    return holding;
  }

  async function openNew(): Promise<Agent> {
    const { spec, agents, sessionId, resume, ...idle } = await options.openSpec();
    idleStopMs = idle.idleStopMs ?? Number.POSITIVE_INFINITY;
    const agent = await agents.open(spec, { sessionId, resume });
    options.onOpened({ sessionId, resumed: resume });
    return listenTo(agent);
  }

  async function takeRunning(sinceMs: number): Promise<Agent> {
    const { spec, agents, sessionId, ...idle } = await options.openSpec();
    idleStopMs = idle.idleStopMs ?? Number.POSITIVE_INFINITY;
    const agent = await agents.takeOver?.(spec, { sessionId, sinceMs });
    if (!agent) throw new NothingRuns();
    return listenTo(agent);
  }

  function listenTo(agent: Agent): Agent {
    current = agent;
    void pump(agent);
    return agent;
  }

  async function pump(agent: Agent): Promise<void> {
    try {
      for await (const output of agent.outputs) if (agent === current) await options.onOutput(output);
    } catch (error) {
      if (agent !== current) return;
      letGo();
      await options.onDeath(error);
    }
  }

  function letGo(): Promise<Agent> | undefined {
    const before = held;
    held = undefined;
    current = undefined;
    return before;
  }

  return {
    open: () => held ?? hold(openNew()),
    takeOver: (sinceMs) =>
      hold(takeRunning(sinceMs)).catch((error: unknown) => {
        if (error instanceof NothingRuns) return undefined;
        throw error;
      }),
    letGo,
    get current() {
      return current;
    },
    get held() {
      return held;
    },
    get idleStopMs() {
      return idleStopMs;
    },
  };
}

class NothingRuns extends Error {}
