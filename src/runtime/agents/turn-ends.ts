import type { Decision } from "../../core/room/decide/decision.js";
import type { TurnOutcome } from "../../core/room/event.js";
import type { Output } from "../../ports/agents.js";
import { PortError } from "../../ports/port-error.js";
import { failsAloneError, failsAloneText, failureKindOf } from "./outage.js";
import { restarted } from "./runner.js";
import type { RunnerParts } from "./runner-parts.js";
import {
  dueAtEnd,
  isBeingStopped,
  type RunningTurn,
  runOver,
  sessionLeft,
  turnOf,
  turnPaused,
} from "./runner-state.js";

/** The end of a turn as its agent tells it, and how many tools it used; absent where it used none. */
export type CountedEnd = Extract<Output, { kind: "turnEnded" }> & { steps?: number };

/** The ways in which a turn ends on this node. Each is written to the log before the runner forgets the turn. */
export interface TurnEnds {
  /** The agent says that its turn ended. */
  ended(turn: RunningTurn, end: CountedEnd): Promise<void>;
  /** The agent, its sandbox or something outside both failed. `atStart`: before the turn's messages were delivered. */
  failed(turn: RunningTurn, error: unknown, options?: { atStart?: boolean }): Promise<void>;
  /** The turn was silent for too long. */
  timedOut(turn: RunningTurn, error: string): Promise<void>;
  /**
   * Loses a taken-over turn whose process has ended or failed, for example because its model calls went unanswered during the restart. The
   * process ignores inputs it already has, so redelivery needs a new process.
   */
  takeOverFailed(turn: RunningTurn): Promise<void>;
  /** The run is over. Call only after the log has the end: a turn open in the log but unknown here counts as lost. */
  over(turn: RunningTurn): void;
  /** Ends the process of an agent that ignored the interrupt, or whose turn was lost. The next turn resumes the session. */
  abandon(): Promise<void>;
  /** Drops a session that knows of a turn missing from the log. The next turn opens a new session and gets all messages. */
  restartSession(turnId?: string): void;
  /** Closes the session and forgets the turn. */
  close(options: { graceful: boolean }): Promise<void>;
}

/** Delay before a turn whose sandbox died is redelivered. */
const deathBackoffMs = 1_000;

/** Ends the turns of one runner. `deliverAgain` delivers the messages of a paused turn once the outage has passed. */
export function createTurnEnds(parts: RunnerParts, deliverAgain: (turn: RunningTurn) => void): TurnEnds {
  const { options, session, submit } = parts;
  const { roomId, name, clock, activity, outage } = options;

  /** Stores the end of the turn; its commit wakes the mailbox. */
  async function store(
    turnId: string,
    outcome: Exclude<TurnOutcome, "lost">,
    { error, refused, steps }: Partial<Pick<CountedEnd, "error" | "refused" | "steps">> = {},
  ): Promise<Decision> {
    const why = { ...(error !== undefined && { error }), ...(refused !== undefined && { refused }) };
    const used = steps === undefined ? {} : { steps };
    return submit({ type: "turn.end", agent: name, turnId, outcome, ...why, ...used });
  }

  function over({ run, turnId }: RunningTurn): void {
    parts.state = runOver(parts.state, run, clock.monotonicMs());
    activity.publish(roomId, { type: "activity.ended", agent: name, turnId });
  }

  async function ended(turn: RunningTurn, end: CountedEnd): Promise<void> {
    const due = dueAtEnd(parts.state, turn, end);
    if (due === "lose") return takeOverFailed(turn);
    const alone = due === "pause" && end.mayBeOwn ? options.conversation.failed(session.provider) : undefined;
    if (alone) await storeGivenUp(turn, { ...alone, cause: end.outage ?? "" });
    else if (due === "pause") return pause(turn, end.outage ?? "");
    const stored = due === "store" ? await store(turn.turnId, end.outcome, end) : undefined;
    const wasStopped = isBeingStopped(parts.state, turn.run);
    over(turn);
    // The log has ended the turn in another way, and may deliver its messages again: this session would ignore them.
    if (stored?.kind === "rejected") return abandon();
    if (wasStopped) options.wake();
    if (turn.shutdown) await close({ graceful: true });
  }

  /** The model's provider does not answer. The turn stays open, and its messages are delivered again until there is an answer. */
  function pause(turn: RunningTurn, cause: string): void {
    const error = new PortError(cause, { code: "unavailable", retryable: true, outage: cause });
    outage.failed(error, { awaitsAnswer: true });
    parts.state = turnPaused(parts.state, turn.run);
    deliverAgain(turn);
  }

  /** The provider fails on this conversation alone: trying again would never end. */
  async function storeGivenUp({ turnId }: RunningTurn, failing: { cause: string; lastedMs: number }): Promise<void> {
    const { node, onlyNode } = options;
    const endsOutageOf = outage.giveUp() ? { endsOutageOf: { node, onlyNode } } : {};
    const notice = { text: failsAloneText(name, failing), ...endsOutageOf };
    const error = failsAloneError(failing);
    await submit({ type: "turn.end", agent: name, turnId, outcome: "failed", error, notice });
  }

  async function failed(turn: RunningTurn, error: unknown, { atStart = false } = {}): Promise<void> {
    const [failure, why] = [failureKindOf(error), error instanceof PortError ? { error: error.message } : {}];
    if (failure === "outage") outage.failed(error, { isCutOff: !atStart });
    if (failure === "refused") await store(turn.turnId, "failed", why);
    else {
      const lostBy = failure === "outage" ? "outage" : "sandbox";
      await submit({ type: "turn.lose", agent: name, turnId: turn.turnId, lostBy, atStart, ...why });
    }
    over(turn);
    options.wake(deathBackoffMs);
  }

  async function takeOverFailed({ turnId }: RunningTurn): Promise<void> {
    await submit({ type: "turn.lose", agent: name, turnId, lostBy: "router", error: restarted });
    await abandon();
  }

  async function abandon(): Promise<void> {
    const held = session.letGo();
    const turn = turnOf(parts.state);
    if (turn) over(turn);
    await held?.then((agent) => agent.close({ graceful: false })).catch(() => {});
    options.wake();
  }

  function restartSession(turnId?: string): void {
    const held = session.letGo();
    const turn = turnOf(parts.state);
    if (turn && (turnId === undefined || turn.turnId === turnId)) over(turn);
    void held?.then((agent) => agent.close({ graceful: false })).catch(() => {});
    options.wake(deathBackoffMs);
  }

  async function close({ graceful }: { graceful: boolean }): Promise<void> {
    outage.cancel();
    const held = session.letGo();
    parts.state = sessionLeft(parts.state, clock.monotonicMs());
    await held?.then((agent) => agent.close({ graceful })).catch(() => {});
  }

  const timedOut = async ({ turnId }: RunningTurn, error: string) => void (await store(turnId, "timed-out", { error }));
  return { ended, failed, timedOut, takeOverFailed, over, abandon, restartSession, close };
}
