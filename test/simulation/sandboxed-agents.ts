import { createOutputQueue } from "../../adapters/kit/output-queue.js";
import type { Agent, AgentInput, Agents, Output } from "../../src/ports/agents.js";
import type { Clock } from "../../src/ports/clock.js";
import { PortError } from "../../src/ports/port-error.js";

/** How long an agent retries a call to the model by itself, ms. */
const modelPatienceMs = 7_500;

/** The engine of one node: agents start through it, and the connection to their processes goes through it. */
export interface Engine {
  /** The reason why no agent can start now. */
  problem: PortError | undefined;
  /** Clause about the lost connection to processes that keep running. */
  cut: string | undefined;
  readonly sessions: Set<EngineSession>;
}

/** One running process as its engine sees it. */
export interface EngineSession {
  /** The engine ended the process. */
  end(error: PortError): void;
  /** The connection is lost; the process keeps running. */
  cutOff(why: string): void;
  /** The connection is back, with everything that was missed. */
  attachAgain(): void;
}

/** The provider of the model, for all agents. */
export interface Provider {
  /** Clause that says why no call is answered now. */
  problem: string | undefined;
  /** Called when it answers again. */
  readonly onBack: Set<() => void>;
}

/** An engine without a problem and without sessions. */
export const newEngine = (): Engine => ({ problem: undefined, cut: undefined, sessions: new Set() });

/** An outage as the adapter of an engine reports it. */
export function outageError(clause: string, code: "unavailable" | "timeout" = "unavailable"): PortError {
  return new PortError(`${clause}.`, { code, retryable: true, outage: clause });
}

/** Agents in processes of `engine` that call the model of `provider`. */
export function createSandboxedAgents(
  agents: Agents,
  parts: { engine: Engine; provider: Provider; clock: Clock },
): Agents {
  const { engine } = parts;
  return {
    ...agents,
    async open(spec, session) {
      if (engine.problem) throw engine.problem;
      const first = await agents.open(spec, session);
      const reopen = () => agents.open(spec, { ...session, resume: true });
      return sandboxed(first, { ...parts, reopen });
    },
    check: async () => (engine.problem ? { ok: false, detail: engine.problem.message } : { ok: true }),
  };
}

interface SandboxedOptions {
  engine: Engine;
  provider: Provider;
  clock: Clock;
  /** Reopens the conversation without the rest of an interrupted turn. */
  reopen: () => Promise<Agent>;
}

function sandboxed(first: Agent, options: SandboxedOptions): Agent {
  const { engine } = options;
  const connection = createConnection(engine.cut);
  let inside = Promise.resolve(first);
  const calls = createModelCalls(options, {
    pass: (output) => connection.pass(output),
    onGivenUp: (why) => connection.pass({ kind: "turnEnded", outcome: "failed", error: `${why}.`, outage: why }),
  });
  const handed = new Set<string>();

  async function listen(agent: Agent): Promise<void> {
    for await (const output of agent.outputs) if ((await inside) === agent) calls.take(output);
  }

  const stop = (graceful: boolean) => {
    engine.sessions.delete(session);
    calls.stop();
    return inside.then((agent) => agent.close({ graceful }));
  };
  const session: EngineSession = {
    end(error) {
      void stop(false);
      connection.fail(error);
    },
    cutOff: connection.cutOff,
    attachAgain: connection.attachAgain,
  };
  engine.sessions.add(session);
  void listen(first);

  /** After a turn was given up, its own messages continue it, and other messages begin a new one. */
  function sendInside(agent: Agent, input: AgentInput): Promise<void> {
    if (handed.has(input.id)) calls.goOn();
    else if (calls.drop()) {
      inside = options.reopen();
      void inside.then(listen);
      return inside.then((reopened) => reopened.send(input));
    }
    handed.add(input.id);
    return agent.send(input);
  }

  const hand = (call: (agent: Agent) => Promise<void>) => {
    connection.hand(() => void inside.then(call).catch(() => {}));
    return Promise.resolve();
  };
  return {
    ...first,
    outputs: connection.outputs,
    send: (input) => hand((agent) => sendInside(agent, input)),
    answer: (requestId, decision) => hand((agent) => agent.answer(requestId, decision)),
    interrupt: () => hand((agent) => agent.interrupt()),
    async close({ graceful }) {
      await stop(graceful);
      connection.end();
    },
  };
}

/** The pipes of a process: while the connection is cut, both directions wait. */
function createConnection(cut: string | undefined) {
  const queue = createOutputQueue<Output>();
  let isCut = cut !== undefined;
  let missed: Output[] = [];
  let unsent: (() => void)[] = [];
  return {
    outputs: queue.outputs,
    end: queue.end,
    fail: queue.fail,
    pass: (output: Output) => void (isCut ? missed.push(output) : queue.push(output)),
    hand: (call: () => void) => void (isCut ? unsent.push(call) : call()),
    cutOff(why: string) {
      if (isCut) return;
      isCut = true;
      queue.push({ kind: "link", outage: why });
    },
    attachAgain() {
      if (!isCut) return;
      isCut = false;
      queue.push({ kind: "link" });
      for (const output of missed) queue.push(output);
      for (const call of unsent) call();
      [missed, unsent] = [[], []];
    },
  };
}

/** Outputs of an agent need the model. While the provider is away, calls are retried, and given up after a while. */
function createModelCalls(
  { provider, clock }: Pick<SandboxedOptions, "provider" | "clock">,
  { pass, onGivenUp }: { pass: (output: Output) => void; onGivenUp: (why: string) => void },
) {
  let waiting: Output[] = [];
  let isGivenUp = false;
  let cancelGiveUp = () => {};

  function stop(): void {
    provider.onBack.delete(resume);
    cancelGiveUp();
  }

  function resume(): void {
    stop();
    const outputs = waiting;
    waiting = [];
    for (const output of outputs) pass(output);
  }

  function tryAgain(): void {
    if (provider.problem === undefined) {
      resume();
      return;
    }
    provider.onBack.add(resume);
    cancelGiveUp = clock.after(modelPatienceMs, () => {
      stop();
      isGivenUp = true;
      onGivenUp(provider.problem ?? "The model's provider did not answer");
    });
  }

  return {
    stop,
    take(output: Output) {
      if (provider.problem === undefined && waiting.length === 0) return pass(output);
      waiting.push(output);
      if (waiting.length === 1) tryAgain();
    },
    goOn() {
      if (!isGivenUp) return;
      isGivenUp = false;
      tryAgain();
    },
    /** Drops the outputs that wait since a turn was given up; false if no turn was. */
    drop(): boolean {
      const wasGivenUp = isGivenUp;
      [isGivenUp, waiting] = [false, wasGivenUp ? [] : waiting];
      return wasGivenUp;
    },
  };
}
