import type { Choices, GateQuestion } from "../../core/room/event.js";
import { choicesText } from "../../core/room/gate-choices.js";
import { answerMembers, choiceOfLine, openQuestions, questionsOf, typedChoices } from "../answer-questions.js";
import { askLine } from "../ask.js";
import type { CliCommand, Context, Typed } from "../command.js";
import { confirm, decisionOptions, sendDecision } from "../decide-gate.js";
import { RefusedError, UsageError } from "../errors.js";
import { gateArgument, type Picked, pickToDecide, shownFirst } from "../pick-to-decide.js";
import { dim } from "../screen.js";
import type { ShownGate } from "../show-gate.js";
import { roomArgument } from "./room.js";

/** Members of the decision that hold the answer. */
interface Answer {
  body?: string;
  choices?: Choices;
}

const emptyAnswer = "The answer is empty; nothing was sent and the question still waits.";

/** `parley answer`: one question in words, several each for itself. */
export const answerCommand: CliCommand = {
  path: ["answer"],
  summary: "answer an agent's question, or several each for itself",
  details:
    "An answer that is the number of an option stands for that option. Where an agent asks several things at once, --choose and --text name the question " +
    "by its id (q1, q2 …) or number; without them you are asked one after the other, and an empty line leaves a question out. Words behind the gate's id " +
    `name no question and reach the agent as they are. ${shownFirst}`,
  arguments: [
    roomArgument,
    gateArgument,
    { name: "text", help: "the answer; without it you are asked", optional: true, rest: true },
  ],
  options: {
    choose: {
      help: "an option of a question, by label or number; several with commas",
      value: "<question>=<option>",
      many: true,
    },
    text: { help: "an answer to a question in your own words", value: "<question>=<words>", many: true },
    ...decisionOptions,
  },
  examples: [
    "parley answer demo",
    `parley answer demo a-51bd "Use PostgreSQL."`,
    "parley answer demo a-51bd 2",
    `parley answer demo a-51bd --choose q1=SQLite --choose q2=auth,export --text q3="After Friday."`,
  ],
  async run(context, typed) {
    const picked = await pickToDecide(context, typed, { command: "answer", actions: ["answer"] });
    const { access, gate, action } = picked;
    const answer = await answerOf(context, typed, picked);
    await sendDecision(context, { access, gate, decision: { action, ...answer } });
    return undefined;
  },
};

async function answerOf(context: Context, typed: Typed, { gate, confirmed }: Picked): Promise<Answer> {
  const [choose, text] = [typed.texts("choose"), typed.texts("text")];
  const words = typed.rest("text").join(" ");
  const isByQuestion = choose.length > 0 || text.length > 0;
  if (confirmed && words === "" && !isByQuestion)
    throw new UsageError("In a pipe, answer needs the answer behind the gate's id, or --choose and --text.");
  if (isByQuestion) return byQuestion(context, { gate, confirmed, words, choose, text });
  const isAsked = words === "";
  if (isAsked && (gate.content?.questions ?? []).length > 0) return answerOneByOne(context, gate);
  const body = chosen(gate, isAsked ? await askLine(context, "Your answer: ") : words);
  if (body.trim() === "") throw new RefusedError(emptyAnswer);
  if (!confirmed && !isAsked) await confirmAnswer(context, body);
  return { body };
}

interface ByQuestion {
  gate: ShownGate;
  confirmed: boolean;
  words: string;
  choose: readonly string[];
  text: readonly string[];
}

async function byQuestion(context: Context, { gate, confirmed, words, ...given }: ByQuestion): Promise<Answer> {
  const questions = questionsOf(gate);
  const choices = typedChoices(questions, given);
  const isPlain = (gate.content?.questions ?? []).length === 0;
  if (isPlain && words !== "") throw new UsageError("This gate asks one thing: give --choose and --text, or words.");
  return checked(context, { gate, questions, choices, confirmed, words });
}

/** Asks under each question, in the order they were put. */
export async function answerOneByOne(context: Context, gate: ShownGate): Promise<Answer> {
  const questions = questionsOf(gate);
  const choices: Choices = {};
  for (const [at, question] of questions.entries()) {
    const choice = await askQuestion(context, { question, of: `${at + 1} of ${questions.length}` });
    if (choice) choices[question.id] = choice;
  }
  return checked(context, { gate, questions, choices, confirmed: false, words: "" });
}

async function askQuestion(
  context: Context,
  { question, of }: { question: GateQuestion; of: string },
): Promise<Choices[string] | undefined> {
  const { screen } = context;
  screen.line([dim(`Question ${of}: `), question.text], { hang: 4 });
  for (const [at, { label, description = "" }] of question.options.entries())
    screen.line([`${at + 1}. ${label}`, ...(description === "" ? [] : [dim(`  ${description}`)])], {
      indent: 2,
      hang: 3,
    });
  for (;;) {
    try {
      return choiceOfLine(question, await askLine(context, `${promptOf(question)}: `));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      screen.note(error.message);
    }
  }
}

function promptOf({ options, multiple, freeText }: GateQuestion): string {
  if (options.length === 0) return "Your answer (empty: leave it out)";
  const numbers = multiple ? "Numbers, with commas" : "Number";
  return `${numbers}${freeText ? ", or your own words" : ""} (empty: leave it out)`;
}

interface Checking {
  gate: ShownGate;
  questions: readonly GateQuestion[];
  choices: Choices;
  confirmed: boolean;
  /** Words that name no question. */
  words: string;
}

async function checked(context: Context, { gate, questions, choices, confirmed, words }: Checking): Promise<Answer> {
  const left = openQuestions(questions, choices);
  if (left.length === questions.length && words === "") throw new RefusedError(emptyAnswer);
  const answer = { ...answerMembers(gate, choices), ...(words !== "" && { body: words }) };
  if (confirmed) return answer;
  const leftOut = left.length > 0 && questions.length > 1 ? [`Left out: ${left.join(", ")}`] : [];
  await confirmAnswer(
    context,
    [choicesText(choices, questions), words, ...leftOut].filter((one) => one !== "").join("\n"),
  );
  return answer;
}

/** The label of an option where its number was typed. */
function chosen(gate: ShownGate, text: string): string {
  const number = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  return gate.options?.[number - 1]?.label ?? text;
}

async function confirmAnswer(context: Context, body: string): Promise<void> {
  context.screen.line(["Answer: ", body], { hang: 8 });
  await confirm(context, "Send it?");
}
