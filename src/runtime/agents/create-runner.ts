import type { Command } from "../../core/room/command.js";
import { inWords } from "./duration.js";
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
  const ends = createTurnEnds(parts);
  const takeOutput = createTurnOutputs(parts, { ends, stream });

  async function died(error: unknown): Promise<void> {
    logger.warn({ roomId, agent: name, error }, "an agent's sandbox died");
    const turn = turnOf(parts.state);
    if (turn) await ends.failed(turn, error);
  }

  async function submit(command: Command) {
    const submitted = await rooms.submit(roomId, command);
    submitted.durable.catch((error: unknown) => handleStoreFailure(command.type, error));
    return submitted.decision;
  }

  /** Stops the agent after a failed write, since its further work would depend on lost events. The open turn is redelivered later. */
  function handleStoreFailure(what: string, error: unknown): void {
    logger.error(
      { roomId, agent: name, what, error },
      "what an agent did could not be stored; it is stopped and its turn will be delivered again",
    );
    ends.restartSession();
  }

  function stop(): void {
    const turn = turnOf(parts.state);
    if (!turn || parts.state.kind === "stopping") return;
    parts.state = stopBegun(parts.state);
    outage.cancel();
    if (!session.held) {
      ends.over(turn);
      options.wake();
      return;
    }
    void session.held.then((agent) => agent.interrupt()).catch(() => {});
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
    ...createTurnInputs(parts, ends),
    stop,
    restartSession: ends.restartSession,
    checkIdle,
    discountFrozen(frozenMs) {
      parts.state = frozenFor(parts.state, frozenMs, clock.monotonicMs());
    },
    close: ends.close,
    leave,
  };
}
