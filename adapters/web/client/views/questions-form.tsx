import { useSignal } from "@preact/signals";
import { useEffect, useId, useMemo, useRef } from "preact/hooks";
import type { Choices, GateOption, GateQuestion } from "../../../../src/core/room/event.js";
import { type AnswerDraft, choicesOf, draftOf, emptyDraft, keptDraft, withOption, withText } from "../answer-draft.js";
import { texts } from "../texts.js";
import { Key, Plain } from "./basics.js";
import { DecidedText } from "./gate-body.js";

const words = texts.gates;

interface QuestionsFormProps {
  questions: readonly GateQuestion[];
  /** The gate's hash: what is chosen belongs to these questions. */
  hash: string;
  isBusy: boolean;
  /** The gate is already decided, so the answers can no longer be sent. */
  isGone: boolean;
  /** Questions are shown character by character, without formatting. */
  isExact: boolean;
  onAnswer: (choices: Choices) => void;
  onDrop: () => void;
  /** Something is chosen or written, or nothing is. */
  onHold: (isHeld: boolean) => void;
}

/** Several questions, answered one after the other and sent together. What is chosen stays through a reload of the tab. */
export function QuestionsForm({
  questions,
  hash,
  isBusy,
  isGone,
  isExact,
  onAnswer,
  onDrop,
  onHold,
}: QuestionsFormProps) {
  const kept = useMemo(() => keptDraft(hash), [hash]);
  const draft = useSignal<AnswerDraft>(kept.read());
  const form = useRef<HTMLFormElement>(null);
  const choices = choicesOf(draft.value, questions);
  const count = Object.keys(choices).length;
  const firstOpen = questions.findIndex(({ id }) => !Object.hasOwn(choices, id));
  useEffect(() => onHold(count > 0), [count > 0]);

  function change(next: AnswerDraft): void {
    draft.value = next;
    kept.keep(next);
  }

  function send(): void {
    if (count > 0 && !isBusy && !isGone) onAnswer(choices);
  }

  /** Moves to the first question without an answer, or sends if all are answered. */
  function goOn(): void {
    if (firstOpen < 0) send();
    else
      form.current?.querySelector<HTMLElement>(`fieldset:nth-of-type(${firstOpen + 1}) :is(input, textarea)`)?.focus();
  }

  return (
    <form
      class="gate-form questions"
      ref={form}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || event.isComposing || event.target instanceof HTMLButtonElement) return;
        const isWriting = event.target instanceof HTMLTextAreaElement;
        if (isWriting && event.shiftKey) return;
        event.preventDefault();
        if (event.ctrlKey || event.metaKey) send();
        else goOn();
      }}
    >
      {questions.map((question, at) => (
        <Question
          key={question.id}
          question={question}
          place={questions.length > 1 ? words.questionOf(at + 1, questions.length) : undefined}
          isFirst={at === Math.max(0, firstOpen)}
          isGone={isGone}
          isExact={isExact}
          answer={draftOf(draft.value, question)}
          onChoose={(label) => change(withOption(draft.value, question, label))}
          onWrite={(text) => change(withText(draft.value, question, text))}
        />
      ))}
      <div class="gate-buttons">
        {isGone ? (
          <button
            class="button quiet"
            type="button"
            onClick={() => {
              change(emptyDraft);
              onHold(false);
            }}
          >
            {words.close}
          </button>
        ) : (
          <>
            <button class="button primary" type="submit" disabled={isBusy || count === 0}>
              {count > 0 && count < questions.length ? words.answerSome(count, questions.length) : words.answer}
            </button>
            <button class="button danger" type="button" aria-disabled={isBusy} aria-keyshortcuts="d" onClick={onDrop}>
              {words.drop} <Key letter="d" />
            </button>
          </>
        )}
      </div>
    </form>
  );
}

interface QuestionProps {
  question: GateQuestion;
  /** For example `1 of 2`. */
  place: string | undefined;
  /** The first without an answer: the key for answering goes there. */
  isFirst: boolean;
  isGone: boolean;
  isExact: boolean;
  answer: { options: readonly string[]; text: string };
  onChoose: (label: string) => void;
  onWrite: (text: string) => void;
}

function Question({ question, place, isFirst, isGone, isExact, answer, onChoose, onWrite }: QuestionProps) {
  const { options, multiple, freeText, text } = question;
  const name = useId();
  const hasOptions = options.length > 0;
  return (
    <fieldset class="question" disabled={isGone}>
      <legend>
        {place !== undefined && <span class="question-place">{place} </span>}
        <div class="question-text body">
          <DecidedText text={text} isExact={isExact} />
        </div>
        {multiple && hasOptions && <span class="question-hint"> {words.several}</span>}
      </legend>
      {hasOptions && (
        <div class="answers">
          {options.map((option, at) => (
            <Choice
              key={option.label}
              {...{ option, name, multiple, onChoose }}
              {...(isFirst && at < 9 && { digit: at + 1 })}
              isChosen={answer.options.includes(option.label)}
              {...(isFirst && at === 0 && { id: "gate-answer" })}
            />
          ))}
        </div>
      )}
      {freeText && (
        <textarea
          class="input"
          rows={1}
          dir="auto"
          {...(isFirst && !hasOptions && { id: "gate-answer" })}
          aria-label={words.ownWords(text)}
          placeholder={hasOptions ? words.ownWordsPlaceholder : words.answerOnly}
          value={answer.text}
          onInput={(event) => onWrite(event.currentTarget.value)}
        />
      )}
    </fieldset>
  );
}

interface ChoiceProps {
  option: GateOption;
  name: string;
  multiple: boolean;
  isChosen: boolean;
  id?: string;
  /** The key that chooses it. */
  digit?: number;
  onChoose: (label: string) => void;
}

/** One option. One that is chosen is taken back by another click. */
function Choice({ option: { label, description = "" }, name, multiple, isChosen, id, digit, onChoose }: ChoiceProps) {
  return (
    <label class="answer">
      <input
        {...(id !== undefined && { id })}
        {...(digit !== undefined && { "data-option": digit })}
        type={multiple ? "checkbox" : "radio"}
        name={name}
        checked={isChosen}
        onClick={() => !multiple && isChosen && onChoose(label)}
        onChange={() => (multiple || !isChosen) && onChoose(label)}
      />
      <span class="answer-text">
        <span dir="auto">
          <Plain text={label} /> {digit !== undefined && <Key letter={String(digit)} />}
        </span>
        {description !== "" && (
          <small dir="auto">
            <Plain text={description} />
          </small>
        )}
      </span>
    </label>
  );
}
