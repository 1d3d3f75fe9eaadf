import type { Choices, EventOf, GateContent, GateQuestion } from "./event.js";
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
  if (new Set(choice.options).size < choice.options.length) return "an option is chosen twice";
  if (choice.options.length > 1 && !multiple) return "this question takes one option";
  if (choice.text !== undefined && !freeText) return "this question takes one of its options, no text";
  return undefined;
}

/** Whether an answer to one question is not empty: an option, or text that is not blank. */
export function isAnswered(choice: Choices[string] | undefined): boolean {
  return choice !== undefined && (choice.options.length > 0 || (choice.text ?? "").trim() !== "");
}

/**
 * Several chosen labels as one text, in the form Claude Code itself uses: after one another, and one that holds a comma or a quotation mark as a JSON string, so
 * that two labels never read as one.
 */
export function joinedLabels(labels: readonly string[]): string {
  if (labels.length === 1) return labels[0] ?? "";
  return labels.map((label) => (/, |"/.test(label) ? JSON.stringify(label) : label)).join(", ");
}

/** The answers as people read them, a line for each question in the gate's order. A question without an answer has no line. */
export function choicesText(choices: Choices, questions: readonly GateQuestion[]): string {
  const lines = questions.flatMap(({ id, text }) => {
    const choice = Object.hasOwn(choices, id) ? choices[id] : undefined;
    if (!choice || !isAnswered(choice)) return [];
    const words = choice.options.length > 0 ? [joinedLabels(choice.options)] : [];
    if (choice.text?.trim()) words.push(choice.text);
    return [questions.length === 1 ? words.join(", ") : `${text} ${words.join(", ")}`];
  });
  return lines.join("\n");
}

/** The questions as people read them where nothing can be pressed, with their options and what these mean. A lone question has no number. */
export function questionsText(questions: readonly GateQuestion[]): string {
  const isAlone = questions.length === 1;
  const blocks = questions.map(({ text, options, multiple }, at) => {
    const several = multiple && options.length > 0 ? " (more than one may be chosen)" : "";
    const lines = options.map(({ label, description }) => `- ${label}${description?.trim() ? `: ${description}` : ""}`);
    return [`${isAlone ? "" : `${at + 1}. `}${text}${several}`, ...lines].join("\n");
  });
  return blocks.join("\n\n");
}

/** Answers that are not tied to the ids of questions, as people read them: each behind its question, if it names one. */
function namedAnswersText(answers: Readonly<Record<string, string>>): string {
  const named = Object.entries(answers).filter(([, text]) => text.trim() !== "");
  return named
    .map(([question, text]) => (question === "" || named.length === 1 ? text : `${question} ${text}`))
    .join("\n");
}

/** The answer to a gate as one text: the answer to each question, then words that name no question. Empty if nothing was answered. */
export function answerText(
  { body, answers, choices }: Pick<EventOf<"gate.resolved">, "body" | "answers" | "choices">,
  questions: readonly GateQuestion[] = [],
): string {
  const texts = [choices ? choicesText(choices, questions) : "", body ?? "", answers ? namedAnswersText(answers) : ""];
  return texts.filter((text) => text !== "").join("\n");
}
