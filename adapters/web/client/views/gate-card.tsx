import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { questionsText } from "../../../../src/core/room/gate-choices.js";
import { emptyDraft, keptDraft } from "../answer-draft.js";
import type { PersonDecision } from "../api.js";
import { isJsonObject, prettyJson } from "../gate-input.js";
import { nowMs } from "../now.js";
import type { Gate } from "../open-gates.js";
import { problemText } from "../problem-text.js";
import { texts } from "../texts.js";
import { duration } from "../time.js";
import { hidesSomething, mixesAlphabets } from "../visible-text.js";
import { Avatar, ProblemText, Since } from "./basics.js";
import { GateBody } from "./gate-body.js";
import { AnswerForm, type Editing, GateButtons, ReasonForm, TextForm } from "./gate-forms.js";
import { onGateKey } from "./gate-keys.js";
import { QuestionsForm } from "./questions-form.js";
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
      {body !== undefined &&
        (editing.value !== "text" || isGone) &&
        !isInForm(gate, (mayDecide || isGone) && editing.value === "nothing") && <GateBody gate={gate} body={body} />}
      {body !== undefined && gate.kind === "tool" && (
        <p class="gate-effect">{words.effect[gate.tool ?? ""] ?? words.effectOther}</p>
      )}
      {body !== undefined && mixesAlphabets(body) && <p class="warning">{words.lookAlike}</p>}
      {body !== undefined && hidesSomething(body) && <p class="warning">{words.hidden}</p>}
      {isGone && <ProblemText>{words.goneWhileEditing}</ProblemText>}
      {problem.value !== "" && <ProblemText>{problem.value}</ProblemText>}
      {!mayDecide && !isGone && <p class="muted">{words.notYours}</p>}
      {(mayDecide || isGone) && hash !== undefined && body !== undefined && (
        <Choices
          gate={gate}
          hash={hash}
          body={body}
          editing={editing.value}
          isBusy={isBusy.value}
          isGone={isGone}
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

function Choices({
  gate,
  hash,
  body,
  editing,
  isBusy,
  isGone,
  onHold,
  onEdit,
  onSimple,
  onDecide,
  onInvalid,
}: {
  gate: Gate;
  hash: string;
  body: string;
  editing: Editing;
  isBusy: boolean;
  isGone: boolean;
  onHold: (isHeld: boolean) => void;
  onEdit: (next: Editing) => void;
  onSimple: (action: "approve" | "allow" | "continue" | "stop") => void;
  onDecide: (decision: PersonDecision) => void;
  onInvalid: () => void;
}) {
  const isTool = gate.kind === "tool";
  if (editing === "text") {
    const send = (text: string) => {
      if (!isTool) onDecide({ action: "edit", hash, body: text });
      else if (isJsonObject(text)) onDecide({ action: "allow", hash, body: text });
      else onInvalid();
    };
    const initial = isTool ? prettyJson(body) : body;
    return <TextForm {...{ isTool, initial, isBusy, isGone }} onSend={send} onCancel={() => onEdit("nothing")} />;
  }
  if (editing === "reason") {
    const action = isTool ? "deny" : "drop";
    return (
      <ReasonForm
        {...{ action, isBusy }}
        agent={gate.from}
        onSend={(reason) => onDecide({ action, hash, ...(reason !== "" && { reason }) })}
        onCancel={() => onEdit("nothing")}
      />
    );
  }
  if (gate.kind === "question") return <Answering {...{ gate, hash, isBusy, isGone, onHold, onEdit, onDecide }} />;
  return (
    <GateButtons
      {...{ isBusy, onEdit, onSimple }}
      kind={gate.kind}
      onAllowSession={() => onDecide({ action: "allow", hash, remember: "session" })}
    />
  );
}

interface AnsweringProps {
  gate: Gate;
  hash: string;
  isBusy: boolean;
  isGone: boolean;
  onHold: (isHeld: boolean) => void;
  onEdit: (next: Editing) => void;
  onDecide: (decision: PersonDecision) => void;
}

/** The form of a question, or of several. */
function Answering({ gate, hash, isBusy, isGone, onHold, onEdit, onDecide }: AnsweringProps) {
  const questions = gate.content?.questions ?? [];
  if (questions.length > 0) {
    return (
      <QuestionsForm
        {...{ questions, hash, isBusy, isGone, onHold }}
        onAnswer={(choices) => onDecide({ action: "answer", hash, choices })}
        onDrop={() => onEdit("reason")}
      />
    );
  }
  return (
    <AnswerForm
      options={gate.options ?? []}
      isBusy={isBusy}
      onAnswer={(answer) => onDecide({ action: "answer", hash, body: answer })}
      onDrop={() => onEdit("reason")}
    />
  );
}

function GateHead({ gate }: { gate: Gate }) {
  const { hue } = useRoom();
  const { kind, from, to, tool, why, openedAt, expiresAt } = gate;
  // The others say in their text why they ask
  const isExplained = kind === "message" && why !== undefined;
  const recipients = to === "room" ? texts.timeline.toRoom : to?.join(", ");
  return (
    <header class="gate-head">
      <Avatar name={from} kind="agent" hue={hue(from)} />
      <div>
        <h3 id={`gate-${gate.gateId}`}>
          <span class="gate-kind">
            {words.kind[kind] ?? kind}
            <span class="gate-age">
              <Since at={openedAt} words={words.since} />
            </span>
          </span>{" "}
          <span class="gate-who">
            <span class={`name hue-${hue(from)}`}>{from}</span>
            {kind === "tool" && tool !== undefined && (
              <>
                {" "}
                {words.wants} <code>{tool}</code>
              </>
            )}
            {kind === "message" && recipients !== undefined && (
              <>
                {" "}
                <span class="muted">{words.toWhom}</span> {recipients}
              </>
            )}
          </span>
        </h3>
        {(isExplained || expiresAt !== undefined) && (
          <p class="gate-facts">
            {isExplained && <span>{why}</span>}
            {expiresAt !== undefined && <Expiry at={expiresAt} />}
          </p>
        )}
      </div>
    </header>
  );
}

function Expiry({ at }: { at: number }) {
  return <span>{words.expires(duration(at - nowMs.value))}</span>;
}
