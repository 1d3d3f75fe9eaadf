/**
 * The state of an agent's runner: idle, in a turn, or stopping one. Times are monotonic ms. Immutable: each change returns a new value, or the
 * same one if there is nothing to change.
 */
export type RunnerState = IdleRunner | BusyRunner;

/** No turn runs. */
export interface IdleRunner {
  readonly kind: "idle";
  readonly runs: number;
  readonly sinceMs: number;
}

/**
 * `working`: in a turn. `paused`: the model's provider does not answer, and the agent is at rest until its messages are delivered again.
 * `stopping`: the log has ended the turn, and the agent was told to stop and has not stopped.
 */
export interface BusyRunner {
  readonly kind: "working" | "paused" | "stopping";
  /** Number of runs that began here. */
  readonly runs: number;
  readonly turn: RunningTurn;
}

/** How a turn came to run here. `taken over`: an earlier instance of this node started it. `spontaneous`: output outside any turn did. */
export type TurnOrigin = "started" | "taken over" | "spontaneous";

/** A turn that runs in this process. */
export interface RunningTurn {
  /** Tells two runs of one turn apart: a turn that was taken over and let go may be taken over again. */
  readonly run: number;
  readonly turnId: string;
  readonly origin: TurnOrigin;
  /** The session closes when the turn has ended. */
  readonly shutdown: boolean;
  /** Time of the last sign of life. */
  readonly lastOutputMs: number;
  /** Inputs of its requests to people, by request id. */
  readonly asks: ReadonlyMap<string, unknown>;
  /** Ids of the requests that were answered. */
  readonly answered: ReadonlySet<string>;
}

/** A runner that has had no turn yet. */
export function newRunner(nowMs: number): IdleRunner {
  return { kind: "idle", runs: 0, sinceMs: nowMs };
}

/** A turn begins and replaces any earlier one. */
export function turnBegun(
  state: RunnerState,
  begun: { turnId: string; origin: TurnOrigin; shutdown: boolean },
  nowMs: number,
): BusyRunner {
  const { turnId, origin, shutdown } = begun;
  const run = state.runs + 1;
  const turn = { run, turnId, origin, shutdown, lastOutputMs: nowMs, asks: new Map(), answered: new Set<string>() };
  return { kind: "working", runs: run, turn };
}

/** The agent of this run did something, or something was done for it. */
export function signOfLife(state: RunnerState, run: number, nowMs: number): RunnerState {
  return withTurn(state, run, (turn) => ({ ...turn, lastOutputMs: nowMs }));
}

/** The agent asks people. A request that it repeats stays answered. */
export function askMade(state: RunnerState, run: number, ask: { requestId: string; input: unknown }): RunnerState {
  const withAsk = ({ asks }: RunningTurn) => new Map([...asks, [ask.requestId, ask.input]]);
  return withTurn(state, run, (turn) => ({ ...turn, asks: withAsk(turn) }));
}

/** The room did not take the request, so Parley itself answers it. */
export function askRefused(state: RunnerState, run: number, requestId: string): RunnerState {
  return withTurn(state, run, (turn) => withAnswered(turn, requestId));
}

/** Answers a request: returns the next state and the request's input. Undefined if no such request waits for an answer. */
export function askAnswered(
  state: RunnerState,
  requestId: string,
  nowMs: number,
): { state: RunnerState; input: unknown } | undefined {
  const turn = turnOf(state);
  if (!turn?.asks.has(requestId) || turn.answered.has(requestId)) return undefined;
  const answered = withTurn(state, turn.run, () => ({ ...withAnswered(turn, requestId), lastOutputMs: nowMs }));
  return { state: answered, input: turn.asks.get(requestId) };
}

/** The log has ended the turn: the agent has to stop. */
export function stopBegun(state: RunnerState): RunnerState {
  return state.kind === "idle" || state.kind === "stopping" ? state : { ...state, kind: "stopping" };
}

