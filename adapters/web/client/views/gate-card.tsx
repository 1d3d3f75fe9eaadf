import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { questionsText } from "../../../../src/core/room/gate-choices.js";
import { emptyDraft, keptDraft } from "../answer-draft.js";
import type { PersonDecision } from "../api.js";
import type { Gate } from "../open-gates.js";
import { problemText } from "../problem-text.js";
import { texts } from "../texts.js";
import { ProblemText } from "./basics.js";
import { GateMatter } from "./gate-body.js";
import { GateChoices } from "./gate-choices.js";
import type { Editing } from "./gate-forms.js";
import { GateHead } from "./gate-head.js";
import { onGateKey } from "./gate-keys.js";
import { useRoom } from "./room-context.js";

const words = texts.gates;

/** One gate in full: exactly what would be released, and the available decisions. The hash that is sent back is the one shown. */
export function OpenGateCard({
  gate,
  isGone,
  onHold,
}: {
  gate: Gate;
  isGone: boolean;
  onHold: (isHeld: boolean) => void;
}) {
  const { session, say, may, state } = useRoom();
  const editing = useSignal<Editing>("nothing");
  const problem = useSignal("");
  const isBusy = useSignal(false);
  const isExact = useSignal(false);
  const shownAtMs = useRef(performance.now()).current;
  const { hash, body } = gate;
  const mayDecide = may("decide") && hash !== undefined && state.status !== "closed";

  function edit(next: Editing): void {
    editing.value = next;
    problem.value = "";
    onHold(next === "text");
  }

  async function decide(decision: PersonDecision): Promise<void> {
    if (isBusy.value) return;
    isBusy.value = true;
    problem.value = "";
    const done = await session.decide(gate.gateId, decision);
    if (done.ok) {
      keptDraft(decision.hash).keep(emptyDraft);
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

  function simple(action: "approve" | "allow" | "continue" | "stop"): void {
    if (hash !== undefined) void decide({ action, hash });
  }

  useEffect(() => {
    if (!mayDecide || isGone) return undefined;
    const isTaken = () => isBusy.value || editing.value !== "nothing";
    return onGateKey(gate.kind, { simple, edit, isBusy: isTaken, shownAtMs });
  });

  return (
    <article class={`gate gate-${gate.kind}`} tabIndex={-1} aria-labelledby={`gate-${gate.gateId}`}>
      <GateHead gate={gate} />
      {body === undefined && <p class="muted">{words.held}</p>}
      {body !== undefined && (
        <GateMatter
          {...{ gate, body, isExact }}
          isBeingEdited={editing.value === "text" && !isGone}
          isInForm={isInForm(gate, (mayDecide || isGone) && editing.value === "nothing")}
        />
      )}
      {isGone && <ProblemText>{words.goneWhileEditing}</ProblemText>}
      {problem.value !== "" && <ProblemText>{problem.value}</ProblemText>}
      {!mayDecide && !isGone && <p class="muted">{words.notYours}</p>}
      {(mayDecide || isGone) && hash !== undefined && body !== undefined && (
        <GateChoices
          gate={gate}
          hash={hash}
          body={body}
          editing={editing.value}
          isBusy={isBusy.value}
          isGone={isGone}
          isExact={isExact.value}
          onEdit={edit}
          onSimple={simple}
          onHold={onHold}
          onDecide={(decision) => void decide(decision)}
          onInvalid={() => {
            problem.value = words.notJson;
          }}
        />
      )}
    </article>
  );
}

/** Whether the form shows all that the text says: then the text would only say it twice. */
function isInForm({ kind, body, content }: Gate, hasForm: boolean): boolean {
  const questions = content?.questions ?? [];
  return hasForm && kind === "question" && questions.length > 0 && body === questionsText(questions);
}
