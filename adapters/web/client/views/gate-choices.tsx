import { useSignal } from "@preact/signals";
import type { PersonDecision } from "../api.js";
import { inputFields, isJsonObject, prettyJson } from "../gate-input.js";
import type { KeptGateWriting } from "../gate-writing.js";
import type { Gate } from "../open-gates.js";
import { AnswerForm, type Editing, GateButtons, ReasonForm, TextForm } from "./gate-forms.js";
import { QuestionsForm } from "./questions-form.js";
import { ToolForm } from "./tool-form.js";

/** The decisions a person has about a gate, or the form of the one that is being written. */
export function GateChoices({
  gate,
  hash,
  body,
  editing,
  kept,
  isBusy,
  isGone,
  isExact,
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
  kept: KeptGateWriting;
  isBusy: boolean;
  isGone: boolean;
  isExact: boolean;
  onHold: (isHeld: boolean) => void;
  onEdit: (next: Editing) => void;
  onSimple: (action: "approve" | "allow" | "continue" | "stop") => void;
  onDecide: (decision: PersonDecision) => void;
  onInvalid: () => void;
}) {
  const isTool = gate.kind === "tool";
  if (editing === "text")
    return <EditForm {...{ gate, hash, body, kept, isBusy, isGone, onEdit, onDecide, onInvalid }} />;
  if (editing === "reason") {
    const action = isTool ? "deny" : "drop";
    return (
      <ReasonForm
        {...{ action, kept, isBusy }}
        agent={gate.from}
        onSend={(reason) => onDecide({ action, hash, ...(reason !== "" && { reason }) })}
        onCancel={() => onEdit("nothing")}
      />
    );
  }
  if (gate.kind === "question")
    return <Answering {...{ gate, hash, isBusy, isGone, isExact, onHold, onEdit, onDecide }} />;
  return (
    <GateButtons
      {...{ isBusy, onEdit, onSimple }}
      kind={gate.kind}
      onAllowSession={() => onDecide({ action: "allow", hash, remember: "session" })}
    />
  );
}

interface EditFormProps {
  gate: Gate;
  hash: string;
  body: string;
  kept: KeptGateWriting;
  isBusy: boolean;
  isGone: boolean;
  onEdit: (next: Editing) => void;
  onDecide: (decision: PersonDecision) => void;
  onInvalid: () => void;
}

/** A text as it is, a tool's input field by field, or as JSON on request. */
function EditForm({ gate, hash, body, kept, isBusy, isGone, onEdit, onDecide, onInvalid }: EditFormProps) {
  const isTool = gate.kind === "tool";
  const asJson = useSignal(false);
  const send = (text: string) => {
    if (!isTool) onDecide({ action: "edit", hash, body: text });
    else if (isJsonObject(text)) onDecide({ action: "allow", hash, body: text });
    else onInvalid();
  };
  const form = { kept, isBusy, isGone, onSend: send, onCancel: () => onEdit("nothing") };
  const hasFields = isTool && !asJson.value && inputFields(kept.read()?.text ?? body) !== undefined;
  if (!hasFields) return <TextForm {...form} isTool={isTool} initial={isTool ? prettyJson(body) : body} />;
  const showJson = () => {
    asJson.value = true;
  };
  return <ToolForm {...form} initial={body} onJson={showJson} />;
}

interface AnsweringProps {
  gate: Gate;
  hash: string;
  isBusy: boolean;
  isGone: boolean;
  isExact: boolean;
  onHold: (isHeld: boolean) => void;
  onEdit: (next: Editing) => void;
  onDecide: (decision: PersonDecision) => void;
}

/** The form of a question, or of several. */
function Answering({ gate, hash, isBusy, isGone, isExact, onHold, onEdit, onDecide }: AnsweringProps) {
  const questions = gate.content?.questions ?? [];
  if (questions.length > 0) {
    return (
      <QuestionsForm
        {...{ questions, hash, isBusy, isGone, isExact, onHold }}
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
