import type { Agent, AgentInput, AgentSettings, Agents, AskDecision, Output } from "../../src/ports/agents.js";

/** One process: it remembers its inputs, keeps all its output, and runs on without a listener. */
interface Process {
  known: Set<string>;
  printed: Output[];
  answered: Map<string, AskDecision>;
  /** Called with every new output; undefined: no listener. */
  listener: (() => void) | undefined;
}

/** The reaction of an agent to messages and to answers. */
export interface OutlivingBehaviour {
  onInputs(inputs: readonly AgentInput[], put: (output: Output) => void): void;
  onAnswer(decision: AskDecision, put: (output: Output) => void): void;
}

/** Agents whose processes outlive their router, as containers do. */
export interface OutlivingAgents {
  /** The next router's handle on them; the previous one is dead and gets no answer any more. */
  forRouter(): Agents;
  /** How often a process was started, and taken over. */
  counts: { opened: number; takenOver: number };
  /** Settings that running processes were given, in order. */
  changes: AgentSettings[];
  /** Every process emits this output, with or without a listener. */
  put(output: Output): void;
  /** Every process dies without a listener. */
  kill(): void;
}

export function createOutlivingAgents(behaviour: OutlivingBehaviour): OutlivingAgents {
  let routers = 0;
  const processes = new Map<string, Process>();
  const counts = { opened: 0, takenOver: 0 };
  const changes: AgentSettings[] = [];

  function put(process: Process): (output: Output) => void {
    return (output) => {
      process.printed.push(output);
      process.listener?.();
    };
  }

  function holdOf(sessionId: string, process: Process): Agent {
    let heard = 0;
    let isOver = false;
    let wake = () => {};
    const own = () => wake();
    process.listener = own;
    async function* outputs(): AsyncGenerator<Output> {
      while (!isOver) {
        const next = process.listener === own ? process.printed[heard] : undefined;
        if (next) {
          heard += 1;
          yield next;
        } else await new Promise<void>((resolve) => (wake = resolve));
      }
    }
    const stop = () => {
      isOver = true;
      wake();
    };
    return {
      outputs: outputs(),
      repeatsUnderNewIds: true,
      async send(input) {
        if (process.known.has(input.id)) return;
        process.known.add(input.id);
        behaviour.onInputs([input], put(process));
      },
      async answer(requestId, decision) {
        if (process.answered.has(requestId)) return;
        process.answered.set(requestId, decision);
        behaviour.onAnswer(decision, put(process));
      },
      async configure(change) {
        changes.push(change);
        return "now";
      },
      interrupt: async () => put(process)({ kind: "turnEnded", outcome: "cancelled" }),
      letGo: stop,
      async close() {
        processes.delete(sessionId);
        stop();
      },
    };
  }

  return {
    counts,
    changes,
    put: (output) => {
      for (const process of processes.values()) put(process)(output);
    },
    kill: () => processes.clear(),
    forRouter() {
      const router = ++routers;
      for (const process of processes.values()) process.listener = undefined;
      const alive = () => (router === routers ? Promise.resolve() : new Promise<never>(() => {}));
      return {
        async open(_spec, { sessionId }) {
          await alive();
          counts.opened += 1;
          const process: Process = { known: new Set(), printed: [], answered: new Map(), listener: undefined };
          processes.set(sessionId, process);
          return holdOf(sessionId, process);
        },
        async takeOver(_spec, { sessionId }) {
          await alive();
          const process = processes.get(sessionId);
          if (!process) return undefined;
          counts.takenOver += 1;
          return holdOf(sessionId, process);
        },
        list: async () => [],
        check: async () => ({ ok: true }),
      };
    },
  };
}
