import { type Signal, useSignal } from "@preact/signals";
import { emptyDraft, keptDraft } from "../answer-draft.js";
import type { PersonDecision } from "../api.js";
import { waitsForUndo } from "../browser-settings.js";
import type { KeptGateWriting } from "../gate-writing.js";
import type { Gate } from "../open-gates.js";
import { problemText } from "../problem-text.js";
import { texts } from "../texts.js";
import { useRoom } from "./room-context.js";

const words = texts.gates;

type SimpleAction = "approve" | "allow" | "continue" | "stop";

/** How the shown gate is decided: at once, or after a time to take it back. */
export function useDecisions(
  gate: Gate,
  { kept, onHold }: { kept: KeptGateWriting; onHold: (isHeld: boolean) => void },
): {
  problem: Signal<string>;
  isBusy: Signal<boolean>;
  decide: (decision: PersonDecision) => Promise<void>;
  /** Lets all of them through, the shown one too, each by its own hash. */
  decideAll: (gates: readonly Gate[]) => void;
  simple: (action: SimpleAction) => void;
} {
  const { session, say, heldDecisions } = useRoom();
  const problem = useSignal("");
  const isBusy = useSignal(false);
  const { gateId, hash } = gate;

  async function decide(decision: PersonDecision): Promise<void> {
    if (isBusy.value) return;
    if (waitsForUndo.value) {
      heldDecisions.hold(gateId, decision);
      return onHold(false);
    }
    isBusy.value = true;
    problem.value = "";
    const done = await session.decide(gateId, decision);
    if (done.ok) {
      keptDraft(decision.hash).keep(emptyDraft);
      kept.keep(undefined);
      return onHold(false);
    }
    isBusy.value = false;
    const { code, by, outcome } = done.problem;
    if (code === "gate_already_resolved") {
      const first = words.first(by ?? "", outcome ?? "");
      problem.value = first;
      say(first);
    } else problem.value = code === "gate_changed" ? words.changed : problemText(done.problem);
  }

  async function sendOther(other: Gate, action: SimpleAction): Promise<void> {
    if (other.hash === undefined || other.gateId === gateId) return;
    const decision = { action, hash: other.hash };
    if (waitsForUndo.value) return heldDecisions.hold(other.gateId, decision);
    const done = await session.decide(other.gateId, decision);
    if (!done.ok) say(problemText(done.problem));
  }

  function simple(action: SimpleAction): void {
    if (hash !== undefined) void decide({ action, hash });
  }

  return {
    problem,
    isBusy,
    decide,
    decideAll(gates) {
      const action = gate.kind === "tool" ? "allow" : "approve";
      for (const other of gates) void sendOther(other, action);
      if (gates.some((one) => one.gateId === gateId)) simple(action);
    },
    simple,
  };
}
