import type { Choices, EventOf, GateQuestion } from "../../../core/room/event.js";
import { isAnswered } from "../../../core/room/gate-choices.js";
import type { ChatForm, FormAnswer } from "../../../ports/chat-inbound.js";
import type { GateChoice } from "../../rooms/decide-gate.js";

type Opened = Pick<EventOf<"gate.opened">, "content">;

/** The form that asks each question of a gate for itself; undefined for a gate that asks one thing. */
export function questionForm({ content }: Opened, field: Pick<ChatForm, "id" | "maxChars">): ChatForm | undefined {
  const questions = content?.questions ?? [];
  if (questions.length === 0) return undefined;
  const shown = questions.map(({ text, options, multiple, freeText }) => ({ text, options, multiple, freeText }));
  const whole = { title: "Answer", label: "Your answer", value: "", multiline: true, required: false };
  return { ...field, ...whole, questions: shown };
}

/**
 * What a person filled in: for each question what was chosen and written under it. `text` comes from a field that belongs to all questions: a line of it may begin
 * with the number of a question, such as `2: after Friday`; without a number it answers the one question that is left, or names none.
 */
export function choiceOfForm(
  questions: readonly GateQuestion[],
  { text, answers }: { text: string; answers: readonly FormAnswer[] },
): GateChoice {
  const choices: Choices = {};
  for (const { question: at, options: chosen, text: own = "" } of answers) {
    const question = questions[at];
    if (!question) continue;
    const options = chosen.flatMap((option) => question.options[option]?.label ?? []);
    const choice = { options, ...(own.trim() !== "" && { text: own.trim() }) };
    if (isAnswered(choice)) choices[question.id] = choice;
  }
  const { numbered, rest } = sortLines(questions, text);
  for (const [id, words] of numbered) choices[id] = { options: choices[id]?.options ?? [], text: words };
  if (rest === "") return { action: "answer", choices };
  const open = questions.filter(({ id, freeText }) => freeText && !isAnswered(choices[id]));
  const [only] = questions.length === 1 ? questions : open.length === 1 ? open : [];
  if (!only?.freeText) return { action: "answer", choices, body: rest };
  choices[only.id] = { options: choices[only.id]?.options ?? [], text: rest };
  return { action: "answer", choices };
}

/** Lines that begin with the number of a question, with the lines that follow; and what stands before them. */
function sortLines(questions: readonly GateQuestion[], text: string): { numbered: Map<string, string>; rest: string } {
  const numbered = new Map<string, string>();
  const rest: string[] = [];
  let current: string | undefined;
  for (const line of text.split("\n")) {
    const [, number, words] = /^\s*(\d{1,2})\s*[.:)]\s*(.*)$/.exec(line) ?? [];
    const question = number === undefined ? undefined : questions[Number(number) - 1];
    if (question?.freeText) current = question.id;
    const shown = question?.freeText ? (words ?? "") : line;
    if (current === undefined) rest.push(line);
    else
      numbered.set(current, [numbered.get(current), shown].filter((one) => one !== undefined && one !== "").join("\n"));
  }
  for (const [id, words] of numbered) if (words.trim() === "") numbered.delete(id);
  return { numbered, rest: rest.join("\n").trim() };
}
