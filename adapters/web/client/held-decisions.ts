import { type ReadonlySignal, signal } from "@preact/signals";
import type { PersonDecision } from "./api.js";

/** A decision that waits in the page before it is sent, so that it can be taken back. */
export interface HeldDecision {
  gateId: string;
  decision: PersonDecision;
  /** When it is sent, in Unix ms. */
  sendAtMs: number;
}

/** Decisions that wait, in the order they were made. */
export interface HeldDecisions {
  readonly held: ReadonlySignal<readonly HeldDecision[]>;
  /** Lets a decision wait; it takes the place of another one about the same gate. */
  hold(gateId: string, decision: PersonDecision): void;
  /** Takes it back. */
  undo(gateId: string): void;
  /** The gate was decided otherwise: its decision is dropped. True if there was one. */
  lose(gateId: string): boolean;
  /** Sends all that wait at once: the page goes away. */
  flush(): void;
}

/** How long a decision can be taken back. */
export const undoForMs = 5_000;

/** The decisions without the one about a gate. */
export function withoutHeld(held: readonly HeldDecision[], gateId: string): readonly HeldDecision[] {
  return held.filter((one) => one.gateId !== gateId);
}

/** Holds decisions for `undoForMs` each, then hands them to `send`. `announce` hears of each that begins to wait, and of each that is taken back. */
export function createHeldDecisions({
  send,
  announce,
  nowMs,
  later,
}: {
  send: (held: HeldDecision) => void;
  announce: (gateId: string, decision: PersonDecision | undefined) => void;
  nowMs: () => number;
  /** Calls back once after `delayMs`. */
  later: (delayMs: number, callback: () => void) => void;
}): HeldDecisions {
  const held = signal<readonly HeldDecision[]>([]);

  function release(one: HeldDecision): void {
    if (!held.peek().includes(one)) return;
    held.value = withoutHeld(held.peek(), one.gateId);
    send(one);
  }

  return {
    held,
    hold(gateId, decision) {
      const one = { gateId, decision, sendAtMs: nowMs() + undoForMs };
      held.value = [...withoutHeld(held.peek(), gateId), one];
      announce(gateId, decision);
      later(undoForMs, () => release(one));
    },
    undo(gateId) {
      announce(gateId, undefined);
      held.value = withoutHeld(held.peek(), gateId);
    },
    lose(gateId) {
      const had = held.peek().some((one) => one.gateId === gateId);
      if (had) held.value = withoutHeld(held.peek(), gateId);
      return had;
    },
    flush() {
      for (const one of held.peek()) release(one);
    },
  };
}
