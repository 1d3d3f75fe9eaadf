import type { Command } from "../../core/room/command.js";
import type { TurnOutcome } from "../../core/room/event.js";
import type { AgentInput, AskDecision, Output } from "../../ports/agents.js";
import { PortError } from "../../ports/port-error.js";
import type { RoomService } from "../rooms/service.js";
import { inWords } from "./duration.js";
import { handOver } from "./hand-over.js";
import { failureKindOf, isModelAnswer } from "./outage.js";
import { createOutputRecorder } from "./recorder.js";
import { type AgentRunner, type RunnerOptions, restarted, type TurnToStart, type TurnToTakeOver } from "./runner.js";
import { newTurn, type RunningTurn, waitsForPerson } from "./running-turn.js";
import { createAgentSession } from "./session.js";
import { answerTurn, steerTurn } from "./turn-inputs.js";
import { createUnstoredTurns } from "./unstored-turns.js";

/** Grace period after an interrupt before the agent's process is ended. */
const stopGraceMs = 10_000;
/** Delay before a turn whose sandbox died is redelivered. */
const deathBackoffMs = 1_000;

/** A runner with no session; it opens one with the first turn. */
export function createAgentRunner(options: RunnerOptions): AgentRunner {
  const { roomId, name, rooms, journal, activity, clock, logger, outage } = options;
  const stream = `agent/${roomId}/${name}`;
  let turn: RunningTurn | undefined;
  const unstored = createUnstoredTurns();
  /** Monotonic time since which the open session has been idle. */
  let idleSinceMs = clock.monotonicMs();
  const session = createAgentSession({
    openSpec: options.openSpec,
    onOpened: (opened) => journal.record(stream, name, { type: "session", ...opened }),
    onOutput: handleOutput,
    onDeath: died,
  });
  const repeatsUnderNewIds = () => session.current?.repeatsUnderNewIds === true;
  const record = createOutputRecorder({ ...options, stream, submit, repeatsUnderNewIds });

  async function died(error: unknown): Promise<void> {
    logger.warn({ roomId, agent: name, error }, "an agent's sandbox died");
    if (turn) await loseTo(error, turn);
  }

  async function loseTo(error: unknown, lost: RunningTurn, { atStart = false } = {}): Promise<void> {
    const [failure, why] = [failureKindOf(error), error instanceof PortError ? { error: error.message } : {}];
    if (failure === "outage") outage.failed(error, { isCutOff: !atStart });
    if (failure === "refused") await end(lost.turnId, "failed", why);
    else {
      const lostBy = failure === "outage" ? "outage" : "sandbox";
      await submit({ type: "turn.lose", agent: name, turnId: lost.turnId, lostBy, atStart, ...why });
    }
    finish(lost);
    options.wake(deathBackoffMs);
  }

  async function handleOutput(output: Output): Promise<void> {
    if (output.kind === "link") return handleLink(output);
    // The room knows that the model does not answer; that it is asked again is no news.
    if (output.kind === "notice" && outage.awaitsAnswer) return;
    outage.over(isModelAnswer(output) ? "answered" : "reached");
    const running = turn ?? (await startSpontaneous(output));
    if (!running) return;
    running.lastOutputMs = clock.monotonicMs();
    if (output.kind === "turnEnded") return handleTurnEnd(running, output);
    if (output.kind === "ask") running.asks.set(output.requestId, output.input);
    const refused = await record(running.turnId, output);
    // The gate may have been decided before this output arrived.
    if (output.kind === "ask" && running.takenOver) options.wake();
    if (refused === undefined || output.kind !== "ask") return;
    running.answered.add(output.requestId);
    await (await session.open()).answer(output.requestId, { kind: "deny", message: refused });
  }

  /** The process lives: its turn goes on when the connection is there again, and is not judged until then. */
  async function handleLink({ outage: cause }: Extract<Output, { kind: "link" }>): Promise<void> {
    if (turn) turn.lastOutputMs = clock.monotonicMs();
    if (cause === undefined) outage.over("reached");
    else if (turn) outage.failed(new PortError(cause, { code: "unavailable", retryable: true, outage: cause }));
  }

  /** Starts a turn for output outside any turn: a message arrived just as the turn ended, or a background task finished. */
  async function startSpontaneous(output: Output): Promise<RunningTurn | undefined> {
    if (output.kind !== "block" && output.kind !== "ask" && output.kind !== "tool") return undefined;
    const turnId = options.ids.next();
    const { node, instance, onlyNode } = options;
    const start = { type: "turn.start", agent: name, turnId, node, boot: instance, onlyAtHome: !onlyNode } as const;
    const decision = await submit({ ...start, spontaneous: true });
    if (decision.kind !== "accepted") return undefined;
    turn = newTurn({ turnId, shutdown: false }, clock.monotonicMs());
    return turn;
  }

  async function handleTurnEnd(
    ended: RunningTurn,
    { outcome, error, refused, outage: cause }: Extract<Output, { kind: "turnEnded" }>,
  ): Promise<void> {
    if (ended.takenOver && outcome === "failed") return loseTakenOver(ended);
    if (cause !== undefined && ended.inputs && ended.stoppedAtMs === undefined) return pause(ended, cause);
    if (ended.stoppedAtMs === undefined) await end(ended.turnId, outcome, { error, refused });
    finish(ended);
    if (ended.stoppedAtMs !== undefined) options.wake();
    if (ended.shutdown) await close({ graceful: true });
  }

  /** The model's provider does not answer. The turn stays open, and its messages are delivered again until there is an answer. */
  function pause(paused: RunningTurn, cause: string): void {
    const error = new PortError(cause, { code: "unavailable", retryable: true, outage: cause });
    outage.failed(error, { awaitsAnswer: true });
    paused.isPaused = true;
    paused.handed = deliverInputs(paused, async () => [...((await paused.inputs?.()) ?? []), ...paused.steered]);
  }

  /** Call only after the log has the end: a turn open in the log but unknown here counts as lost. */
  function finish(ended: RunningTurn): void {
    if (turn === ended) turn = undefined;
    idleSinceMs = clock.monotonicMs();
    activity.publish(roomId, { type: "activity.ended", agent: name, turnId: ended.turnId });
  }

  /** The commit of the end wakes the mailbox. */
  async function end(
    turnId: string,
    outcome: Exclude<TurnOutcome, "lost">,
    { error, refused }: { error?: string | undefined; refused?: string | undefined } = {},
  ): Promise<void> {
    const why = { ...(error !== undefined && { error }), ...(refused !== undefined && { refused }) };
    await submit({ type: "turn.end", agent: name, turnId, outcome, ...why });
  }

  async function submit(command: Parameters<RoomService["submit"]>[1]) {
    const submitted = await rooms.submit(roomId, command);
    submitted.durable.catch((error: unknown) => handleStoreFailure(command, error));
    return submitted.decision;
  }

  /** Stops the agent after a failed write, since its further work would depend on lost events. The open turn is redelivered later. */
  function handleStoreFailure(command: Command, error: unknown): void {
    const what = command.type;
    // The turn may have ended here before its end turned out not to be stored.
    if (failureKindOf(error) === "outage" && "turnId" in command && command.turnId !== undefined)
      unstored.add(command.turnId);
    logger.error(
      { roomId, agent: name, what, error },
      "what an agent did could not be stored; it is stopped and its turn will be delivered again",
    );
    restartSession();
  }

  /** Drops a session that knows of a turn missing from the log. The next turn opens a new session and gets all messages. */
  function restartSession(turnId = turn?.turnId): void {
    const held = session.letGo();
    if (turn?.turnId === turnId && turn) finish(turn);
    void held?.then((agent) => agent.close({ graceful: false })).catch(() => {});
    options.wake(deathBackoffMs);
  }

  function startTurn({ turnId, inputs, shutdown }: TurnToStart): void {
    const started = newTurn({ turnId, shutdown }, clock.monotonicMs());
    turn = started;
    started.inputs = inputs;
    started.handed = deliverInputs(started, inputs);
  }

  function takeOverTurn(begun: TurnToTakeOver): void {
    const taken = newTurn(begun, clock.monotonicMs());
    turn = taken;
    taken.takenOver = continueTurn(taken, begun).catch(async (error: unknown) => {
      logger.warn({ roomId, agent: name, error }, "a turn that was under way could not be gone on with");
      if (turn === taken) await loseTakenOver(taken);
    });
  }

  /**
   * Loses a taken-over turn whose process has ended or failed, for example because its model calls went unanswered during the restart. The
   * process ignores inputs it already has, so redelivery needs a new process.
   */
  async function loseTakenOver({ turnId }: RunningTurn): Promise<void> {
    await submit({ type: "turn.lose", agent: name, turnId, lostBy: "router", error: restarted });
    await abandon();
  }

  async function continueTurn(taken: RunningTurn, { startedAtMs, inputs, steered }: TurnToTakeOver): Promise<void> {
    const [first, more] = [await inputs(), await steered()];
    const agent = first.length === 0 ? undefined : await session.takeOver(startedAtMs);
    if (turn !== taken) return;
    if (!agent) throw new Error("its process does not run any more, or it had begun by itself");
    if (taken.stoppedAtMs !== undefined) return abandon();
    taken.lastOutputMs = clock.monotonicMs();
    for (const input of first) await agent.send(input);
    // Keep the batches of the first delivery: inputs that arrive in one tick are sent together.
    await new Promise((resolve) => setImmediate(resolve));
    for (const input of more) await agent.send(input);
  }

  async function deliverInputs(started: RunningTurn, inputs: () => Promise<AgentInput[]>): Promise<boolean> {
    try {
      const handed = await handOver({
        session,
        outage,
        inputs,
        isOpen: () => turn === started,
        isStopped: () => started.stoppedAtMs !== undefined,
        onConversationLost: async () => void (await submit({ type: "agent.conversationLost", agent: name })),
        onProgress: () => {
          started.lastOutputMs = clock.monotonicMs();
        },
      });
      started.isPaused = false;
      if (handed !== "not open") outage.over("reached");
      if (handed === "nothing to do") await handleTurnEnd(started, { kind: "turnEnded", outcome: "done" });
      return handed === "handed over";
    } catch (error) {
      logger.warn({ roomId, agent: name, error }, "an agent could not be started");
      if (turn === started) await loseTo(error, started, { atStart: true });
      return false;
    }
  }

  const warn = (error: unknown, what: string) => logger.warn({ roomId, agent: name, error }, what);
  const steer = (input: AgentInput) => steerTurn(turn, input, { session, warn });
  const answer = (requestId: string, decision: (input: unknown) => AskDecision) =>
    answerTurn(turn, { requestId, decision }, { session, warn, nowMs: clock.monotonicMs() });

  function stop(): void {
    const stopping = turn;
    if (!stopping || stopping.stoppedAtMs !== undefined) return;
    stopping.stoppedAtMs = clock.monotonicMs();
    outage.cancel();
    if (!session.held || stopping.isPaused) {
      finish(stopping);
      options.wake();
      return;
    }
    void session.held.then((agent) => agent.interrupt()).catch(() => {});
    clock.after(stopGraceMs, () => {
      if (turn === stopping) void abandon();
    });
  }

  /** Ends the process of an agent that ignored the interrupt. The next turn resumes the session. */
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
    if (waitsForPerson(turn) || outage.isOpen || clock.monotonicMs() - turn.lastOutputMs < options.turnIdleMs) return;
    const { turnId } = turn;
    void end(turnId, "timed-out", { error: `no sign of life for ${inWords(options.turnIdleMs)}` });
    stop();
  }

  function discountFrozen(frozenMs: number): void {
    const nowMs = clock.monotonicMs();
    idleSinceMs = Math.min(nowMs, idleSinceMs + frozenMs);
    if (turn) turn.lastOutputMs = Math.min(nowMs, turn.lastOutputMs + frozenMs);
  }

  async function close({ graceful }: { graceful: boolean }): Promise<void> {
    outage.cancel();
    const held = session.letGo();
    turn = undefined;
    await held?.then((agent) => agent.close({ graceful })).catch(() => {});
  }

  async function leave(): Promise<boolean> {
    const { current } = session;
    if (!(turn && waitsForPerson(turn)) || !current?.letGo) return close({ graceful: false }).then(() => false);
    current.letGo();
    session.letGo();
    turn = undefined;
    return true;
  }

  return {
    get turnId() {
      return turn?.turnId;
    },
    isUnstored: (turnId) => unstored.has(turnId),
    startTurn,
    takeOverTurn,
    steer,
    answer,
    stop,
    restartSession(turnId) {
      // Where its start turns out to be stored after all, the log was away and no process has ended.
      unstored.add(turnId);
      restartSession(turnId);
    },
    checkIdle,
    discountFrozen,
    close,
    leave,
  };
}
