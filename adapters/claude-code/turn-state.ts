import { frameNotice } from "../../src/core/grammar/frame.js";
import type { AgentInput, Output } from "../../src/ports/agents.js";
import { conversationRefusal, failureOf, mayBeOwnFailure, providerOutage } from "./failure.js";
import type { Line, LineOf } from "./line.js";

/** The turns of one process of Claude Code, as a value. Pure: every transition gives a new one, and what has to be done for it. */
export interface TurnsState {
  /** It reports when it rests. A version that does not is taken to rest at each result. */
  readonly saysItsState: boolean;
  readonly turn: ClaudeTurn;
  /** Inputs that the conversation has and the provider did not answer, and how often that was. */
  readonly unanswered: ReadonlySet<string>;
  readonly outages: number;
}

/** `abandoned`: no turn begins or ends any more; `isStopping`: one was being stopped. */
export type ClaudeTurn =
  | { readonly phase: "idle" }
  | GatheringTurn
  | RunningClaudeTurn
  | StoppingTurn
  | { readonly phase: "abandoned"; readonly isStopping: boolean };

interface WithInputIds {
  /** Ids of all inputs of the turn. */
  readonly taken: ReadonlySet<string>;
}

/** Messages handed over one after the other become one prompt: the model reads all of them before it answers. */
interface GatheringTurn extends WithInputIds {
  readonly phase: "gathering";
  readonly waiting: readonly AgentInput[];
}

/** Claude Code is at work, or is about to take a prompt. */
interface RunningClaudeTurn extends WithInputIds {
  readonly phase: "running";
  /** Messages for the turn's next prompt. */
  readonly waiting: readonly AgentInput[];
  /** Prompts handed over that have not entered a turn of Claude Code's. */
  readonly untaken: ReadonlySet<string>;
  /** The first error: later parts that worked do not undo it. */
  readonly failure?: TurnFailure | undefined;
}

/** Interrupted, and not at rest yet. */
interface StoppingTurn extends WithInputIds {
  readonly phase: "stopping";
  /** Came after the turn was interrupted: the next turn's. */
  readonly later: readonly AgentInput[];
}

interface TurnFailure {
  readonly error: string;
  readonly refused?: string | undefined;
  readonly outage?: string | undefined;
  readonly mayBeOwn?: boolean | undefined;
}

/**
 * Something to do for a transition, in order. `gather`: call `batchGathered` once the messages of this moment are there. `watch`: call
 * `promptMissed` when Claude Code has said nothing for too long; `unwatch` undoes it. `end`: no gathering and no watch goes on; the inputs are
 * finished (none in an outage of the provider), and those that came `later` begin the next turn.
 */
export type TurnAction =
  | { readonly do: "gather" | "stop" | "watch" | "unwatch" }
  | { readonly do: "write"; readonly uuid: string; readonly text: string }
  | {
      readonly do: "end";
      readonly end: Extract<Output, { kind: "turnEnded" }>;
      readonly inputIds: ReadonlySet<string>;
      readonly later: readonly AgentInput[];
    };

/** The state after a transition, and what to do. */
export interface TurnChange {
  readonly state: TurnsState;
  readonly actions: readonly TurnAction[];
}

/** Makes the id of a prompt of the ids of its inputs. */
export type PromptIdOf = (inputIds: readonly string[]) => string;

/** One prompt may consist of several messages; the rest becomes the next prompt of the same turn. */
const maxPromptChars = 200_000;
const idle: ClaudeTurn = { phase: "idle" };
/** The prompt in place of messages that the conversation has. */
const goOn = frameNotice(
  "the model could not be asked for a while, and what came last was not answered: go on with it",
);

/** A process that has had no turn. */
export const freshTurns: TurnsState = { saysItsState: false, turn: idle, unanswered: new Set(), outages: 0 };

/** A message is handed over: it begins a turn, joins the one under way, or waits for the next. One whose turn ended before (`isFinished`) is not handed on again. */
export function inputTaken(
  state: TurnsState,
  input: AgentInput,
  { isFinished, uuidOf }: { isFinished: boolean; uuidOf: PromptIdOf },
): TurnChange {
  const { turn } = state;
  switch (turn.phase) {
    case "abandoned":
      return unchanged(state);
    case "stopping":
      return unchanged(withTurn(state, { ...turn, later: [...turn.later, input] }));
    case "idle": {
      const [taken, waiting] = isFinished ? [[], []] : [[input.id], [input]];
      return change(withTurn(state, { phase: "gathering", taken: new Set(taken), waiting }), { do: "gather" });
    }
    default:
      return isFinished || turn.taken.has(input.id) ? unchanged(state) : inputAdded(state, turn, { input, uuidOf });
  }
}

