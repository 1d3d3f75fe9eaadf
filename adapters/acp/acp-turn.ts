import type { AgentInput, Output } from "../../src/ports/agents.js";

type TurnEnd = Extract<Output, { kind: "turnEnded" }>;

/** The turns of one ACP agent, as a value: each runs over as many prompts as there are messages for it, one prompt at a time. */
export interface AcpTurns {
  readonly phase: "idle" | "gathering" | "prompting" | "stopping" | "catchingUp" | "abandoned";
  /** Ids of all inputs of the turn, in their order. */
  readonly taken: ReadonlySet<string>;
  /** Messages for the turn's next prompt; in `stopping` those of the next turn. */
  readonly waiting: readonly AgentInput[];
  /** Words for the next prompt that nobody wrote as a message: why a person refused a tool. */
  readonly notes: readonly AcpNote[];
  readonly failure?: string | undefined;
}

/** `isAsked`: the agent is to act on it, so that the turn goes on with it. */
export interface AcpNote {
  readonly text: string;
  readonly isAsked: boolean;
}

/** Something to do for a transition. `gather`: call `inputsGathered` once the messages of this moment are there. */
export type AcpTurnAction =
  | { readonly do: "gather" | "cancel" }
  | { readonly do: "begin"; readonly firstId: string }
  | { readonly do: "prompt"; readonly inputIds: readonly string[]; readonly text: string }
  | {
      readonly do: "end";
      readonly end: TurnEnd;
      readonly inputIds: readonly string[];
      readonly later: readonly AgentInput[];
    };

/** The state after a transition, and what to do, in order. */
export interface AcpTurnChange {
  readonly turns: AcpTurns;
  readonly actions: readonly AcpTurnAction[];
}

/** How a prompt ended: as the agent says, or without an answer that can be used. */
export type PromptEnd = { readonly stopReason: string } | { readonly error: string };

/** What a process that was taken over knows: the inputs it was prompted with, and whether it still works on some. */
export interface KnownPrompts {
  readonly isKnown: (inputId: string) => boolean;
  readonly isRunning: boolean;
  /** How the last prompt ended that did. */
  readonly lastEnd?: PromptEnd | undefined;
}

/** One prompt may consist of several messages; the rest becomes the next prompt of the same turn. In UTF-16 units. */
const maxPromptChars = 200_000;

/** No turn is under way. */
export const idleTurns: AcpTurns = { phase: "idle", taken: new Set(), waiting: [], notes: [] };

/** Of a process that was taken over: its turn's messages come again before anything of it is read. */
export const turnsToCatchUp: AcpTurns = { ...idleTurns, phase: "catchingUp" };

/** A message is handed over: it begins a turn, joins the one under way, or waits for the next. */
export function inputHanded(turns: AcpTurns, input: AgentInput, isFinished: boolean): AcpTurnChange {
  const { phase, taken, waiting } = turns;
  if (phase === "abandoned") return same(turns);
  if (phase === "stopping") return same({ ...turns, waiting: [...waiting, input] });
  if (phase !== "idle") {
    if (isFinished || taken.has(input.id)) return same(turns);
    const joined = { ...turns, taken: new Set([...taken, input.id]), waiting: [...waiting, input] };
    return phase === "catchingUp" && taken.size === 0 ? does(joined, { do: "begin", firstId: input.id }) : same(joined);
  }
  const begun: AcpTurns = {
    ...turns,
    phase: "gathering",
    taken: new Set([input.id]),
    waiting: isFinished ? [] : [input],
  };
  return does(begun, { do: "begin", firstId: input.id }, { do: "gather" });
}

/** The messages of one moment are there. */
export function inputsGathered(turns: AcpTurns): AcpTurnChange {
  return turns.phase === "gathering" ? nextPrompt(turns) : same(turns);
}

/** The agent's prompt is over. */
export function promptEnded(turns: AcpTurns, end: PromptEnd): AcpTurnChange {
  if (turns.phase === "stopping") return turnEnds(turns, "cancelled");
  if (turns.phase !== "prompting") return same(turns);
  return nextPrompt({ ...turns, failure: turns.failure ?? failureIn(end) });
}

