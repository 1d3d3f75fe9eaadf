import type { Agent, AgentSettings, Output, SettingHolds } from "../../ports/agents.js";
import { boundOutput } from "./bounded-output.js";
import type { SessionToOpen } from "./runner.js";

/** The agent's session in this process, opened on demand. */
export interface AgentSession {
  /** The open or opening session. A failure is not kept, so the next call retries. */
  open(): Promise<Agent>;
  /**
   * Brings an open session to the agent's settings as they are now: in place where its runtime can, otherwise by closing it, so that the next
   * `open` has them. Rejects with a `PortError` (`refused`) if the runtime does not take a value.
   */
  applySettings(): Promise<void>;
  /** Attaches to the process started by an earlier instance of this node; undefined if none runs. */
  takeOver(sinceMs: number): Promise<Agent | undefined>;
  /** Drops the session and ignores its further output. Returns it for closing. */
  letGo(): Promise<Agent> | undefined;
  /** The session whose output is accepted. */
  readonly current: Agent | undefined;
  readonly held: Promise<Agent> | undefined;
  /** Whether the open session lost its conversation and nobody has been told. The one who asks tells. */
  takeLoss(): boolean;
  /** Provider and model of the session opened last; empty before the first. */
  readonly provider: string;
  /** Maximum idle time of an open session. */
  readonly idleStopMs: number;
}

/** A session that opens on demand and ends after being idle. */
export function createAgentSession(options: {
  openSpec: () => Promise<SessionToOpen>;
  onOpened: (session: { sessionId: string; resumed: boolean }) => void;
  /** Every text in it is bounded (see `boundOutput`). */
  onOutput: (output: Output) => Promise<void>;
  onDeath: (error: unknown) => Promise<void>;
}): AgentSession {
  let held: Promise<Agent> | undefined;
  let current: Agent | undefined;
  /** What the current session runs with now. */
  let running: RunningSettings | undefined;
  let hasLostConversation = false;
  let idleStopMs = Number.POSITIVE_INFINITY;
  let provider = "";

  function hold(opening: Promise<Agent>): Promise<Agent> {
    const holding = opening.catch((error: unknown) => {
      if (held === holding) held = undefined;
      throw error;
    });
    held = holding;
    return holding;
  }

  function noteOpening(opening: SessionToOpen): void {
    idleStopMs = opening.idleStopMs ?? Number.POSITIVE_INFINITY;
    provider = opening.provider;
  }

  async function openNew(): Promise<Agent> {
    const opening = await options.openSpec();
    const { spec, agents, sessionId, conversationId, resume, hasConversed } = opening;
    noteOpening(opening);
    const conversation = conversationId === undefined ? {} : { conversationId };
    const agent = await agents.open(spec, { sessionId, resume, hasConversed, ...conversation });
    options.onOpened({ sessionId: conversationId ?? sessionId, resumed: resume });
    running = settingsOf(opening);
    hasLostConversation = agent.hasLostConversation === true;
    return listenTo(agent);
  }

  async function takeRunning(sinceMs: number): Promise<Agent> {
    const opening = await options.openSpec();
    const { spec, agents, sessionId, conversationId } = opening;
    noteOpening(opening);
    const conversation = conversationId === undefined ? {} : { conversationId };
    const agent = await agents.takeOver?.(spec, { sessionId, sinceMs, ...conversation });
    if (!agent) throw new NothingRuns();
    // They may have changed since the process started, so its next turn sets them again.
    running = { ...settingsOf(opening), words: {} };
    return listenTo(agent);
  }

  async function applySettings(): Promise<void> {
    const agent = current;
    if (!agent) return;
    const opening = await options.openSpec();
    const wanted = settingsOf(opening);
    if (agent !== current) return;
    const change = agent.isOutdated || !running ? undefined : changeBetween(running, wanted);
    const holds = change && Object.keys(change).length === 0 ? "now" : await configured(agent, change);
    if (agent !== current) return;
    if (holds !== "restart") [running, provider] = [wanted, opening.provider];
    else {
      letGo();
      await agent.close({ graceful: true });
    }
  }

  function listenTo(agent: Agent): Agent {
    current = agent;
    void pump(agent);
    return agent;
  }

  async function pump(agent: Agent): Promise<void> {
    try {
      for await (const output of agent.outputs) if (agent === current) await options.onOutput(boundOutput(output));
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
    applySettings,
    takeOver: (sinceMs) =>
      hold(takeRunning(sinceMs)).catch((error: unknown) => {
        if (error instanceof NothingRuns) return undefined;
        throw error;
      }),
    letGo,
    takeLoss() {
      const isLost = hasLostConversation;
      hasLostConversation = false;
      return isLost;
    },
    get current() {
      return current;
    },
    get held() {
      return held;
    },
    get provider() {
      return provider;
    },
    get idleStopMs() {
      return idleStopMs;
    },
  };
}

class NothingRuns extends Error {}

async function configured(agent: Agent, change: AgentSettings | undefined): Promise<SettingHolds> {
  return change ? ((await agent.configure?.(change)) ?? "restart") : "restart";
}

/** What a session runs with: words its runtime can change, and what only a session that is opened again has, as one text. */
interface RunningSettings {
  words: AgentSettings;
  rest: string;
}

function settingsOf({ spec, conversationId }: SessionToOpen): RunningSettings {
  const { model, effort, mode, role, prompt, script, setup } = spec;
  const words = {
    ...(model !== undefined && { model }),
    ...(effort !== undefined && { effort }),
    ...(mode !== undefined && { mode }),
  };
  return { words, rest: JSON.stringify([role, prompt, script, conversationId, setup]) };
}

/** The words that changed; undefined where only a session that is opened again has what is wanted. */
function changeBetween(running: RunningSettings, wanted: RunningSettings): AgentSettings | undefined {
  if (running.rest !== wanted.rest) return undefined;
  const names = ["model", "effort", "mode"] as const;
  const changed = names.filter((name) => running.words[name] !== wanted.words[name]);
  if (changed.some((name) => wanted.words[name] === undefined)) return undefined;
  return Object.fromEntries(changed.map((name) => [name, wanted.words[name]]));
}