/** A steering message goes inside a running turn; any other waits for its next prompt. */
function inputAdded(
  state: TurnsState,
  before: GatheringTurn | RunningClaudeTurn,
  { input, uuidOf }: { input: AgentInput; uuidOf: PromptIdOf },
): TurnChange {
  const turn = { ...before, taken: new Set([...before.taken, input.id]) };
  if (turn.phase === "running" && isUrgent(input)) return promptHanded(state, turn, { batch: [input], uuidOf });
  return unchanged(withTurn(state, { ...turn, waiting: [...turn.waiting, input] }));
}

/** The messages of one moment are there. */
export function batchGathered(state: TurnsState, uuidOf: PromptIdOf): TurnChange {
  const { turn } = state;
  if (turn.phase !== "gathering") return unchanged(state);
  return nextPrompt(state, { ...turn, phase: "running", untaken: new Set() }, uuidOf);
}

/** Claude Code's reports about its own state. */
export function lineRead(state: TurnsState, line: Line, uuidOf: PromptIdOf): TurnChange {
  switch (line.type) {
    case "command_lifecycle":
      return line.state === "queued" ? unchanged(state) : promptEntered(state, line.command_uuid);
    case "user":
      return line.isReplay && line.uuid ? promptEntered(state, line.uuid) : unchanged(state);
    case "result":
      return resultRead(state, line, uuidOf);
    case "system":
      return line.subtype === "session_state_changed" ? stateTold(state, line, uuidOf) : unchanged(state);
    default:
      return unchanged(state);
  }
}

function promptEntered(state: TurnsState, uuid: string): TurnChange {
  const { turn } = state;
  if (turn.phase !== "running" || !turn.untaken.has(uuid)) return unchanged(state);
  const untaken = new Set([...turn.untaken].filter((one) => one !== uuid));
  return unchanged(withTurn(state, { ...turn, untaken }));
}

/** Several messages may share a result, and one may have several: only its error counts. */
function resultRead(state: TurnsState, result: LineOf<"result">, uuidOf: PromptIdOf): TurnChange {
  const { turn } = state;
  const isFirstFailure = result.is_error && turn.phase === "running" && turn.failure === undefined;
  const after = isFirstFailure ? withTurn(state, { ...turn, failure: turnFailureOf(result) }) : state;
  return state.saysItsState ? unchanged(after) : claudeRested(after, uuidOf);
}

function turnFailureOf(result: LineOf<"result">): TurnFailure {
  const outage = providerOutage(result);
  const mayBeOwn = outage !== undefined && mayBeOwnFailure(result);
  return { error: failureOf(result), refused: conversationRefusal(result), outage, mayBeOwn };
}

function stateTold(state: TurnsState, told: LineOf<"system">, uuidOf: PromptIdOf): TurnChange {
  const saying = { ...state, saysItsState: true };
  const rested = told.state === "idle" ? claudeRested(saying, uuidOf) : unchanged(saying);
  return { ...rested, actions: [{ do: "unwatch" }, ...rested.actions] };
}

/** Claude Code has nothing to do: the turn goes on with its next prompt, or ends. A prompt it has not taken keeps the turn open for a while. */
function claudeRested(state: TurnsState, uuidOf: PromptIdOf): TurnChange {
  const { turn } = state;
  if (turn.phase === "stopping") return turnEnded(state, turn, { outcome: "cancelled", later: turn.later });
  if (turn.phase !== "running") return unchanged(state);
  return turn.untaken.size === 0 ? nextPrompt(state, turn, uuidOf) : change(state, { do: "watch" });
}

/** Claude Code rested for so long that it never takes the prompts it was given. */
export function promptMissed(state: TurnsState, uuidOf: PromptIdOf): TurnChange {
  const { turn } = state;
  if (turn.phase !== "running") return claudeRested(state, uuidOf);
  const error = "Claude Code did not take a message. The conversation is kept; write again to go on.";
  return claudeRested(withTurn(state, { ...turn, failure: turn.failure ?? { error }, untaken: new Set() }), uuidOf);
}

