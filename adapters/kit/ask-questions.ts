import { isAnswered, joinedLabels } from "../../src/core/room/gate-choices.js";
import type { AskDecision, Output } from "../../src/ports/agents.js";

type Ask = Extract<Output, { kind: "ask" }>;
type GateQuestion = NonNullable<Ask["questions"]>[number];

/** The tool with which an agent asks people: `{questions: [{question, header, multiSelect, options: [{label, description}]}]}`. */
export const questionTool = "AskUserQuestion";

/** One question as the agent wrote it. */
export interface AskedQuestion {
  question: string;
  options: { label: string; description?: string }[];
  multiple: boolean;
}

/** The questions in the input of `AskUserQuestion`. The model writes them: what has no such shape is left out, and an input without any is not a question. */
export function askedQuestions(input: unknown): AskedQuestion[] {
  const questions = typeof input === "object" && input !== null && "questions" in input ? input.questions : undefined;
  if (!Array.isArray(questions)) return [];
  return questions.flatMap((item: { question?: unknown; options?: unknown; multiSelect?: unknown }) => {
    if (typeof item?.question !== "string") return [];
    const options = Array.isArray(item.options) ? distinct(item.options.flatMap(optionOf)) : [];
    return [{ question: item.question, options, multiple: item.multiSelect === true }];
  });
}

function optionOf(option: { label?: unknown; description?: unknown } | null): AskedQuestion["options"] {
  if (typeof option?.label !== "string") return [];
  const description = typeof option.description === "string" ? { description: option.description } : {};
  return [{ label: option.label, ...description }];
}

/** An answer names an option by its label. */
function distinct(options: AskedQuestion["options"]): AskedQuestion["options"] {
  return options.filter(({ label }, at) => options.findIndex((option) => option.label === label) === at);
}

/**
 * The ask that puts these questions to people. One question that takes one option is asked with its options beside it; several, or one that takes several options,
 * each have an id (`q1`, `q2` …) and are answered for themselves. Words of one's own are always an answer.
 */
export function askOfQuestions(
  asked: readonly AskedQuestion[],
  { requestId, input }: { requestId: string; input: unknown },
): Ask {
  const [first] = asked;
  const title = asked.map(({ question }) => question).join(" / ");
  const ask = { kind: "ask", requestId, askKind: "question", title, input } as const;
  if (asked.length === 1 && first && !first.multiple) return { ...ask, options: first.options };
  const questions = asked.map(
    ({ question, options, multiple }, at): GateQuestion => ({
      id: `q${at + 1}`,
      text: question,
      options,
      multiple,
      freeText: true,
    }),
  );
  return { ...ask, questions, ...(asked.length === 1 && first && { options: first.options }) };
}

/** Answers as the agent is told them. */
export interface QuestionAnswers {
  /** By the text of the question: the label that was chosen, several of them joined, or the words in their place. */
  answers: Record<string, string>;
  /** By the text of the question: words beside options that were chosen. */
  notes: Record<string, string>;
  /** Words that name none of several questions. */
  unnamed?: string;
}

/** What people answered, for each question what was chosen for it and nothing else. One question alone needs no name: words without one answer it. */
export function answersToQuestions(
  asked: readonly AskedQuestion[],
  { answers, choices = {} }: Extract<AskDecision, { kind: "answer" }>,
): QuestionAnswers {
  const { "": unnamed = "", ...named } = answers;
  const told: QuestionAnswers = { answers: { ...named }, notes: {} };
  for (const [at, { question }] of asked.entries()) {
    const choice = choices[`q${at + 1}`];
    if (!choice || !isAnswered(choice)) continue;
    const text = choice.text?.trim() ? choice.text : "";
    told.answers[question] = choice.options.length > 0 ? joinedLabels(choice.options) : text;
    if (choice.options.length > 0 && text !== "") told.notes[question] = text;
  }
  if (unnamed.trim() === "") return told;
  const [only] = asked;
  if (asked.length !== 1 || !only || Object.hasOwn(told.answers, only.question)) return { ...told, unnamed };
  told.answers[only.question] = unnamed;
  return told;
}
