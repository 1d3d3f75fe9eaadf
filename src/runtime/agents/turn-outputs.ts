import type { Output } from "../../ports/agents.js";
import { PortError } from "../../ports/port-error.js";
import { createOutputKeeper } from "./kept-output.js";
import { isModelAnswer } from "./outage.js";
import { createOutputRecorder } from "./recorder.js";
import type { RunnerParts } from "./runner-parts.js";
import { askMade, askRefused, type RunningTurn, signOfLife, turnBegun, turnOf } from "./runner-state.js";
import type { CountedEnd, TurnEnds } from "./turn-ends.js";

type Ask = Extract<Output, { kind: "ask" }>;

/** Returns a function that takes the outputs of the open session one after the other: they go into its turn, or end it. */
export function createTurnOutputs(
  parts: RunnerParts,
  { ends, stream }: { ends: Pick<TurnEnds, "ended">; stream: string },
): (output: Output) => Promise<void> {
  const { options, session, submit } = parts;
  const { name, clock, outage } = options;
  const repeatsUnderNewIds = () => session.current?.repeatsUnderNewIds === true;
  const keeper = createOutputKeeper(options);
  const recorder = createOutputRecorder({ ...options, stream, submit, repeatsUnderNewIds, keeper });

  async function takeOutput(output: Output): Promise<void> {
    if (output.kind === "link") return takeLink(output);
    // The room already knows that the model does not answer, so a retry is not announced.
    if (output.kind === "notice" && outage.awaitsAnswer) return;
    outage.over(isModelAnswer(output) ? "answered" : "reached");
    if (isModelAnswer(output) && (output.kind !== "turnEnded" || output.outcome === "done"))
      options.conversation.answered(session.provider);
    const turn = turnOf(parts.state) ?? (await startSpontaneous(output));
    if (!turn) return;
    parts.state = signOfLife(parts.state, turn.run, clock.monotonicMs());
    if (output.kind === "turnEnded") return ends.ended(turn, counted(turn.turnId, output));
    if (output.kind === "ask") return takeAsk(turn, output);
    await recorder.record(turn.turnId, output);
  }

  function counted(turnId: string, end: Extract<Output, { kind: "turnEnded" }>): CountedEnd {
    const steps = recorder.stepsOf(turnId);
    return steps === 0 ? end : { ...end, steps };
  }

  async function takeAsk({ run, turnId, origin }: RunningTurn, ask: Ask): Promise<void> {
    const asking = session.current;
    parts.state = askMade(parts.state, run, ask);
    const refused = await recorder.record(turnId, ask);
    // The gate may have been decided before this output arrived.
    if (origin === "taken over") options.wake();
    if (refused === undefined) return;
    parts.state = askRefused(parts.state, run, ask.requestId);
    // A session that was released meanwhile waits for no answer, and a new one did not ask.
    if (asking === session.current) await asking?.answer(ask.requestId, { kind: "deny", message: refused });
  }

  /** The process is alive: its turn continues when the connection is back, and does not time out until then. */
  function takeLink({ outage: cause }: Extract<Output, { kind: "link" }>): void {
    const turn = turnOf(parts.state);
    if (turn) parts.state = signOfLife(parts.state, turn.run, clock.monotonicMs());
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
    const begun = turnBegun(parts.state, { turnId, origin: "spontaneous", shutdown: false }, clock.monotonicMs());
    parts.state = begun;
    return begun.turn;
  }

  return takeOutput;
}
