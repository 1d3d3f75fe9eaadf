import type { Choices, GateQuestion } from "../core/room/event.js";
import { isAnswered } from "../core/room/gate-choices.js";
import { UsageError } from "./errors.js";
import { didYouMean } from "./nearest.js";
import type { ShownGate } from "./show-gate.js";

/** The questions of a gate by their ids. A gate that asks one thing in its text has one, `q1`, which takes words of one's own. */
export function questionsOf({ body, options = [], content }: ShownGate): readonly GateQuestion[] {
  const asked = content?.questions ?? [];
  if (asked.length > 0) return asked;
  return [{ id: "q1", text: body, options: [...options], multiple: false, freeText: true }];
}

/**
 * Answers from `--choose <question>=<option>` and `--text <question>=<words>`. A question is named by its id or its number, an option by its label or its number;
 * where a question takes several they are separated by commas or given one by one. Throws a `UsageError` for what names no question or option.
 */
export function typedChoices(
  questions: readonly GateQuestion[],
  { choose, text }: { choose: readonly string[]; text: readonly string[] },
): Choices {
  const choices: Choices = {};
  for (const typed of choose) {
    const { question, value } = split(questions, typed, "--choose q1=<option>");
    const options = optionsIn(question, value);
    choices[question.id] = { options: [...new Set([...(choices[question.id]?.options ?? []), ...options])] };
  }
  for (const typed of text) {
    const { question, value } = split(questions, typed, '--text q1="<words>"');
    if (!question.freeText) throw new UsageError(`Question ${question.id} takes one of its options, no text.`);
    choices[question.id] = { options: choices[question.id]?.options ?? [], text: value };
  }
  for (const { id, multiple } of questions) {
    if (!multiple && (choices[id]?.options.length ?? 0) > 1) throw new UsageError(`Question ${id} takes one option.`);
  }
  return choices;
}

function split(
  questions: readonly GateQuestion[],
  typed: string,
  form: string,
): { question: GateQuestion; value: string } {
  const at = typed.indexOf("=");
  if (at < 1) throw new UsageError(`“${typed}” names no question. Write ${form}.`);
  const name = typed.slice(0, at).trim();
  const question = questions.find(({ id }, index) => id === name || String(index + 1) === name);
  if (question) return { question, value: typed.slice(at + 1).trim() };
  const ids = questions.map(({ id }) => id);
  throw new UsageError(`There is no question “${name}”; there is ${ids.join(", ")}.${didYouMean(name, ids)}`);
}

/** The labels that were meant: all of it as one label first, so that a comma in a label does no harm. */
function optionsIn(question: GateQuestion, typed: string): string[] {
  const whole = optionNamed(question, typed);
  if (whole !== undefined) return [whole];
  return (question.multiple ? typed.split(",") : [typed]).map((part) => {
    const label = optionNamed(question, part.trim());
    if (label !== undefined) return label;
    const labels = question.options.map((option) => option.label);
    const known = labels.length === 0 ? "it has none" : `it has ${labels.map((one) => `“${one}”`).join(", ")}`;
    throw new UsageError(
      `“${part.trim()}” is not an option of question ${question.id}; ${known}.${didYouMean(part.trim(), labels)}`,
    );
  });
}

/** The option of this label, else the one with this number. */
function optionNamed({ options }: GateQuestion, typed: string): string | undefined {
  const exact = options.find(({ label }) => label === typed) ?? options.find(({ label }) => isSame(label, typed));
  return exact?.label ?? (/^\d{1,3}$/.test(typed) ? options[Number(typed) - 1]?.label : undefined);
}

const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

/**
 * What a person typed under one question: numbers or labels of options, else words of their own; undefined: nothing. Throws a `UsageError` where the question
 * takes its options alone.
 */
export function choiceOfLine(question: GateQuestion, typed: string): Choices[string] | undefined {
  if (typed === "") return undefined;
  try {
    const options = optionsIn(question, typed);
    if (options.length > 0) return { options: [...new Set(options)] };
  } catch (error) {
    if (!question.freeText) throw error;
  }
  return { options: [], text: typed };
}

/** The ids of the questions these answers leave open. */
export function openQuestions(questions: readonly GateQuestion[], choices: Choices): string[] {
  return questions.filter(({ id }) => !isAnswered(choices[id])).map(({ id }) => id);
}

/** The members of the decision that answer this gate: by question where it has questions, else as its text. */
export function answerMembers(gate: ShownGate, choices: Choices): { body: string } | { choices: Choices } {
  if ((gate.content?.questions ?? []).length > 0) return { choices };
  const { options = [], text = "" } = choices.q1 ?? { options: [] };
  return { body: [...options, ...(text === "" ? [] : [text])].join(", ") };
}
