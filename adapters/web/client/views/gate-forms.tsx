import { useSignal } from "@preact/signals";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import type { GateOption } from "../../../../src/core/room/event.js";
import { texts } from "../texts.js";
import { Key, Plain } from "./basics.js";
import { later } from "./later.js";

const words = texts.gates;
const EditChanges = later(async () => (await import("./edit-changes.js")).EditChanges);

/** The unsent text for a gate. */
export type Editing = "nothing" | "text" | "reason";

export function GateButtons({
  kind,
  isBusy,
  onSimple,
  onEdit,
  onAllowSession,
}: {
  kind: string;
  isBusy: boolean;
  onSimple: (action: "approve" | "allow" | "continue" | "stop") => void;
  onEdit: (next: Editing) => void;
  onAllowSession: () => void;
}) {
  if (kind === "continue") {
    return (
      <div class="gate-buttons">
        <Choice
          letter="a"
          label={words.continue}
          style="primary"
          {...{ isBusy }}
          onClick={() => onSimple("continue")}
        />
        <Choice letter="d" label={words.stop} style="danger" {...{ isBusy }} onClick={() => onSimple("stop")} />
      </div>
    );
  }
  const isTool = kind === "tool";
  return (
    <div class="gate-buttons">
      <Choice
        letter="a"
        label={isTool ? words.allow : words.approve}
        style="primary"
        isBusy={isBusy}
        onClick={() => onSimple(isTool ? "allow" : "approve")}
      />
      <Choice letter="e" label={isTool ? words.editInput : words.edit} isBusy={isBusy} onClick={() => onEdit("text")} />
      <Choice
        letter="d"
        label={isTool ? words.deny : words.drop}
        style="danger"
        isBusy={isBusy}
        onClick={() => onEdit("reason")}
      />
      {isTool && (
        <button class="button quiet" type="button" aria-disabled={isBusy} onClick={onAllowSession}>
          {words.allowSession}
        </button>
      )}
    </div>
  );
}

function Choice({
  letter,
  label,
  style = "",
  isBusy,
  onClick,
}: {
  letter: string;
  label: string;
  style?: string;
  isBusy: boolean;
  onClick: () => void;
}) {
  return (
    <button class={`button ${style}`} type="button" aria-disabled={isBusy} aria-keyshortcuts={letter} onClick={onClick}>
      {label} <Key letter={letter} />
    </button>
  );
}

interface FormProps {
  isBusy: boolean;
  onSend: (text: string) => void;
  onCancel: () => void;
}

/** The text or the tool's input, to be changed. Ctrl+Enter sends, Escape puts it away. */
export function TextForm({
  isTool,
  initial,
  isGone,
  isBusy,
  onSend,
  onCancel,
}: FormProps & { isTool: boolean; initial: string; isGone: boolean }) {
  return (
    <WritingForm
      label={isTool ? words.editInputLabel : words.editLabel}
      initial={initial}
      submit={isTool ? words.allowEdited : words.sendEdited}
      cancel={isGone ? words.close : words.cancel}
      maySend={!isGone}
      style={`primary`}
      isCode={isTool}
      {...{ isBusy, onSend, onCancel }}
    />
  );
}

export function ReasonForm({ action, agent, ...rest }: FormProps & { action: "drop" | "deny"; agent: string }) {
  return (
    <WritingForm
      label={words.reasonLabel(agent)}
      initial=""
      submit={action === "drop" ? words.confirmDrop : words.confirmDeny}
      cancel={words.cancel}
      maySend
      style="danger-solid"
      isShort
      {...rest}
    />
  );
}

function WritingForm(
  props: FormProps & {
    label: string;
    initial: string;
    submit: string;
    cancel: string;
    maySend: boolean;
    style: string;
    isShort?: boolean;
    isCode?: boolean;
  },
) {
  const { label, initial, submit, cancel, maySend, style, isShort, isCode, isBusy, onSend, onCancel } = props;
  const text = useSignal(initial);
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  // Before the next key: it belongs to this field already.
  useLayoutEffect(() => {
    field.current?.focus();
    field.current?.setSelectionRange(0, 0);
    field.current?.scrollTo(0, 0);
  }, []);
  return (
    <form
      class="gate-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (maySend) onSend(text.value);
      }}
    >
      <label for={id}>{label}</label>
      <textarea
        id={id}
        ref={field}
        class={`input ${isCode ? "code-input" : ""}`}
        dir="auto"
        rows={isShort ? 2 : Math.min(14, Math.max(4, initial.split("\n").length + 1))}
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape") onCancel();
          const sends = event.key === "Enter" && (event.ctrlKey || event.metaKey || (isShort && !event.shiftKey));
          if (!sends || event.isComposing) return;
          event.preventDefault();
          if (maySend && !isBusy) onSend(text.value);
        }}
      />
      {!isShort && <EditChanges before={initial} after={text.value} />}
      <div class="gate-buttons">
        {maySend && (
          <button class={`button ${style}`} type="submit" aria-disabled={isBusy}>
            {submit}
          </button>
        )}
        <button class="button quiet" type="button" onClick={onCancel}>
          {cancel}
        </button>
      </div>
    </form>
  );
}

export function AnswerForm({
  options,
  isBusy,
  onAnswer,
  onDrop,
}: {
  options: readonly GateOption[];
  isBusy: boolean;
  onAnswer: (answer: string) => void;
  onDrop: () => void;
}) {
  const text = useSignal("");
  const hasOptions = options.length > 0;
  return (
    <form
      class="gate-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.value.trim() !== "") onAnswer(text.value);
      }}
    >
      {hasOptions && (
        <div class="options">
          {options.map(({ label, description }, at) => (
            <button class="button option" type="button" key={at} aria-disabled={isBusy} onClick={() => onAnswer(label)}>
              <span dir="auto">
                <Plain text={label} />
              </span>
              {description !== undefined && description !== "" && (
                <small dir="auto">
                  <Plain text={description} />
                </small>
              )}
            </button>
          ))}
        </div>
      )}
      <textarea
        id="gate-answer"
        class="input"
        rows={hasOptions ? 1 : 2}
        dir="auto"
        aria-label={words.answerLabel}
        placeholder={hasOptions ? words.answerPlaceholder : words.answerOnly}
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          if (text.value.trim() !== "" && !isBusy) onAnswer(text.value);
        }}
      />
      <div class="gate-buttons">
        <button class="button primary" type="submit" disabled={isBusy || text.value.trim() === ""}>
          {words.answer} <Key letter="a" />
        </button>
        <button class="button danger" type="button" aria-disabled={isBusy} aria-keyshortcuts="d" onClick={onDrop}>
          {words.drop} <Key letter="d" />
        </button>
      </div>
    </form>
  );
}
