import type { Choices, GateQuestion } from "../../../src/core/room/event.js";
import { isAnswered } from "../../../src/core/room/gate-choices.js";

/** The unsent answers to a gate's questions, by the ids of the questions. */
export type AnswerDraft = Readonly<Record<string, { options: readonly string[]; text: string }>>;

/** Nothing chosen, nothing written. */
export const emptyDraft: AnswerDraft = {};

const answerIn = (draft: AnswerDraft, id: string) => (Object.hasOwn(draft, id) ? draft[id] : undefined) ?? nothing;
const nothing: AnswerDraft[string] = { options: [], text: "" };

/** Chooses an option, or takes it back; of a question that takes one it takes the place of the other. */
export function withOption(draft: AnswerDraft, { id, multiple }: GateQuestion, label: string): AnswerDraft {
  const { options, text } = answerIn(draft, id);
  const others = multiple ? options.filter((one) => one !== label) : [];
  return { ...draft, [id]: { text, options: options.includes(label) ? others : [...others, label] } };
}

/** Writes under a question. */
export function withText(draft: AnswerDraft, { id }: GateQuestion, text: string): AnswerDraft {
  return { ...draft, [id]: { ...answerIn(draft, id), text } };
}

/** The unsent answer to one question. */
export function draftOf(draft: AnswerDraft, { id }: GateQuestion): { options: readonly string[]; text: string } {
  return answerIn(draft, id);
}

/** The answers to send: of the questions that have one, options in the order they are shown. */
export function choicesOf(draft: AnswerDraft, questions: readonly GateQuestion[]): Choices {
  const answers = questions.flatMap(({ id, options }) => {
    const answer = answerIn(draft, id);
    const chosen = options.map(({ label }) => label).filter((label) => answer.options.includes(label));
    const choice = { options: chosen, ...(answer.text.trim() !== "" && { text: answer.text.trim() }) };
    return isAnswered(choice) ? [[id, choice] as const] : [];
  });
  return Object.fromEntries(answers);
}

/** Keeps a draft where a reload of this tab finds it. */
export interface KeptDraft {
  read(): AnswerDraft;
  /** An empty one is forgotten. */
  keep(draft: AnswerDraft): void;
}

/** The draft of the gate with this hash: what was chosen for other questions is not kept for it. */
export function keptDraft(hash: string): KeptDraft {
  const key = `parley.answers.${hash}`;
  return {
    read: () => readDraft(quietly(() => sessionStorage.getItem(key)) ?? ""),
    keep(draft) {
      const isEmpty = Object.values(draft).every(({ options, text }) => options.length === 0 && text === "");
      quietly(() => (isEmpty ? sessionStorage.removeItem(key) : sessionStorage.setItem(key, JSON.stringify(draft))));
    },
  };
}

function readDraft(stored: string): AnswerDraft {
  const parsed = quietly((): unknown => JSON.parse(stored));
  if (typeof parsed !== "object" || parsed === null) return emptyDraft;
  const answers = Object.entries(parsed as Record<string, unknown>).flatMap(([id, answer]) => {
    const { options, text } = (answer ?? {}) as Record<string, unknown>;
    if (!Array.isArray(options) || typeof text !== "string") return [];
    return [[id, { options: options.filter((one) => typeof one === "string"), text }] as const];
  });
  return Object.fromEntries(answers);
}

/** Storage may be switched off or full; the page works without, it only forgets. */
function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
