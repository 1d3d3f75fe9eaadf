import type { AskDecision, Output } from "../../src/ports/agents.js";
import type { Clock } from "../../src/ports/clock.js";

type Ask = Extract<Output, { kind: "ask" }>;

/** One turn under way: its output, and the one thing it waits for, a timer or an answer. */
export interface Turn {
  emit(output: Output): void;
  /** Calls `next` after `delayMs`, unless the turn is cancelled before. */
  wait(delayMs: number, next: () => void): void;
  /** Emits the ask and calls `next` with its decision, unless the turn is cancelled before. */
  ask(ask: Ask, next: (decision: AskDecision) => void): void;
  /** Takes the decision of the ask that waits; any other id is ignored. */
  answer(requestId: string, decision: AskDecision): void;
  /** Cancels what the turn waits for. Returns the id of an unanswered ask. */
  cancel(): string | undefined;
}

/** Everything runs on the caller's stack or a timer's, so a manual clock sees a whole turn in one go. */
export function createTurn({ clock, emit }: { clock: Clock; emit: (output: Output) => void }): Turn {
  let stopTimer: (() => void) | undefined;
  let asked: { requestId: string; next: (decision: AskDecision) => void } | undefined;
  return {
    emit,
    wait(delayMs, next) {
      stopTimer = clock.after(delayMs, () => {
        stopTimer = undefined;
        next();
      });
    },
    ask(ask, next) {
      asked = { requestId: ask.requestId, next };
      emit(ask);
    },
    answer(requestId, decision) {
      if (asked?.requestId !== requestId) return;
      const { next } = asked;
      asked = undefined;
      next(decision);
    },
    cancel() {
      stopTimer?.();
      stopTimer = undefined;
      const requestId = asked?.requestId;
      asked = undefined;
      return requestId;
    },
  };
}
