import type { TurnOutcome } from "../core/event.js";
import type { Agent, AgentInput, AgentSpec, Agents, AskDecision, Output } from "../ports/agents.js";
import type { Clock } from "../ports/clock.js";
import type { Ids } from "../ports/ids.js";
import type { Logger } from "../ports/logger.js";
import { PortError } from "../ports/port-error.js";
import type { ActivityHub } from "./activity.js";
import type { AgentJournal } from "./agent-journal.js";
import type { RoomService } from "./room-service.js";

/** One agent of one room on this node: its session, and the turn it is in. */
export interface AgentRunner {
  /** Turn under way here, cancelled ones included until the agent has stopped. */
  readonly turnId: string | undefined;
  /** Starts a turn with these inputs; opens the session first if need be. Returns at once. */
  begin(turn: TurnToBegin): void;
  /** Hands a message to the turn under way. */
  steer(input: AgentInput): void;
  /** Answers what the turn waits for; the same answer twice is one. */
  answer(requestId: string, decision: (input: unknown) => AskDecision): void;
  /** The log has ended the turn: stops what the agent does. The mailbox is woken once it has stopped. */
  stop(): void;
  /** Times the turn out, if it has been silent for too long and waits for nobody. Called every now and then. */
  checkIdle(): void;
  close(options: { graceful: boolean }): Promise<void>;
}

export interface TurnToBegin {
  turnId: string;
  inputs: () => Promise<AgentInput[]>;
  /** Its sandbox stops when the turn ended. */
  shutdown: boolean;
}

export interface RunnerOptions {
  roomId: string;
  name: string;
  /** Read when the session opens. `resume`: it had turns before this one. */
  openSpec: () => Promise<{ spec: AgentSpec; agents: Agents; sessionId: string; resume: boolean }>;
  rooms: RoomService;
  journal: AgentJournal;
  activity: ActivityHub;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  node: string;
  boot: string;
  turnIdleMs: number;
  /** The mailbox has something to do; after `delayMs`. */
  wake: (delayMs?: number) => void;
}

/** An agent that does not stop within this time of being interrupted loses its process. */
const stopGraceMs = 10_000;
/** Pause before a turn whose sandbox died is delivered again. */
const deathBackoffMs = 1_000;

interface RunningTurn {
  turnId: string;
  shutdown: boolean;
  /** Monotonic time of the last sign of life. */
  lastOutputMs: number;
  /** Inputs of what it waits for, by request. */
  asks: Map<string, unknown>;
  answered: Set<string>;
  stoppedAtMs?: number;
}

