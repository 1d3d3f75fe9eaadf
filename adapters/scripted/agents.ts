import type { Agent, AgentSpec, Agents } from "../../src/ports/agents.js";
import type { Clock } from "../../src/ports/clock.js";
import { PortError } from "../../src/ports/port-error.js";
import { createScriptedAgent } from "./agent.js";
import { createPatternWorker, type PatternWorker } from "./pattern-worker.js";
import { compileRules } from "./rules.js";
import { createSession, type Session } from "./session.js";

export interface ScriptedAgentsOptions {
  clock: Clock;
  /** SHA-256 of a text's UTF-8, as hex: output ids are cut from it. */
  sha256: (text: string) => string;
  /** Tries the patterns that may take long. Default: a thread shared by all agents of this object. */
  worker?: PatternWorker;
}

interface Seat {
  session: Session;
  /** The agent that holds the session, or held it last. */
  agent: Agent;
}

/** Sessions kept after they were closed, for `resume`; the oldest are forgotten. */
const MAX_CLOSED_SESSIONS = 1_000;

/**
 * Agents that follow `AgentSpec.script` (CONTRACT, "Scripted agents"). Beyond it: `from` may be `humans`, any person; a reply may say
 * `@{reviewer|room}` (see `renderReply`). Sessions, with their `times` counters and the tools that were allowed, live in this object's
 * memory; a crash or a restart of the process resets them. A session opened a second time is taken from its first holder.
 */
export function createScriptedAgents(options: ScriptedAgentsOptions): Agents {
  const { clock, sha256, worker = createPatternWorker() } = options;
  const seats = new Map<string, Seat>();
  const closed = new Set<string>();

  const release = (key: string, how: "closed" | "crashed") => {
    if (how === "crashed") seats.delete(key);
    else closed.add(key);
    if (closed.size <= MAX_CLOSED_SESSIONS) return;
    const [oldest = key] = closed;
    closed.delete(oldest);
    seats.delete(oldest);
  };

  return {
    async open(spec, { sessionId, conversationId = sessionId, resume }) {
      const rules = compileRules(scriptOf(spec));
      const key = JSON.stringify([spec.roomId, spec.name, conversationId]);
      const earlier = seats.get(key);
      // Synchronous, so that no other caller can take the seat in between.
      void earlier?.agent.close({ graceful: false });
      closed.delete(key);
      const session = resume && earlier ? earlier.session : createSession(conversationId);
      const onEnd = (how: "closed" | "crashed") => release(key, how);
      const agent = createScriptedAgent({ spec, rules, session, worker, clock, sha256, onEnd });
      seats.set(key, { session, agent });
      return agent;
    },
    // Nothing outlives this process.
    list: () => Promise.resolve([]),
    check: () => Promise.resolve({ ok: true }),
  };
}

function scriptOf(spec: AgentSpec) {
  if (spec.script !== undefined) return spec.script;
  throw new PortError(`@${spec.name} has no script to follow. Give it one, or a role that brings a demo script.`, {
    code: "refused",
    retryable: false,
  });
}
