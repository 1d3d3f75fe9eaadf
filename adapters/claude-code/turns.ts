import type { AgentInput, Output } from "../../src/ports/agents.js";
import type { Clock } from "../../src/ports/clock.js";
import type { Line } from "./line.js";
import {
  batchGathered,
  freshTurns,
  inputTaken,
  isBusy,
  isStopping,
  lineRead,
  type PromptIdOf,
  promptMissed,
  type TurnAction,
  type TurnChange,
  turnInterrupted,
  turnsAbandoned,
  workSeen,
} from "./turn-state.js";

type TurnEnd = Extract<Output, { kind: "turnEnded" }>;

/** Turns as the runtime means them: from the first message handed to an idle agent until nothing of it is left to do. */
export interface Turns {
  /** Starts a turn, or adds to the one under way. A message taken before is not handed on again. */
  take(input: AgentInput): void;
  /** Claude Code's reports about its own state. Called before the outputs of a line are passed on, except for a turn's end, which comes after them. */
  read(line: Line): void;
  /** Claude Code works. Unasked, that is a turn of its own, which ends like any other. */
  working(): void;
  /** Ends the turn as cancelled, with all that waits in it. */
  interrupt(): void;
  readonly isBusy: boolean;
  /** The turn was interrupted and has not ended: its text may be cut off. */
  readonly isStopping: boolean;
  /** Resolves when no turn is under way. */
  idle(): Promise<void>;
  /** No turn ends any more. */
  abandon(): void;
}

export interface TurnsOptions {
  /** Hands a prompt to Claude Code under an id of its own; steering ones go inside a running turn. */
  write: (prompt: { uuid: string; text: string }) => void;
  /** Stops Claude Code's turn, and drops its queue. */
  stop: () => void;
  uuidOf: PromptIdOf;
  emitEnd: (end: TurnEnd) => void;
  /** Inputs whose turns ended, shared over the processes of a session. */
  finished: { has(id: string): boolean; add(id: string): void };
  clock: Clock;
}

/** Claude Code says `idle` and has not taken a prompt: after so long it never will. */
const lostPromptMs = 10_000;
const maxLateMs = 3_000;

/** Does what the transitions of `turn-state` ask for. */
export function createTurns(options: TurnsOptions): Turns {
  const { clock, finished, uuidOf } = options;
  let state = freshTurns;
  let gathering: NodeJS.Immediate | undefined;
  let cancelWatch = () => {};
  let whenIdle: (() => void)[] = [];

  function apply(change: TurnChange): void {
    state = change.state;
    for (const action of change.actions) carryOut(action);
    if (!isBusy(state)) tellIdle();
  }

  function carryOut(action: TurnAction): void {
    switch (action.do) {
      case "gather":
        gathering = setImmediate(() => apply(batchGathered(state, uuidOf)));
        return;
      case "write":
        options.write({ uuid: action.uuid, text: action.text });
        return;
      case "stop":
        options.stop();
        return;
      case "watch":
        watch();
        return;
      case "unwatch":
        cancelWatch();
        return;
      case "end":
        endTurn(action);
    }
  }

  function watch(): void {
    cancelWatch();
    const sinceMs = clock.monotonicMs();
    cancelWatch = clock.after(lostPromptMs, () => {
      // A timer this late means that the process was frozen: read Claude Code's pending output first.
      if (clock.monotonicMs() - sinceMs > lostPromptMs + maxLateMs) watch();
      else apply(promptMissed(state, uuidOf));
    });
  }

  function endTurn({ end, inputIds, later }: Extract<TurnAction, { do: "end" }>): void {
    cancelTimers();
    for (const id of inputIds) finished.add(id);
    options.emitEnd(end);
    for (const input of later) take(input);
  }

  function cancelTimers(): void {
    cancelWatch();
    clearImmediate(gathering);
  }

  function tellIdle(): void {
    const resolves = whenIdle;
    whenIdle = [];
    for (const resolve of resolves) resolve();
  }

  function take(input: AgentInput): void {
    apply(inputTaken(state, input, { isFinished: finished.has(input.id), uuidOf }));
  }

  return {
    take,
    read: (line) => apply(lineRead(state, line, uuidOf)),
    working: () => apply(workSeen(state)),
    interrupt: () => apply(turnInterrupted(state)),
    get isBusy() {
      return isBusy(state);
    },
    get isStopping() {
      return isStopping(state);
    },
    async idle() {
      if (isBusy(state)) await new Promise<void>((resolve) => whenIdle.push(resolve));
    },
    abandon() {
      cancelTimers();
      apply({ state: turnsAbandoned(state), actions: [] });
    },
  };
}