/** The model's provider does not answer in this run. */
export function turnPaused(state: RunnerState, run: number): RunnerState {
  return state.kind === "working" && state.turn.run === run ? { ...state, kind: "paused" } : state;
}

/** The messages of a paused run were delivered again, or there is nothing to deliver. */
export function turnResumed(state: RunnerState, run: number): RunnerState {
  return state.kind === "paused" && state.turn.run === run ? { ...state, kind: "working" } : state;
}

/** The run is over, however it ended. The end of another run changes nothing. */
export function runOver(state: RunnerState, run: number, nowMs: number): RunnerState {
  if (state.kind !== "idle" && state.turn.run !== run) return state;
  return { kind: "idle", runs: state.runs, sinceMs: nowMs };
}

/** The session is closed, or left to the next instance of this node, together with its turn. */
export function sessionLeft(state: RunnerState, nowMs: number): RunnerState {
  return { kind: "idle", runs: state.runs, sinceMs: state.kind === "idle" ? state.sinceMs : nowMs };
}

/** This process stood still for `frozenMs`, which counts neither as silence nor as idle time. */
export function frozenFor(state: RunnerState, frozenMs: number, nowMs: number): RunnerState {
  const later = (ms: number) => Math.min(nowMs, ms + frozenMs);
  if (state.kind === "idle") return { ...state, sinceMs: later(state.sinceMs) };
  return { ...state, turn: { ...state.turn, lastOutputMs: later(state.turn.lastOutputMs) } };
}

/** The turn that runs or is being stopped. */
export function turnOf(state: RunnerState): RunningTurn | undefined {
  return state.kind === "idle" ? undefined : state.turn;
}

/** Whether this run is the current one, including while it is paused or being stopped. */
export function isUnderWay(state: RunnerState, run: number): boolean {
  return turnOf(state)?.run === run;
}

/** Whether this run is being stopped. */
export function isBeingStopped(state: RunnerState, run: number): boolean {
  return state.kind === "stopping" && state.turn.run === run;
}

/** True while a question or a permission of the turn is not answered. */
export function waitsForPerson(state: RunnerState): boolean {
  const turn = turnOf(state);
  return turn !== undefined && turn.asks.size > turn.answered.size;
}

/** `idle`: the session has had no turn for `idleStopMs`. `silent`: the turn gave no sign of life for `turnIdleMs` and waits for no person. */
export function overdue(
  state: RunnerState,
  { nowMs, idleStopMs, turnIdleMs }: { nowMs: number; idleStopMs: number; turnIdleMs: number },
): "idle" | "silent" | undefined {
  if (state.kind === "idle") return nowMs - state.sinceMs >= idleStopMs ? "idle" : undefined;
  if (state.kind === "stopping" || waitsForPerson(state)) return undefined;
  return nowMs - state.turn.lastOutputMs >= turnIdleMs ? "silent" : undefined;
}

/**
 * The step that is due when an agent says that its turn ended. `store`: write the end to the log. `lose`: the process that an earlier instance started
 * failed, so the turn is delivered again to another one. `pause`: the model's provider does not answer, so the turn stays open and its
 * messages are delivered again. `nothing`: the log ended the turn before the agent did.
 */
export function dueAtEnd(
  state: RunnerState,
  { run, origin }: RunningTurn,
  { outcome, outage }: { outcome: "done" | "failed" | "cancelled"; outage?: string | undefined },
): "store" | "lose" | "pause" | "nothing" {
  if (origin === "taken over" && outcome === "failed") return "lose";
  if (isBeingStopped(state, run)) return "nothing";
  // The messages are known only for a turn that was started here.
  return outage !== undefined && origin === "started" ? "pause" : "store";
}

function withTurn(state: RunnerState, run: number, change: (turn: RunningTurn) => RunningTurn): RunnerState {
  return state.kind === "idle" || state.turn.run !== run ? state : { ...state, turn: change(state.turn) };
}

function withAnswered(turn: RunningTurn, requestId: string): RunningTurn {
  return { ...turn, answered: new Set([...turn.answered, requestId]) };
}