export function createAgentRunner(options: RunnerOptions): AgentRunner {
  const { roomId, name, rooms, journal, activity, clock, logger } = options;
  const stream = `agent/${roomId}/${name}`;
  let session: Promise<Agent> | undefined;
  let turn: RunningTurn | undefined;

  function open(): Promise<Agent> {
    session ??= openSession().catch((error: unknown) => {
      session = undefined;
      throw error;
    });
    return session;
  }

  async function openSession(): Promise<Agent> {
    const { spec, agents, sessionId, resume } = await options.openSpec();
    const agent = await agents.open(spec, { sessionId, resume });
    journal.record(stream, name, { type: "session", sessionId, resumed: resume });
    void pump(agent);
    return agent;
  }

  async function pump(agent: Agent): Promise<void> {
    try {
      for await (const output of agent.outputs) await take(output);
    } catch (error) {
      logger.warn({ roomId, agent: name, error }, "an agent's sandbox died");
      session = undefined;
      await died(error);
    }
  }

  async function died(error: unknown): Promise<void> {
    const lost = turn;
    if (!lost) return;
    const refused = error instanceof PortError && !error.retryable && error.code === "refused";
    if (refused) await end(lost.turnId, "failed", error.message);
    else await submit({ type: "turn.lose", agent: name, turnId: lost.turnId, lostBy: "sandbox" });
    finish(lost);
    options.wake(deathBackoffMs);
  }

  async function take(output: Output): Promise<void> {
    const running = turn;
    if (!running) return;
    running.lastOutputMs = clock.monotonicMs();
    const { turnId } = running;
    switch (output.kind) {
      case "delta":
        return activity.publish(roomId, { type: "activity.text", agent: name, turnId, text: output.text });
      case "tool":
        return tookTool(turnId, output);
      case "block":
        return tookBlock(turnId, output);
      case "ask":
        return tookAsk(running, output);
      case "askWithdrawn":
        await submit({ type: "turn.withdraw", agent: name, turnId, requestId: output.requestId });
        return;
      case "usage":
        return tookUsage(turnId, output);
      case "notice":
        await submit({ type: "notice.post", text: output.text, about: name, severity: output.severity });
        return;
      case "turnEnded":
        return tookEnd(running, output);
    }
  }

  function tookTool(turnId: string, { id, name: tool, phase, summary }: Extract<Output, { kind: "tool" }>): void {
    activity.publish(roomId, { type: "activity.tool", agent: name, turnId, id, name: tool, phase, summary });
    journal.record(stream, name, { type: "tool", turnId, id, name: tool, phase, summary });
  }

  async function tookBlock(turnId: string, block: Extract<Output, { kind: "block" }>): Promise<void> {
    const { outputId, index, text, subagent } = block;
    journal.record(stream, name, { type: "block", turnId, outputId, index, text, ...(subagent && { subagent }) });
    if (!subagent) await submit({ type: "turn.say", agent: name, turnId, outputId, index, text });
  }

  async function tookAsk(running: RunningTurn, ask: Extract<Output, { kind: "ask" }>): Promise<void> {
    const { requestId, askKind, title, input, options: choices } = ask;
    running.asks.set(requestId, input);
    const body = typeof input === "string" ? input : JSON.stringify(input);
    const { turnId } = running;
    const asked = { agent: name, turnId, requestId, askKind, title, body };
    const decision = await submit({ type: "turn.ask", ...asked, ...(choices && { options: choices }) });
    if (decision?.kind !== "rejected") return;
    const agent = await open();
    await agent.answer(requestId, { kind: "deny", message: decision.rejection.detail });
  }

  async function tookUsage(
    turnId: string,
    { kind: _kind, model, ...usage }: Extract<Output, { kind: "usage" }>,
  ): Promise<void> {
    const known = { ...usage, ...(model !== undefined && { model }) };
    journal.record(stream, name, { type: "usage", turnId, ...known });
    await submit({ type: "turn.usage", agent: name, turnId, usage, ...(model !== undefined && { model }) });
  }

  async function tookEnd(
    ended: RunningTurn,
    { outcome, error }: Extract<Output, { kind: "turnEnded" }>,
  ): Promise<void> {
    if (ended.stoppedAtMs === undefined) await end(ended.turnId, outcome, error);
    finish(ended);
    if (ended.stoppedAtMs !== undefined) options.wake();
    if (ended.shutdown) await close({ graceful: true });
  }

  /** Only after the log has the end: a turn that is open there and unknown here counts as lost. */
  function finish(ended: RunningTurn): void {
    if (turn === ended) turn = undefined;
    activity.publish(roomId, { type: "activity.ended", agent: name, turnId: ended.turnId });
  }

  /** Ended turns wake the mailbox by themselves, through their commit. */
  async function end(turnId: string, outcome: Exclude<TurnOutcome, "lost">, error?: string): Promise<void> {
    await submit({ type: "turn.end", agent: name, turnId, outcome, ...(error !== undefined && { error }) });
  }

  async function submit(command: Parameters<RoomService["submit"]>[1]) {
    const submitted = await rooms.submit(roomId, command);
    submitted.durable.catch((error: unknown) => notStored(command.type, error));
    return submitted.decision;
  }

  /** The log could not be written: what the agent does now would be built on nothing. Its turn is found open and delivered again later. */
  function notStored(what: string, error: unknown): void {
    logger.error(
      { roomId, agent: name, what, error },
      "what an agent did could not be stored; it is stopped and its turn will be delivered again",
    );
    const held = session;
    session = undefined;
    if (turn) finish(turn);
    void held?.then((agent) => agent.close({ graceful: false })).catch(() => {});
    options.wake(deathBackoffMs);
  }

  function begin({ turnId, inputs, shutdown }: TurnToBegin): void {
    const started: RunningTurn = {
      turnId,
      shutdown,
      lastOutputMs: clock.monotonicMs(),
      asks: new Map(),
      answered: new Set(),
    };
    turn = started;
    void hand(started, inputs);
  }

  async function hand(started: RunningTurn, inputs: () => Promise<AgentInput[]>): Promise<void> {
    try {
      const ready = await inputs();
      const agent = await open();
      if (turn !== started) return;
      started.lastOutputMs = clock.monotonicMs();
      if (ready.length === 0) return await tookEnd(started, { kind: "turnEnded", outcome: "done" });
      for (const input of ready) await agent.send(input);
    } catch (error) {
      if (turn === started) await couldNotStart(error);
    }
  }

  async function couldNotStart(error: unknown): Promise<void> {
    logger.warn({ roomId, agent: name, error }, "an agent could not be started");
    await died(error);
  }

  function steer(input: AgentInput): void {
    void open()
      .then((agent) => agent.send(input))
      .catch((error: unknown) =>
        logger.warn({ roomId, agent: name, error }, "a message could not be handed to a running turn"),
      );
  }

  function answer(requestId: string, decision: (input: unknown) => AskDecision): void {
    if (!turn?.asks.has(requestId) || turn.answered.has(requestId)) return;
    turn.answered.add(requestId);
    turn.lastOutputMs = clock.monotonicMs();
    const decided = decision(turn.asks.get(requestId));
    void open()
      .then((agent) => agent.answer(requestId, decided))
      .catch((error: unknown) =>
        logger.warn({ roomId, agent: name, error }, "a decision could not be handed to an agent"),
      );
  }

  function stop(): void {
    const stopping = turn;
    if (!stopping || stopping.stoppedAtMs !== undefined) return;
    stopping.stoppedAtMs = clock.monotonicMs();
    if (!session) {
      finish(stopping);
      options.wake();
      return;
    }
    void session.then((agent) => agent.interrupt()).catch(() => {});
    clock.after(stopGraceMs, () => {
      if (turn === stopping) void abandon();
    });
  }

  /** It did not stop when asked: its process goes; the session is resumed with the next turn. */
  async function abandon(): Promise<void> {
    const held = session;
    session = undefined;
    if (turn) finish(turn);
    await held?.then((agent) => agent.close({ graceful: false })).catch(() => {});
    options.wake();
  }

  function checkIdle(): void {
    if (!turn || turn.stoppedAtMs !== undefined) return;
    const waitsForPerson = turn.asks.size > turn.answered.size;
    if (waitsForPerson || clock.monotonicMs() - turn.lastOutputMs < options.turnIdleMs) return;
    const minutes = Math.max(1, Math.round(options.turnIdleMs / 60_000));
    const { turnId } = turn;
    void end(turnId, "timed-out", `no sign of life for ${minutes} min`);
    stop();
  }

  async function close({ graceful }: { graceful: boolean }): Promise<void> {
    const held = session;
    session = undefined;
    turn = undefined;
    await held?.then((agent) => agent.close({ graceful })).catch(() => {});
  }

  return {
    get turnId() {
      return turn?.turnId;
    },
    begin,
    steer,
    answer,
    stop,
    checkIdle,
    close,
  };
}