/** Claude Code works. Unasked, that is a turn of its own, which ends like any other. */
export function workSeen(state: TurnsState): TurnChange {
  if (state.turn.phase !== "idle") return unchanged(state);
  return unchanged(withTurn(state, { phase: "running", taken: new Set(), waiting: [], untaken: new Set() }));
}

/** The turn ends as cancelled, with all that waits in it: at once if Claude Code has none of it yet. */
export function turnInterrupted(state: TurnsState): TurnChange {
  const { turn } = state;
  if (turn.phase === "gathering") return turnEnded(state, turn, { outcome: "cancelled" });
  if (turn.phase === "stopping") return change(state, { do: "stop" });
  if (turn.phase !== "running") return unchanged(state);
  return change(withTurn(state, { phase: "stopping", taken: turn.taken, later: [] }), { do: "stop" });
}

/** No turn ends any more. */
export function turnsAbandoned(state: TurnsState): TurnsState {
  return withTurn(state, { phase: "abandoned", isStopping: isStopping(state) });
}

/** A turn is under way. */
export function isBusy({ turn }: TurnsState): boolean {
  return turn.phase !== "idle" && turn.phase !== "abandoned";
}

/** The turn was interrupted and has not ended: its text may be cut off. */
export function isStopping({ turn }: TurnsState): boolean {
  return turn.phase === "stopping" || (turn.phase === "abandoned" && turn.isStopping);
}

/** The waiting messages go into the next prompt, interrupting ones first. Without any the turn is over. */
function nextPrompt(state: TurnsState, turn: RunningClaudeTurn, uuidOf: PromptIdOf): TurnChange {
  const { waiting, failure } = turn;
  const inOrder = [...waiting.filter(isUrgent), ...waiting.filter((input) => !isUrgent(input))];
  const batch = inOrder.splice(0, fitting(inOrder));
  if (batch.length === 0) return turnEnded(state, turn, { outcome: failure ? "failed" : "done", failure });
  return promptHanded(state, { ...turn, waiting: inOrder }, { batch, uuidOf });
}

function promptHanded(
  state: TurnsState,
  turn: RunningClaudeTurn,
  { batch, uuidOf }: { batch: readonly AgentInput[]; uuidOf: PromptIdOf },
): TurnChange {
  const ids = batch.map(({ id }) => id);
  const isAgain = ids.every((id) => state.unanswered.has(id));
  // Claude Code drops ids it has seen.
  const uuid = uuidOf(isAgain ? [...ids, `again ${state.outages}`] : ids);
  const text = isAgain ? goOn : batch.map((input) => input.text).join("\n");
  const handed = withTurn(state, { ...turn, untaken: new Set([...turn.untaken, uuid]) });
  return change(handed, { do: "write", uuid, text });
}

function turnEnded(
  state: TurnsState,
  { taken }: WithInputIds,
  how: {
    outcome: "done" | "failed" | "cancelled";
    failure?: TurnFailure | undefined;
    later?: readonly AgentInput[];
  },
): TurnChange {
  const { outcome, failure, later = [] } = how;
  const refused = failure?.refused === undefined ? {} : { refused: failure.refused };
  const outage = failure?.outage === undefined ? {} : { outage: failure.outage };
  const own = failure?.mayBeOwn ? { mayBeOwn: true as const } : {};
  const why = failure ? { error: failure.error, ...refused, ...outage, ...own } : {};
  const end = { kind: "turnEnded", outcome, ...why } as const;
  const answered: TurnsState = { ...state, turn: idle, unanswered: new Set() };
  if (failure?.outage === undefined) return change(answered, { do: "end", end, inputIds: taken, later });
  const unanswered = new Set([...state.unanswered, ...taken]);
  const asked = { ...answered, unanswered, outages: state.outages + 1 };
  return change(asked, { do: "end", end, inputIds: new Set(), later });
}

const withTurn = (state: TurnsState, turn: ClaudeTurn): TurnsState => ({ ...state, turn });
const unchanged = (state: TurnsState): TurnChange => ({ state, actions: [] });
const change = (state: TurnsState, action: TurnAction): TurnChange => ({ state, actions: [action] });

/** How many of them one prompt takes; at least one. */
function fitting(inputs: readonly AgentInput[]): number {
  let chars = 0;
  const first = inputs.findIndex(({ text }) => {
    chars += text.length;
    return chars > maxPromptChars;
  });
  return first === -1 ? inputs.length : Math.max(1, first);
}

function isUrgent({ class: kind }: AgentInput): boolean {
  return kind !== "deliver" && kind !== "notify";
}
