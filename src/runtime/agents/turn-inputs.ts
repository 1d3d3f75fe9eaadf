import type { AgentInput, AskDecision } from "../../ports/agents.js";
import { handOver } from "./hand-over.js";
import type { TurnToStart, TurnToTakeOver } from "./runner.js";
import type { RunnerParts } from "./runner-parts.js";
import {
  askAnswered,
  isBeingStopped,
  isUnderWay,
  type RunningTurn,
  signOfLife,
  turnBegun,
  turnOf,
  turnResumed,
} from "./runner-state.js";
import type { TurnEnds } from "./turn-ends.js";

/** The inputs of an agent: messages that begin a turn or arrive during it, and answers to its requests. See `AgentRunner`. */
export interface TurnInputs {
  startTurn(turn: TurnToStart): void;
  takeOverTurn(turn: TurnToTakeOver): void;
  steer(input: AgentInput): void;
  answer(requestId: string, decision: (input: unknown) => AskDecision): void;
  /** Redelivers the messages of a turn that was started here, including those that arrived during it. */
  deliverAgain(turn: RunningTurn): void;
}

/** The messages of the latest run. */
interface Delivery {
  run: number;
  /** Resolves to whether the first messages were delivered; later messages wait for it. */
  isDelivered: Promise<boolean>;
  /** The first messages; absent in a turn that was taken over. */
  inputs?: () => Promise<AgentInput[]>;
  /** Messages delivered during the turn. */
  steered: AgentInput[];
}

/** The inputs of one runner's turns. */
export function createTurnInputs(parts: RunnerParts, ends: TurnEnds): TurnInputs {
  const { options, session, submit } = parts;
  const { roomId, name, clock, logger, outage } = options;
  let delivery: Delivery | undefined;

  function sayAlive({ run }: RunningTurn): void {
    parts.state = signOfLife(parts.state, run, clock.monotonicMs());
  }

  function startTurn({ turnId, inputs, shutdown }: TurnToStart): void {
    const begun = turnBegun(parts.state, { turnId, origin: "started", shutdown }, clock.monotonicMs());
    parts.state = begun;
    delivery = { run: begun.turn.run, isDelivered: deliverInputs(begun.turn, inputs), inputs, steered: [] };
  }

  function deliverAgain(turn: RunningTurn): void {
    if (delivery?.run !== turn.run || !delivery.inputs) return;
    const { inputs, steered } = delivery;
    const isDelivered = deliverInputs(turn, async () => [...(await inputs()), ...steered]);
    delivery = { ...delivery, isDelivered };
  }

  async function deliverInputs(turn: RunningTurn, inputs: () => Promise<AgentInput[]>): Promise<boolean> {
    const { run } = turn;
    try {
      const handed = await handOver({
        session,
        outage,
        inputs,
        isOpen: () => isUnderWay(parts.state, run),
        isStopped: () => isBeingStopped(parts.state, run),
        onConversationLost: async () => void (await submit({ type: "agent.conversationLost", agent: name })),
        onProgress: () => sayAlive(turn),
      });
      parts.state = turnResumed(parts.state, run);
      if (handed !== "not open") outage.over("reached");
      if (handed === "nothing to do") await ends.ended(turn, { kind: "turnEnded", outcome: "done" });
      return handed === "handed over";
    } catch (error) {
      logger.warn({ roomId, agent: name, error }, "an agent could not be started");
      if (isUnderWay(parts.state, run)) await ends.failed(turn, error, { atStart: true });
      return false;
    }
  }

  function takeOverTurn(taken: TurnToTakeOver): void {
    const { turnId, shutdown } = taken;
    const begun = turnBegun(parts.state, { turnId, origin: "taken over", shutdown }, clock.monotonicMs());
    parts.state = begun;
    const isDelivered = continueTurn(begun.turn, taken).catch(async (error: unknown) => {
      logger.warn({ roomId, agent: name, error }, "a turn that was under way could not be continued");
      if (isUnderWay(parts.state, begun.turn.run)) await ends.takeOverFailed(begun.turn);
      return false;
    });
    delivery = { run: begun.turn.run, isDelivered, steered: [] };
  }

  async function continueTurn(turn: RunningTurn, { startedAtMs, inputs, steered }: TurnToTakeOver): Promise<boolean> {
    const [first, more] = [await inputs(), await steered()];
    const agent = first.length === 0 ? undefined : await session.takeOver(startedAtMs);
    if (!isUnderWay(parts.state, turn.run)) return false;
    if (!agent) throw new Error("its process no longer runs, or the turn began by itself");
    if (isBeingStopped(parts.state, turn.run)) {
      await ends.abandon();
      return false;
    }
    sayAlive(turn);
    for (const input of first) await agent.send(input);
    // Keep the batches of the first delivery: inputs that arrive in one tick are sent together.
    await new Promise((resolve) => setImmediate(resolve));
    for (const input of more) await agent.send(input);
    return true;
  }

  function steer(input: AgentInput): void {
    const turn = turnOf(parts.state);
    const isOfTurn = turn !== undefined && turn.run === delivery?.run;
    if (isOfTurn) delivery?.steered.push(input);
    void Promise.resolve(isOfTurn ? delivery?.isDelivered : true)
      .then(async (isDelivered) => {
        // Otherwise the message returned to the mailbox with the turn, or was dropped with it.
        if (isDelivered) await (await session.open()).send(input);
      })
      .catch((error: unknown) =>
        logger.warn({ roomId, agent: name, error }, "a message could not be handed to a running turn"),
      );
  }

  function answer(requestId: string, decision: (input: unknown) => AskDecision): void {
    const answered = askAnswered(parts.state, requestId, clock.monotonicMs());
    if (!answered) return;
    parts.state = answered.state;
    const decided = decision(answered.input);
    void session
      .open()
      .then((agent) => agent.answer(requestId, decided))
      .catch((error: unknown) =>
        logger.warn({ roomId, agent: name, error }, "a decision could not be handed to an agent"),
      );
  }

  return { startTurn, takeOverTurn, steer, answer, deliverAgain };
}
