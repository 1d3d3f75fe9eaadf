import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import type { Result } from "../problem.js";
import { problemText } from "../problem-text.js";
import { ArmedButton, ProblemText } from "./basics.js";

/** The dialog as its pages see it. */
export interface ManageContext {
  /** Says one sentence to everybody who uses the dialog, also to a screen reader. */
  tell: (sentence: string) => void;
  /** Names of the forms with something that is not saved. */
  unsaved: Signal<ReadonlySet<string>>;
}

/** Marks a form as saved or not saved. */
export function markUnsaved({ unsaved }: ManageContext, form: string, isUnsaved: boolean): void {
  if (unsaved.value.has(form) === isUnsaved) return;
  const others = [...unsaved.value].filter((name) => name !== form);
  unsaved.value = new Set(isUnsaved ? [...others, form] : others);
}

export function Part({ heading, children }: { heading: string; children: ComponentChildren }) {
  return (
    <section class="part" aria-label={heading}>
      <h3>{heading}</h3>
      {children}
    </section>
  );
}

/** Attributes that tie a control to its hint and its problem. */
export interface ControlAttributes {
  id: string;
  "aria-describedby"?: string;
  "aria-invalid"?: boolean;
}

/** A labelled control with its hint, and its problem where it has one. The problem stands under the control and is read with it. */
export function LabelledField({
  label,
  hint,
  problem,
  isWide,
  children,
}: {
  label: string;
  hint?: string | undefined;
  problem?: string | undefined;
  isWide?: boolean;
  children: (attributes: ControlAttributes) => ComponentChildren;
}) {
  const id = useId();
  const describedBy = [problem !== undefined && `${id}-problem`, hint !== undefined && `${id}-hint`].filter(Boolean);
  return (
    <div class={`field ${isWide ? "whole-line" : ""}`}>
      <label for={id}>{label}</label>
      {children({
        id,
        ...(describedBy.length > 0 && { "aria-describedby": describedBy.join(" ") }),
        ...(problem !== undefined && { "aria-invalid": true }),
      })}
      {problem !== undefined && (
        <p class="field-problem" id={`${id}-problem`}>
          {problem}
        </p>
      )}
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

/** Goes to the first field that has a problem. */
export function focusFirstProblem(form: HTMLFormElement | null): void {
  requestAnimationFrame(() => form?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
}

/** Runs an action and keeps what went wrong, to be said beside its button. */
export function useAction(tell: (sentence: string) => void) {
  const problem = useSignal("");
  async function run<T>(doing: Promise<Result<T>>, done: (value: T) => string): Promise<T | undefined> {
    const result = await doing;
    problem.value = result.ok ? "" : problemText(result.problem);
    if (!result.ok) return undefined;
    tell(done(result.value));
    return result.value;
  }
  return { problem, run };
}

/** A button that asks once more, and says beside itself what went wrong. */
export function ArmedAction({
  label,
  sure,
  done,
  tell,
  act,
}: {
  label: string;
  sure: string;
  done: string;
  tell: (sentence: string) => void;
  act: () => Promise<Result<unknown>>;
}) {
  const { problem, run } = useAction(tell);
  return (
    <span class="action">
      <ArmedButton label={label} sure={sure} onClick={() => void run(act(), () => done)} />
      {problem.value !== "" && <ProblemText>{problem.value}</ProblemText>}
    </span>
  );
}

/** A list of choices. */
export function ChoiceList({
  attributes,
  value,
  choices,
  isOff = false,
  onPick,
}: {
  attributes: ControlAttributes;
  value: string;
  choices: readonly (readonly [value: string, text: string])[];
  isOff?: boolean;
  onPick: (value: string) => void;
}) {
  return (
    <select
      class="input"
      {...attributes}
      disabled={isOff}
      value={value}
      onChange={({ currentTarget }) => onPick(currentTarget.value)}
    >
      {choices.map(([key, text]) => (
        <option key={key} value={key}>
          {text}
        </option>
      ))}
    </select>
  );
}
