import type { Agent, AgentInput, AgentSpec, Agents, AskDecision, Output } from "../../src/ports/agents.js";
import { PortError } from "../../src/ports/port-error.js";
import { createOutputQueue } from "../kit/output-queue.js";

/** An agent's reaction to one message. Its turn fails when this throws or rejects, with that error's message. */
export type Behave = (input: AgentInput, tools: AgentTools) => void | Promise<void>;

/** The functions of `behave`. After its turn was stopped all its output is ignored, and a pending ask never settles. */
export interface AgentTools {
  readonly spec: AgentSpec;
  /** Says one complete block; its id is made of the message and of how many parts came before. */
  say(text: string, options?: { messageId?: string }): void;
  delta(text: string): void;
  tool(tool: { name: string; phase: "started" | "ended" | "failed"; summary: string; held?: true }): void;
  /** Whether it reports kept work, besides messages and tools. */
  report(output: WorkReport): void;
  /** Asks and waits. A tool that was allowed for the session is allowed at once. */
  ask(ask: Pick<Ask, "askKind" | "title" | "input" | "options">): Promise<AskDecision>;
  notice(text: string): void;
  usage(usage: Omit<Extract<Output, { kind: "usage" }>, "kind">): void;
  /** Dies as if the sandbox did. */
  crash(): void;
  /** Runs when the turn is interrupted, or closed under it. */
  onStop(run: () => void): void;
}

export interface FunctionAgentsOptions {
  behave: Behave;
  /** SHA-256 of a text's UTF-8, as hex. */
  sha256: (text: string) => string;
}

/** An agent's report of its work, as the port has it. */
export type WorkReport = Extract<Output, { kind: "toolResult" | "plan" | "thinking" | "compaction" }>;

type Ask = Extract<Output, { kind: "ask" }>;

/** State that outlives a close: the tools a person allowed. */
interface Session {
  id: string;
  remembered: Set<string>;
}

interface Turn {
  asked: Map<string, { title: string; resolve: (decision: AskDecision) => void }>;
  onStop: (() => void)[];
}

const ID_CHARS = 24;
/** Ids of inputs an open agent remembers. */
const MAX_REMEMBERED_INPUTS = 1_024;
/** Microtasks without a new input before a turn starts: messages handed over one after the other, each awaited, are one turn. */
const QUIET_TICKS = 8;

/** Agents whose behaviour is a function, for tests and simulation. Sessions stay in memory until their agent crashes. */
export function createFunctionAgents({ behave, sha256 }: FunctionAgentsOptions): Agents {
  const sessions = new Map<string, { session: Session; agent: Agent }>();
  return {
    async open(spec, { sessionId, conversationId = sessionId, resume }) {
      const key = JSON.stringify([spec.roomId, spec.name, conversationId]);
      const earlier = sessions.get(key);
      void earlier?.agent.close({ graceful: false });
      const session: Session = resume && earlier ? earlier.session : { id: conversationId, remembered: new Set() };
      const onCrash = () => sessions.delete(key);
      const agent = createFunctionAgent({ behave, sha256, spec, session, onCrash });
      sessions.set(key, { session, agent });
      return agent;
    },
    list: () => Promise.resolve([]),
    check: () => Promise.resolve({ ok: true }),
  };
}

interface FunctionAgentOptions extends FunctionAgentsOptions {
  spec: AgentSpec;
  session: Session;
  onCrash: () => void;
}

function createFunctionAgent(options: FunctionAgentOptions): Agent {
  const { spec } = options;
  const out = createOutputQueue<Output>();
  let state: "open" | "closing" | "ended" = "open";
  const ended = createSignal();

  const end = (error?: PortError) => {
    state = "ended";
    turns.abandon();
    if (error === undefined) out.end();
    else out.fail(error);
    if (error !== undefined) options.onCrash();
    ended.resolve();
  };
  const turns = createTurns({
    ...options,
    emit: out.push,
    onTurnEnd: () => {
      if (state === "closing") end();
    },
    onCrash: () => end(portError(`The sandbox of @${spec.name} died.`, "died")),
  });

  return {
    outputs: out.outputs,
    async send(input) {
      if (state !== "open") throw portError(`The session of @${spec.name} is closed. Open the agent again.`, "closed");
      turns.take(input);
    },
    answer: async (requestId, decision) => turns.answer(requestId, decision),
    configure: async () => "now",
    interrupt: async () => turns.interrupt(),
    close({ graceful }) {
      if (state === "ended") return ended.promise;
      if (graceful && turns.isBusy()) state = "closing";
      else end();
      return ended.promise;
    },
  };
}

interface TurnsOptions extends FunctionAgentOptions {
  emit: (output: Output) => void;
  onTurnEnd: () => void;
}

