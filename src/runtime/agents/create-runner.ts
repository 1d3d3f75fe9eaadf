import type { TurnOutcome } from "../../core/room/event.js";
import type { AgentInput, AskDecision, Output } from "../../ports/agents.js";
import { PortError } from "../../ports/port-error.js";
import type { RoomService } from "../rooms/service.js";
import { handOver } from "./hand-over.js";
import { createOutage, failureOf } from "./outage.js";
import { createOutputRecorder } from "./recorder.js";
import {
  type AgentRunner,
  inWords,
  type RunnerOptions,
  restarted,
  type TurnToBegin,
  type TurnToTakeUp,
} from "./runner.js";
import { createAgentSession } from "./session.js";

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
  /** An earlier life of this node began it. Settles when its messages were handed over again: what comes later must not come before them. */
  takenUp?: Promise<void>;
  /** Whether its first messages were handed over, once that is known: what comes later must not come before them. */
  handed?: Promise<boolean>;
}

export function createAgentRunner(options: RunnerOptions): AgentRunner {
  const { roomId, name, rooms, journal, activity, clock, logger } = options;
  const stream = `agent/${roomId}/${name}`;
  let turn: RunningTurn | undefined;
  /** Since when the open session has no turn, monotonic. */
  let idleSinceMs = clock.monotonicMs();
  const session = createAgentSession({
    openSpec: options.openSpec,
    onOpened: (opened) => journal.record(stream, name, { type: "session", ...opened }),
    onOutput: take,
    onDeath: died,
  });
  const outage = createOutage(options);
  const repeatsUnderNewIds = () => session.current?.repeatsUnderNewIds === true;
  const record = createOutputRecorder({ ...options, stream, submit, repeatsUnderNewIds });

  async function died(error: unknown): Promise<void> {
    logger.warn({ roomId, agent: name, error }, "an agent's sandbox died");
    if (turn) await loseTo(error, turn);
  }

  async function loseTo(error: unknown, lost: RunningTurn, { atStart = false } = {}): Promise<void> {
    const [failure, why] = [failureOf(error), error instanceof PortError ? { error: error.message } : {}];
    if (failure === "outage") outage.failed(error);
    if (failure === "refused") await end(lost.turnId, "failed", why.error);
    else {
      const lostBy = failure === "outage" ? "outage" : "sandbox";
      await submit({ type: "turn.lose", agent: name, turnId: lost.turnId, lostBy, atStart, ...why });
    }
    finish(lost);
    options.wake(deathBackoffMs);
  }

  async function take(output: Output): Promise<void> {
    outage.over();
    const running = turn ?? (await startSpontaneous(output));
    if (!running) return;
    running.lastOutputMs = clock.monotonicMs();
    if (output.kind === "turnEnded") return tookEnd(running, output);
    if (output.kind === "ask") running.asks.set(output.requestId, output.input);
    const refused = await record(running.turnId, output);
    // It may have been decided before it was heard of here.
    if (output.kind === "ask" && running.takenUp) options.wake();
    if (refused === undefined || output.kind !== "ask") return;
    running.answered.add(output.requestId);
    await (await session.open()).answer(output.requestId, { kind: "deny", message: refused });
  }

  /** The agent works although no turn is open: a message reached it just as its turn ended, or something it waits for came in. */
  async function startSpontaneous(output: Output): Promise<RunningTurn | undefined> {
    if (output.kind !== "block" && output.kind !== "ask" && output.kind !== "tool") return undefined;
    const turnId = options.ids.next();
    const { node, boot, onlyNode } = options;
    const start = { type: "turn.start", agent: name, turnId, node, boot, onlyAtHome: !onlyNode } as const;
    const decision = await submit({ ...start, spontaneous: true });
    if (decision.kind !== "accepted") return undefined;
    turn = newTurn(turnId, false);
    return turn;
  }

  async function tookEnd(
    ended: RunningTurn,
    { outcome, error }: Extract<Output, { kind: "turnEnded" }>,
  ): Promise<void> {
    if (ended.takenUp && outcome === "failed") return loseTakenUp(ended);
    if (ended.stoppedAtMs === undefined) await end(ended.turnId, outcome, error);
    finish(ended);
    if (ended.stoppedAtMs !== undefined) options.wake();
    if (ended.shutdown) await close({ graceful: true });
  }

  /** Only after the log has the end: a turn that is open there and unknown here counts as lost. */
  function finish(ended: RunningTurn): void {
    if (turn === ended) turn = undefined;
    idleSinceMs = clock.monotonicMs();
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
    startOver();
  }

  /** What the session knows of a turn that is not in the log must not count: the next turn opens another one, and is told everything. */
  function startOver(turnId = turn?.turnId): void {
    const held = session.letGo();
    if (turn?.turnId === turnId && turn) finish(turn);
    void held?.then((agent) => agent.close({ graceful: false })).catch(() => {});
    options.wake(deathBackoffMs);
  }

  function newTurn(turnId: string, shutdown: boolean): RunningTurn {
    return { turnId, shutdown, lastOutputMs: clock.monotonicMs(), asks: new Map(), answered: new Set() };
  }

  function begin({ turnId, inputs, shutdown }: TurnToBegin): void {
    const started = newTurn(turnId, shutdown);
    turn = started;
    started.handed = hand(started, inputs);
  }

  function takeUp(begun: TurnToTakeUp): void {
    const taken = newTurn(begun.turnId, begun.shutdown);
    turn = taken;
    taken.takenUp = goOn(taken, begun).catch(async (error: unknown) => {
      logger.warn({ roomId, agent: name, error }, "a turn that was under way could not be gone on with");
      if (turn === taken) await loseTakenUp(taken);
    });
  }

  /**
   * It does not run any more, or failed: while nobody answered its model calls it may have given up. Its process takes nothing again that it was given, so it is
   * told in another one.
   */
  async function loseTakenUp({ turnId }: RunningTurn): Promise<void> {
    await submit({ type: "turn.lose", agent: name, turnId, lostBy: "router", error: restarted });
    await abandon();
  }

  async function goOn(taken: RunningTurn, { startedAtMs, inputs, steered }: TurnToTakeUp): Promise<void> {
    const [first, more] = [await inputs(), await steered()];
    const agent = first.length === 0 ? undefined : await session.takeOver(startedAtMs);
    if (turn !== taken) return;
    if (!agent) throw new Error("its process does not run any more, or it had begun by itself");
    if (taken.stoppedAtMs !== undefined) return abandon();
    taken.lastOutputMs = clock.monotonicMs();
    for (const input of first) await agent.send(input);
    // As they were sent the first time: what comes at once goes together.
    await new Promise((resolve) => setImmediate(resolve));
    for (const input of more) await agent.send(input);
  }

  async function hand(started: RunningTurn, inputs: () => Promise<AgentInput[]>): Promise<boolean> {
    try {
      const handed = await handOver({
        session,
        outage,
        inputs,
        isOpen: () => turn === started,
        isStopped: () => started.stoppedAtMs !== undefined,
        onProgress: () => {
          started.lastOutputMs = clock.monotonicMs();
        },
      });
      if (handed === "nothing to do") await tookEnd(started, { kind: "turnEnded", outcome: "done" });
      return handed === "handed over";
    } catch (error) {
      logger.warn({ roomId, agent: name, error }, "an agent could not be started");
      if (turn === started) await loseTo(error, started, { atStart: true });
      return false;
    }
  }

  function steer(input: AgentInput): void {
    void Promise.resolve(turn?.takenUp ?? turn?.handed)
      .then(async (isHanded) => {
        // Otherwise it went back to the mailbox with the rest of the turn, or was dropped with it.
        if (isHanded !== false) await (await session.open()).send(input);
      })
      .catch((error: unknown) =>
        logger.warn({ roomId, agent: name, error }, "a message could not be handed to a running turn"),
      );
  }

  function answer(requestId: string, decision: (input: unknown) => AskDecision): void {
    if (!turn?.asks.has(requestId) || turn.answered.has(requestId)) return;
    turn.answered.add(requestId);
    turn.lastOutputMs = clock.monotonicMs();
    const decided = decision(turn.asks.get(requestId));
    void session
      .open()
      .then((agent) => agent.answer(requestId, decided))
      .catch((error: unknown) =>
        logger.warn({ roomId, agent: name, error }, "a decision could not be handed to an agent"),
      );
  }

  function stop(): void {
    const stopping = turn;
    if (!stopping || stopping.stoppedAtMs !== undefined) return;
    stopping.stoppedAtMs = clock.monotonicMs();
    if (!session.held) {
      finish(stopping);
      options.wake();
      return;
    }
    void session.held.then((agent) => agent.interrupt()).catch(() => {});
    clock.after(stopGraceMs, () => {
      if (turn === stopping) void abandon();
    });
  }

  /** It did not stop when asked: its process goes; the session is resumed with the next turn. */
  async function abandon(): Promise<void> {
    const held = session.letGo();
    if (turn) finish(turn);
    await held?.then((agent) => agent.close({ graceful: false })).catch(() => {});
    options.wake();
  }

  function checkIdle(): void {
    if (!turn && session.held && clock.monotonicMs() - idleSinceMs >= session.idleStopMs)
      return void close({ graceful: true });
    if (!turn || turn.stoppedAtMs !== undefined) return;
    const waitsForPerson = turn.asks.size > turn.answered.size;
    if (waitsForPerson || outage.isWaiting || clock.monotonicMs() - turn.lastOutputMs < options.turnIdleMs) return;
    const { turnId } = turn;
    void end(turnId, "timed-out", `no sign of life for ${inWords(options.turnIdleMs)}`);
    stop();
  }

  async function close({ graceful }: { graceful: boolean }): Promise<void> {
    outage.cancel();
    const held = session.letGo();
    turn = undefined;
    await held?.then((agent) => agent.close({ graceful })).catch(() => {});
  }

  async function leave(): Promise<boolean> {
    const waitsForPerson = turn !== undefined && turn.asks.size > turn.answered.size;
    const { current } = session;
    if (!waitsForPerson || !current?.letGo) return close({ graceful: false }).then(() => false);
    current.letGo();
    session.letGo();
    turn = undefined;
    return true;
  }

  return {
    get turnId() {
      return turn?.turnId;
    },
    begin,
    takeUp,
    steer,
    answer,
    stop,
    startOver,
    checkIdle,
    close,
    leave,
  };
}
