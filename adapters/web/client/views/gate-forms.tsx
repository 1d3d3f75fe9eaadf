import { useSignal } from "@preact/signals";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import type { GateOption } from "../../../../src/core/room/event.js";
import type { GateWriting, KeptGateWriting } from "../gate-writing.js";
import { texts } from "../texts.js";
import { Key, Plain } from "./basics.js";
import { LaterEditChanges } from "./changes-later.js";

const words = texts.gates;

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
  /** Where the unsent text outlives a reload. */
  kept: KeptGateWriting;
  isBusy: boolean;
  onSend: (text: string) => void;
  onCancel: () => void;
}

/** The text or the tool's input, to be changed. Ctrl+Enter sends, Escape puts it away. */
export function TextForm({
  isTool,
  initial,
  isGone,
  kept,
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
      {...{ kept, isBusy, onSend, onCancel }}
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
  const { label, initial, submit, cancel, maySend, style, isShort, isCode, kept, isBusy, onSend, onCancel } = props;
  const editing = isShort ? "reason" : "text";
  const text = useSignal(unsentIn(kept, editing) ?? initial);
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
          kept.keep({ editing, text: text.value });
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape") onCancel();
          const sends = event.key === "Enter" && (event.ctrlKey || event.metaKey || (isShort && !event.shiftKey));
          if (!sends || event.isComposing) return;
          event.preventDefault();
          if (maySend && !isBusy) onSend(text.value);
        }}
      />
      {!isShort && <LaterEditChanges before={initial} after={text.value} />}
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

function unsentIn(kept: KeptGateWriting, editing: GateWriting["editing"]): string | undefined {
  const writing = kept.read();
  return writing?.editing === editing ? writing.text : undefined;
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
            <button
              class="button option"
              type="button"
              key={at}
              data-option={at + 1}
              aria-disabled={isBusy}
              {...(at < 9 && { "aria-keyshortcuts": String(at + 1) })}
              onClick={() => onAnswer(label)}
            >
              <span dir="auto">
                <Plain text={label} /> {at < 9 && <Key letter={String(at + 1)} />}
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
