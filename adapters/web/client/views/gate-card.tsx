import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { questionsText } from "../../../../src/core/room/gate-choices.js";
import { keptGateWriting } from "../gate-writing.js";
import type { Gate } from "../open-gates.js";
import { texts } from "../texts.js";
import { ProblemText } from "./basics.js";
import { GateMatter } from "./gate-body.js";
import { GateChoices } from "./gate-choices.js";
import { AlikeGates, LedTo } from "./gate-context.js";
import type { Editing } from "./gate-forms.js";
import { GateHead } from "./gate-head.js";
import { onGateKey } from "./gate-keys.js";
import { useRoom } from "./room-context.js";
import { useDecisions } from "./use-decisions.js";

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
  const { may, state } = useRoom();
  const kept = useMemo(() => keptGateWriting(gate.hash ?? ""), [gate.hash]);
  const editing = useSignal<Editing>(kept.read()?.editing ?? "nothing");
  const { problem, isBusy, decide, decideAll, simple } = useDecisions(gate, { kept, onHold });
  const isExact = useSignal(false);
  const shownAtMs = useRef(performance.now()).current;
  const { hash, body } = gate;
  const mayDecide = may("decide") && hash !== undefined && state.status !== "closed";

  function edit(next: Editing): void {
    editing.value = next;
    if (next === "nothing") kept.keep(undefined);
    problem.value = "";
    onHold(next === "text");
  }

  // Restored after a reload
  useEffect(() => onHold(editing.value === "text"), []);
  useEffect(() => {
    if (!mayDecide || isGone) return undefined;
    const isTaken = () => isBusy.value || editing.value !== "nothing";
    return onGateKey(gate.kind, { simple, edit, isBusy: isTaken, shownAtMs });
  });

  return (
    <article class={`gate gate-${gate.kind}`} tabIndex={-1} aria-labelledby={`gate-${gate.gateId}`}>
      <GateHead gate={gate} />
      <LedTo gate={gate} />
      {body === undefined && <p class="muted">{words.held}</p>}
      {body !== undefined && (
        <GateMatter
          {...{ gate, body, isExact }}
          isBeingEdited={editing.value === "text" && !isGone}
          isInForm={isInForm(gate, (mayDecide || isGone) && editing.value === "nothing")}
        />
      )}
      {isGone && <ProblemText>{goneText(state.settledGates.get(gate.gateId))}</ProblemText>}
      {problem.value !== "" && <ProblemText>{problem.value}</ProblemText>}
      {!mayDecide && !isGone && <p class="muted">{words.notYours}</p>}
      {(mayDecide || isGone) && hash !== undefined && body !== undefined && (
        <GateChoices
          gate={gate}
          hash={hash}
          body={body}
          editing={editing.value}
          kept={kept}
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
      {mayDecide && !isGone && editing.value === "nothing" && (
        <AlikeGates gate={gate} isBusy={isBusy.value} onDecide={decideAll} />
      )}
    </article>
  );
}

function goneText(settled: { by: string; outcome: string } | undefined): string {
  return settled ? words.goneWhileEditing(settled.by, settled.outcome) : words.goneUnseen;
}

/** Whether the form shows all that the text says: then the text would only say it twice. */
function isInForm({ kind, body, content }: Gate, hasForm: boolean): boolean {
  const questions = content?.questions ?? [];
  return hasForm && kind === "question" && questions.length > 0 && body === questionsText(questions);
}