function createTurns(options: TurnsOptions) {
  const { session, emit, behave } = options;
  let urgent: AgentInput[] = [];
  let others: AgentInput[] = [];
  const taken = new Set<string>();
  let arrivals = 0;
  let turn: Turn | undefined;

  const begin = (): Turn => {
    const started: Turn = { asked: new Map(), onStop: [] };
    whenQuiet(
      () => arrivals,
      () => runNext(started),
    );
    return started;
  };
  const stop = () => {
    const stopped = turn;
    turn = undefined;
    urgent = [];
    others = [];
    for (const run of stopped?.onStop ?? []) run();
  };
  const endTurn = (output: Extract<Output, { kind: "turnEnded" }>) => {
    stop();
    emit(output);
    options.onTurnEnd();
  };
  const fail = (current: Turn, error: unknown) => {
    if (turn !== current) return;
    endTurn({ kind: "turnEnded", outcome: "failed", error: error instanceof Error ? error.message : String(error) });
  };
  const runNext = (current: Turn) => {
    while (turn === current) {
      const input = urgent.shift() ?? others.shift();
      if (input === undefined) return endTurn({ kind: "turnEnded", outcome: "done" });
      const tools = createTools({ ...options, input, turn: current, isLive: () => turn === current });
      try {
        const running = behave(input, tools);
        if (running === undefined) continue;
        running.then(
          () => runNext(current),
          (error: unknown) => fail(current, error),
        );
      } catch (error) {
        fail(current, error);
      }
      return;
    }
  };

  return {
    take(input: AgentInput) {
      if (taken.has(input.id)) return;
      taken.add(input.id);
      arrivals++;
      const [oldest = input.id] = taken;
      if (taken.size > MAX_REMEMBERED_INPUTS) taken.delete(oldest);
      turn ??= begin();
      const canWait = input.class === "deliver" || input.class === "notify";
      (canWait ? others : urgent).push(input);
    },
    answer(requestId: string, decision: AskDecision) {
      const asked = turn?.asked.get(requestId);
      turn?.asked.delete(requestId);
      if (asked && decision.kind === "allow" && decision.remember) session.remembered.add(asked.title);
      asked?.resolve(decision);
    },
    interrupt() {
      if (turn === undefined) return;
      for (const requestId of turn.asked.keys()) emit({ kind: "askWithdrawn", requestId });
      endTurn({ kind: "turnEnded", outcome: "cancelled" });
    },
    abandon: stop,
    isBusy: () => turn !== undefined,
  };
}

/** Runs once nothing more arrived for a few microtasks. */
function whenQuiet(arrivals: () => number, run: () => void): void {
  const wait = (known: number, ticks: number) => {
    const now = arrivals();
    if (now === known && ticks === 0) run();
    else queueMicrotask(() => wait(now, now === known ? ticks - 1 : QUIET_TICKS));
  };
  wait(arrivals(), QUIET_TICKS);
}

interface ToolsOptions extends TurnsOptions {
  input: AgentInput;
  turn: Turn;
  isLive: () => boolean;
}

function createTools({ spec, session, sha256, input, turn, isLive, emit, onCrash }: ToolsOptions): AgentTools {
  const messageId = "kind" in input.message ? `start/${session.id}` : input.message.messageId;
  let parts = 0;
  const nextId = () => sha256(JSON.stringify([spec.roomId, spec.name, messageId, parts++])).slice(0, ID_CHARS);
  const emitLive = (output: Output) => {
    if (isLive()) emit(output);
  };
  return {
    spec,
    say: (text, more) => emitLive({ kind: "block", outputId: nextId(), index: 0, text, ...more }),
    report: emitLive,
    delta: (text) => emitLive({ kind: "delta", text }),
    tool: (tool) => emitLive({ kind: "tool", id: `${messageId}-${tool.name}`, ...tool }),
    ask(ask) {
      const requestId = nextId();
      if (ask.askKind === "tool" && session.remembered.has(ask.title)) {
        return Promise.resolve({ kind: "allow", input: ask.input, remember: false });
      }
      return new Promise((resolve) => {
        if (!isLive()) return;
        turn.asked.set(requestId, { title: ask.title, resolve });
        emit({ kind: "ask", requestId, ...ask });
      });
    },
    notice: (text) => emitLive({ kind: "notice", text, severity: "info" }),
    usage: (usage) => emitLive({ kind: "usage", ...usage }),
    crash() {
      if (isLive()) onCrash();
    },
    onStop: (run) => turn.onStop.push(run),
  };
}

function createSignal(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function portError(message: string, code: "died" | "closed"): PortError {
  return new PortError(message, { code, retryable: code === "died" });
}
