import { expect, test } from "vitest";
import type { GateQuestion } from "../../../../src/core/room/event.js";
import { choiceOfForm, questionForm } from "../../../../src/runtime/chat/inbound/question-forms.js";

const options = (...labels: string[]) => labels.map((label) => ({ label }));
const database: GateQuestion = {
  ...{ id: "q1", text: "Which DB?", multiple: false, freeText: true },
  options: options("SQLite", "PostgreSQL"),
};
const features: GateQuestion = {
  ...{ id: "q2", text: "Which features?", multiple: true, freeText: true },
  options: options("auth", "search, fast", "export"),
};
const strict: GateQuestion = { ...database, id: "q3", freeText: false };
const nothing = [
  { question: 0, options: [] },
  { question: 1, options: [] },
];

test.each([
  [
    "options under each question",
    {
      text: "",
      answers: [
        { question: 0, options: [1] },
        { question: 1, options: [0, 2] },
      ],
    },
    { choices: { q1: { options: ["PostgreSQL"] }, q2: { options: ["auth", "export"] } } },
  ],
  [
    "words under a question, beside an option",
    { text: "", answers: [{ question: 0, options: [0], text: " for now " }] },
    { choices: { q1: { options: ["SQLite"], text: "for now" } } },
  ],
  [
    "a line of the common field that begins with a number",
    {
      text: "2: and undo\nwith redo",
      answers: [
        { question: 0, options: [0] },
        { question: 1, options: [0] },
      ],
    },
    { choices: { q1: { options: ["SQLite"] }, q2: { options: ["auth"], text: "and undo\nwith redo" } } },
  ],
  [
    "a line for each question",
    { text: "1. a file\n2) none of these", answers: nothing },
    { choices: { q1: { options: [], text: "a file" }, q2: { options: [], text: "none of these" } } },
  ],
  [
    "words without a number where one question is left",
    { text: "none of these", answers: [{ question: 0, options: [0] }] },
    { choices: { q1: { options: ["SQLite"] }, q2: { options: [], text: "none of these" } } },
  ],
  [
    "words without a number where two questions are left",
    { text: "SQLite", answers: nothing },
    { choices: {}, body: "SQLite" },
  ],
  [
    "words without a number where no question is left",
    {
      text: "hurry",
      answers: [
        { question: 0, options: [0] },
        { question: 1, options: [1] },
      ],
    },
    { choices: { q1: { options: ["SQLite"] }, q2: { options: ["search, fast"] } }, body: "hurry" },
  ],
  ["a number that no question has", { text: "3: what?", answers: nothing }, { choices: {}, body: "3: what?" }],
  [
    "places that no question and no option has",
    {
      text: "",
      answers: [
        { question: 7, options: [0] },
        { question: 0, options: [9] },
      ],
    },
    { choices: {} },
  ],
])("a form with %s", (_what, filled, choice) => {
  expect(choiceOfForm([database, features], filled)).toEqual({ action: "answer", ...choice });
});

test("free text for a question that accepts only options counts as a general answer", () => {
  expect(choiceOfForm([strict], { text: "1: other", answers: [] })).toEqual({
    ...{ action: "answer", choices: {}, body: "1: other" },
  });
});

test("a gate that asks one thing has no form with questions", () => {
  expect(questionForm({}, { id: "x", maxChars: 10 })).toBeUndefined();
  expect(questionForm({ content: { v: 2, questions: [features] } }, { id: "x", maxChars: 10 })?.questions).toHaveLength(
    1,
  );
});
