import type { AgentInput, Output } from "../../src/ports/agents.js";
import type { Clock } from "../../src/ports/clock.js";
import type { AcpTranslator } from "./acp-translator.js";
import {
  type AcpNote,
  type AcpTurnAction,
  type AcpTurnChange,
  type AcpTurns,
  acpTurnsAbandoned,
  idleTurns,
  inputHanded,
  inputsGathered,
  isInTurn,
  noteAdded,
  type PromptEnd,
  promptEnded,
  promptsKnown,
  turnCancelled,
  turnsToCatchUp,
} from "./acp-turn.js";
import { knownPrompts, noOldPrompts, oldPromptTold } from "./old-prompts.js";
import type { AcpWire } from "./wire.js";

/** Turns as the runtime means them: from the first message handed to an idle agent until nothing of it is left to do. */
export interface AcpTurnRunner {
  take(input: AgentInput): void;
  /** A prompt was read by the agent, or is over. */
  promptTold(prompt: { id: string; inputs: readonly string[]; isOwn: boolean; end?: PromptEnd }): void;
  note(note: AcpNote): void;
  interrupt(): void;
  readonly isBusy: boolean;
  /** What a process that was taken over put out before is read. */
  readonly isCatchingUp: boolean;
  /** Resolves when no turn is under way. */
  idle(): Promise<void>;
  /** No turn ends any more. */
  abandon(): void;
}

export interface AcpTurnRunnerOptions {
  wire: AcpWire;
  sessionId: () => string | undefined;
  translator: AcpTranslator;
  withdrawAsks: () => void;
  emit: (...outputs: readonly Output[]) => void;
  /** The first message of a process that was taken over came: its output may be read. */
  onFirst: () => void;
  /** A turn that was cancelled did not end in time, or the agent does not say what it has read. */
  onStuck: () => void;
  isTakenOver: boolean;
  finished: { has(id: string): boolean; add(id: string): void };
  preamble: string | undefined;
  cancelGraceMs: number;
  sha256: (text: string) => string;
  clock: Clock;
}

/** Digits of an input's id in the ids of prompts. */
const inputDigits = 12;
const catchUpMs = 10_000;

export function createAcpTurnRunner(options: AcpTurnRunnerOptions): AcpTurnRunner {
  const { wire, translator, emit, finished, sha256, clock } = options;
  let turns: AcpTurns = options.isTakenOver ? turnsToCatchUp : idleTurns;
  let { preamble } = options;
  let gathering: NodeJS.Immediate | undefined;
  let cancelGrace = () => {};
  const whenIdle: (() => void)[] = [];
  let old = noOldPrompts;
  let isCatchingUp = options.isTakenOver;

  const nameOf = (inputId: string) => sha256(inputId).slice(0, inputDigits);

  function apply(change: AcpTurnChange): void {
    turns = change.turns;
    for (const action of change.actions) carryOut(action);
    if (!isInTurn(turns)) for (const resolve of whenIdle.splice(0)) resolve();
  }

  function carryOut(action: AcpTurnAction): void {
    switch (action.do) {
      case "begin":
        translator.openTurn(nameOf(action.firstId));
        if (turns.phase === "catchingUp") catchUp();
        return;
      case "gather":
        gathering = setImmediate(() => apply(inputsGathered(turns)));
        return;
      case "prompt":
        prompt(action);
        return;
      case "cancel":
        cancel();
        return;
      case "end":
        endTurn(action);
    }
  }

  function prompt({ text, inputIds }: Extract<AcpTurnAction, { do: "prompt" }>): void {
    const sessionId = options.sessionId();
    if (sessionId === undefined) return;
    const whole = preamble === undefined ? text : `${preamble}\n\n${text}`;
    preamble = undefined;
    wire.prompt({ sessionId, text: whole, inputs: inputIds.map(nameOf) });
  }

  function cancel(): void {
    options.withdrawAsks();
    wire.notify("session/cancel", { sessionId: options.sessionId() });
    cancelGrace();
    cancelGrace = clock.after(options.cancelGraceMs, () => {
      if (turns.phase !== "stopping") return;
      apply(promptEnded(turns, { stopReason: "cancelled" }));
      options.onStuck();
    });
  }

  function endTurn({ end, inputIds, later }: Extract<AcpTurnAction, { do: "end" }>): void {
    stopTimers();
    for (const id of inputIds) finished.add(id);
    options.withdrawAsks();
    emit(...translator.endTurn(), end);
    for (const input of later) take(input);
  }

  function stopTimers(): void {
    cancelGrace();
    clearImmediate(gathering);
  }

  const take = (input: AgentInput) => apply(inputHanded(turns, input, finished.has(input.id)));

  /** Reads all that the process put out before, then knows what is left to do. */
  function catchUp(): void {
    options.onFirst();
    const give = clock.after(catchUpMs, options.onStuck);
    void wire.probe().then(() => {
      give();
      isCatchingUp = false;
      const known = knownPrompts(old, nameOf);
      const { lastEnd } = known;
      if (!known.isRunning) emit(...translator.endPrompt({ isWhole: lastEnd !== undefined && isWholeEnd(lastEnd) }));
      apply(promptsKnown(turns, known));
    });
  }

  function promptTold({ id, inputs, isOwn, end }: Parameters<AcpTurnRunner["promptTold"]>[0]): void {
    if (isCatchingUp && !isOwn) {
      old = oldPromptTold(old, { id, inputs, ...(end && { end }) });
      if (end) emit(...translator.endPrompt({ isWhole: isWholeEnd(end) }));
      return;
    }
    if (!end || !(isOwn || old.read.has(id))) return;
    if (turns.phase !== "prompting" && turns.phase !== "stopping") return;
    emit(...translator.endPrompt({ isWhole: turns.phase === "prompting" && isWholeEnd(end) }));
    apply(promptEnded(turns, end));
  }

  return {
    take,
    promptTold,
    note(note) {
      turns = noteAdded(turns, note);
    },
    interrupt: () => apply(turnCancelled(turns)),
    get isBusy() {
      return isInTurn(turns);
    },
    get isCatchingUp() {
      return isCatchingUp;
    },
    async idle() {
      if (isInTurn(turns)) await new Promise<void>((resolve) => whenIdle.push(resolve));
    },
    abandon() {
      stopTimers();
      apply({ turns: acpTurnsAbandoned(turns), actions: [] });
    },
  };
}

/** Nothing of what was said last can be missing. */
function isWholeEnd(end: PromptEnd): boolean {
  return "stopReason" in end && end.stopReason === "end_turn";
}
