import type { Choices, GateContent, GateQuestion } from "./event.js";
import { invalid, type Rejection } from "./rejection.js";

/**
 * The problem with these answers to a gate's questions; undefined: they are right, or there are none. Each answer names a question of the gate, chooses of its options
 * only, more than one only where the question takes several, and brings words of its own only where it takes them.
 */
export function problemOfChoices(
  { choices }: { choices?: Choices },
  content: GateContent | undefined,
): Rejection | undefined {
  if (!choices) return undefined;
  const questions = new Map(content?.questions?.map((question) => [question.id, question]));
  for (const [id, choice] of Object.entries(choices)) {
    const why = problemOfChoice(choice, questions.get(id));
    if (why !== undefined) return invalid(["choices", id], why);
  }
  return undefined;
}

function problemOfChoice(choice: Choices[string], question: GateQuestion | undefined): string | undefined {
  if (!question) return "this gate has no such question";
  const { options, multiple, freeText } = question;
  const unknown = choice.options.find((label) => !options.some((option) => option.label === label));
  if (unknown !== undefined) return `“${unknown}” is not an option of this question`;
  if (choice.options.length > 1 && !multiple) return "this question takes one option";
  if (choice.text !== undefined && !freeText) return "this question takes one of its options, no text";
  return undefined;
}

/** The answers as people read them, a line for each question in the gate's order. A question without an answer has no line. */
export function choicesText(choices: Choices, questions: readonly GateQuestion[]): string {
  const lines = questions.flatMap(({ id, text }) => {
    const choice = Object.hasOwn(choices, id) ? choices[id] : undefined;
    const words = choice ? [...choice.options, ...(choice.text ? [choice.text] : [])] : [];
    return words.length === 0 ? [] : [questions.length === 1 ? words.join(", ") : `${text} ${words.join(", ")}`];
  });
  return lines.join("\n");
}