/** All that a process put out before it was taken over was read. */
export function promptsKnown(turns: AcpTurns, { isKnown, isRunning, lastEnd }: KnownPrompts): AcpTurnChange {
  const waiting = turns.waiting.filter(({ id }) => !isKnown(id));
  // It was interrupted while it was read.
  if (turns.phase === "stopping") return isRunning ? same(turns) : turnEnds({ ...turns, waiting: [] }, "cancelled");
  if (turns.phase !== "catchingUp") return same(turns);
  if (isRunning) return same({ ...turns, phase: "prompting", waiting });
  return nextPrompt({ ...turns, waiting, failure: lastEnd && failureIn(lastEnd) });
}

/** The turn ends as cancelled, with all that waits in it: at once if the agent has none of it yet. */
export function turnCancelled(turns: AcpTurns): AcpTurnChange {
  if (turns.phase === "gathering") return turnEnds({ ...turns, waiting: [] }, "cancelled");
  if (turns.phase === "stopping") return does(turns, { do: "cancel" });
  if (turns.phase !== "prompting" && turns.phase !== "catchingUp") return same(turns);
  if (turns.phase === "catchingUp" && turns.taken.size === 0) return same(turns);
  return does({ ...turns, phase: "stopping", waiting: [] }, { do: "cancel" });
}

/** Words go along with the next prompt. */
export function noteAdded(turns: AcpTurns, note: AcpNote): AcpTurns {
  return { ...turns, notes: [...turns.notes, note] };
}

/** No turn begins or ends any more. */
export function acpTurnsAbandoned(turns: AcpTurns): AcpTurns {
  return { ...turns, phase: "abandoned", waiting: [] };
}

/** A turn is under way. */
export function isInTurn({ phase, taken }: AcpTurns): boolean {
  if (phase === "catchingUp") return taken.size > 0;
  return phase !== "idle" && phase !== "abandoned";
}

/** The waiting messages go into the next prompt, urgent ones first. Without any the turn is over. */
function nextPrompt(turns: AcpTurns): AcpTurnChange {
  const { waiting, notes } = turns;
  const inOrder = [...waiting.filter(isUrgent), ...waiting.filter((input) => !isUrgent(input))];
  const batch = inOrder.splice(0, fitting(inOrder));
  if (batch.length === 0 && !notes.some(({ isAsked }) => isAsked)) {
    return turnEnds(turns, turns.failure === undefined ? "done" : "failed");
  }
  const text = [...notes.map((note) => note.text), ...batch.map((input) => input.text)].join("\n");
  const prompted: AcpTurns = { ...turns, phase: "prompting", waiting: inOrder, notes: [] };
  return does(prompted, { do: "prompt", inputIds: batch.map(({ id }) => id), text });
}

function turnEnds(turns: AcpTurns, outcome: TurnEnd["outcome"]): AcpTurnChange {
  const { taken, waiting, failure, notes } = turns;
  const error = outcome === "failed" && failure !== undefined ? { error: failure } : {};
  const end: TurnEnd = { kind: "turnEnded", outcome, ...error };
  const later = turns.phase === "stopping" ? waiting : [];
  return does({ ...idleTurns, notes }, { do: "end", end, inputIds: [...taken], later });
}

/** Undefined: it ended well. */
function failureIn(end: PromptEnd): string | undefined {
  if ("error" in end) return end.error;
  switch (end.stopReason) {
    case "max_tokens":
      return "The model reached the limit of its output. What it was saying was cut off and not sent.";
    case "max_turn_requests":
      return "The agent reached its limit of model calls in one turn. Write again to go on.";
    case "refusal":
      return "The model refused to answer. Write something else to go on.";
    default:
      return undefined;
  }
}

const same = (turns: AcpTurns): AcpTurnChange => ({ turns, actions: [] });
const does = (turns: AcpTurns, ...actions: AcpTurnAction[]): AcpTurnChange => ({ turns, actions });

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
