import type { Command } from "../../core/room/command.js";
import type { Decision } from "../../core/room/decide/decision.js";
import { turnNotOpen } from "../../core/room/decide/turns.js";
import { inWords } from "../../core/values/duration.js";
import { PortError } from "../../ports/port-error.js";
import { failureKindOf } from "./outage.js";
import type { AgentRunner, RunnerOptions } from "./runner.js";
import type { RunnerParts } from "./runner-parts.js";
import {
  frozenFor,
  isUnderWay,
  newRunner,
  overdue,
  sessionLeft,
  stopBegun,
  turnOf,
  waitsForPerson,
} from "./runner-state.js";
import { createAgentSession } from "./session.js";
import { createTurnEnds } from "./turn-ends.js";
import { createTurnInputs } from "./turn-inputs.js";
import { createTurnOutputs } from "./turn-outputs.js";

/** Grace period after an interrupt before the agent's process is ended. */
const stopGraceMs = 10_000;

/** Turns remembered as not stored: of one agent only a few follow each other before the log is read again. */
const maxUnstored = 20;

/** A runner with no session; it opens one with the first turn. */
export function createAgentRunner(options: RunnerOptions): AgentRunner {
  const { roomId, name, rooms, journal, clock, logger, outage } = options;
  const stream = `agent/${roomId}/${name}`;
  const session = createAgentSession({
    openSpec: options.openSpec,
    onOpened: (opened) => journal.record(stream, name, { type: "session", ...opened }),
    onOutput: (output) => takeOutput(output),
    onDeath: died,
  });
  const parts: RunnerParts = { options, state: newRunner(clock.monotonicMs()), session, submit };
  const ends = createTurnEnds(parts, (turn) => inputs.deliverAgain(turn));
  const inputs = createTurnInputs(parts, ends);
  /** Turns that were stopped because the log could not be written, the latest ones. */
  let unstored: readonly string[] = [];
  const takeOutput = createTurnOutputs(parts, { ends, stream });

  async function died(error: unknown): Promise<void> {
    logger.warn({ roomId, agent: name, error }, "an agent's sandbox died");
    const turn = turnOf(parts.state);
    if (turn) await ends.failed(turn, error);
  }

  async function submit(command: Command): Promise<Decision> {
    try {
      const { decision, durable } = await rooms.submit(roomId, command);
      durable.then(
        (ended) => {
          // Others wrote first, and the log has ended the turn in another way.
          if (command.type === "turn.end" && decision.kind === "accepted" && ended.kind === "rejected")
            ends.restartSession();
        },
        (error: unknown) => handleStoreFailure(command, error),
      );
      return decision;
    } catch (error) {
      if (!(error instanceof PortError)) throw error;
      handleStoreFailure(command, error);
      return turnNotOpen;
    }
  }

  /** Stops the agent after a failed write, since its further work would depend on lost events. The open turn is redelivered later. */
  function handleStoreFailure(command: Command, error: unknown): void {
    const what = command.type;
    // The turn may have ended here before its end turned out not to be stored.
    if (failureKindOf(error) === "outage" && "turnId" in command && command.turnId !== undefined)
      rememberUnstored(command.turnId);
    logger.error(
      { roomId, agent: name, what, error },
      "what an agent did could not be stored; it is stopped and its turn will be delivered again",
    );
    ends.restartSession();
  }

  function rememberUnstored(turnId: string): void {
    unstored = [...unstored.filter((other) => other !== turnId), turnId].slice(-maxUnstored);
  }

  function stop(): void {
    const turn = turnOf(parts.state);
    if (!turn || parts.state.kind === "stopping") return;
    const isAtRest = !session.held || parts.state.kind === "paused";
    parts.state = stopBegun(parts.state);
    outage.cancel();
    if (isAtRest) {
      ends.over(turn);
      options.wake();
      return;
    }
    void session.held?.then((agent) => agent.interrupt()).catch(() => {});
    clock.after(stopGraceMs, () => {
      if (isUnderWay(parts.state, turn.run)) void ends.abandon();
    });
  }

  function checkIdle(): void {
    const { turnIdleMs } = options;
    const due = overdue(parts.state, { nowMs: clock.monotonicMs(), idleStopMs: session.idleStopMs, turnIdleMs });
    if (due === "idle" && session.held) void ends.close({ graceful: true });
    const turn = turnOf(parts.state);
    if (due !== "silent" || !turn || outage.isOpen) return;
    void ends.timedOut(turn, `no sign of life for ${inWords(turnIdleMs)}`);
    stop();
  }

  async function leave(): Promise<boolean> {
    const { current } = session;
    if (!waitsForPerson(parts.state) || !current?.letGo) return ends.close({ graceful: false }).then(() => false);
    current.letGo();
    session.letGo();
    parts.state = sessionLeft(parts.state, clock.monotonicMs());
    return true;
  }

  return {
    get turnId() {
      return turnOf(parts.state)?.turnId;
    },
    isUnstored: (turnId) => unstored.includes(turnId),
    ...inputs,
    stop,
    dropLost: () => void ends.abandon(),
    restartSession(turnId) {
      // Where its start turns out to be stored after all, the log was away and no process has ended.
      rememberUnstored(turnId);
      ends.restartSession(turnId);
    },
    checkIdle,
    discountFrozen(frozenMs) {
      parts.state = frozenFor(parts.state, frozenMs, clock.monotonicMs());
    },
    close: ends.close,
    leave,
  };
}
