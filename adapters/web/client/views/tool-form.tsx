import { useSignal } from "@preact/signals";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { inputFields, withField } from "../gate-input.js";
import type { KeptGateWriting } from "../gate-writing.js";
import { texts } from "../texts.js";
import { Plain } from "./basics.js";
import { LaterEditChanges } from "./changes-later.js";

const words = texts.gates;

interface ToolFormProps {
  /** The tool's input, as JSON. */
  initial: string;
  kept: KeptGateWriting;
  isBusy: boolean;
  isGone: boolean;
  onSend: (json: string) => void;
  onCancel: () => void;
  onJson: () => void;
}

/** A tool's input, changed field by field. Ctrl+Enter sends, Escape puts it away. */
export function ToolForm({ initial, kept, isBusy, isGone, onSend, onCancel, onJson }: ToolFormProps) {
  const json = useSignal(kept.read()?.text ?? initial);
  const form = useRef<HTMLFormElement>(null);
  const id = useId();
  const fields = inputFields(json.value) ?? [];
  const before = new Map((inputFields(initial) ?? []).map(({ name, text }) => [name, text]));
  useLayoutEffect(() => form.current?.querySelector("textarea")?.focus(), []);
  const change = (name: string, text: string) => {
    json.value = withField(json.value, name, text);
    kept.keep({ editing: "text", text: json.value });
  };
  const send = () => {
    if (!isGone && !isBusy) onSend(json.value);
  };
  return (
    <form
      class="gate-form tool-form"
      ref={form}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") onCancel();
        if (event.key !== "Enter" || event.isComposing || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        send();
      }}
    >
      {fields.map(({ name, text }, at) => (
        <div class="tool-field" key={name}>
          <label for={`${id}-${at}`}>
            <Plain text={name} />
          </label>
          <textarea
            id={`${id}-${at}`}
            class="input code-input"
            dir="auto"
            rows={Math.min(10, Math.max(1, text.split("\n").length))}
            value={text}
            onInput={(event) => change(name, event.currentTarget.value)}
          />
          {before.get(name) !== text && <LaterEditChanges before={before.get(name) ?? ""} after={text} />}
        </div>
      ))}
      <div class="gate-buttons">
        {!isGone && (
          <button class="button primary" type="submit" aria-disabled={isBusy}>
            {words.allowEdited}
          </button>
        )}
        <button class="button quiet" type="button" onClick={onCancel}>
          {isGone ? words.close : words.cancel}
        </button>
        <button class="button quiet" type="button" onClick={onJson}>
          {words.asJson}
        </button>
      </div>
    </form>
  );
}
