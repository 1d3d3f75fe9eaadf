import { expect } from "vitest";
import type { WithDriver } from "./chat.js";
import type { Answer, ChatDriver, Place, SeenForm } from "./chat-driver.js";
import { openForm, openRoom, waitForText } from "./chat-steps.js";

function openAnswer(driver: ChatDriver, place: Place, user: string): Promise<SeenForm> {
  return openForm(driver, place, { user, press: "Answer…", on: "surveyor asks" });
}

/** Nothing is said about an answer that was taken, except where that took too long to say nothing. */
const isTaken = ({ text = "Done." }: Answer): boolean => text === "Done.";

/** Questions with several parts, in one form. */
export function testQuestions(withDriver: WithDriver): void {
  withDriver("several questions are answered in one form, each for itself", async (driver) => {
    const place = await openRoom(driver, { name: "survey", agents: "surveyor" });
    const { owner } = driver.people;
    await driver.act({ user: owner, ...place, say: "@surveyor survey first" });
    const card = await waitForText(driver, place, "surveyor asks");
    for (const shown of ["Which database?", "SQLite: One file", "Which features", "more than one may be chosen"])
      expect(card.text).toContain(shown);
    expect(card.buttons).toEqual(["Answer…", "Drop"]);
    const form = await openAnswer(driver, place, owner);
    const answers = [
      { question: 0, options: [0] },
      { question: 1, options: [0, 2] },
    ];
    expect(isTaken(await driver.act({ user: owner, ...place, submit: "", form, answers }))).toBe(true);
    await waitForText(driver, place, "= SQLite; Which features");
    await waitForText(driver, place, "= Sign-in, Export");
    const decided = await waitForText(driver, place, "answered by mia");
    for (const shown of ["Which database? SQLite", "Sign-in, Export"]) expect(decided.text).toContain(shown);
  });

  withDriver(
    "of two people who each answer one of several questions, the first decides and the second is told",
    async (driver) => {
      const place = await openRoom(driver, { name: "partly", agents: "surveyor" });
      const { owner, approver } = driver.people;
      await driver.act({ user: owner, ...place, say: "@surveyor survey second" });
      await waitForText(driver, place, "surveyor asks");
      const [first, second] = [await openAnswer(driver, place, owner), await openAnswer(driver, place, approver)];
      const one = [
        { question: 0, options: [1] },
        { question: 1, options: [] },
      ];
      const other = [
        { question: 0, options: [] },
        { question: 1, options: [2] },
      ];
      expect(isTaken(await driver.act({ user: owner, ...place, submit: "", form: first, answers: one }))).toBe(true);
      const late = await driver.act({ user: approver, ...place, submit: "", form: second, answers: other });
      expect(late.text).toContain("Too late: mia was first");
      const reply = await waitForText(driver, place, "second: Which database? = PostgreSQL");
      expect(reply.text).not.toContain("Export");
      const decided = await waitForText(driver, place, "answered by mia");
      expect(decided.text).toContain("Which database? PostgreSQL");
      expect(decided.text).not.toMatch(/Which features[^\n]* Export/);
    },
  );

  withDriver(
    "a question with several options is answered in a form; nothing filled in decides nothing",
    async (driver) => {
      const place = await openRoom(driver, { name: "colours", agents: "surveyor" });
      const { owner } = driver.people;
      await driver.act({ user: owner, ...place, say: "@surveyor colours both" });
      await waitForText(driver, place, "surveyor asks");
      const open = () => openAnswer(driver, place, owner);
      const nothing = [{ question: 0, options: [] }];
      const empty = await driver.act({ user: owner, ...place, submit: "", form: await open(), answers: nothing });
      expect(empty.text).toContain("Nothing was decided");
      const both = [{ question: 0, options: [1, 0] }];
      await driver.act({ user: owner, ...place, submit: "", form: await open(), answers: both });
      await waitForText(driver, place, "Which colours? = blue, red");
    },
  );

  withDriver("four questions with twelve options each fit the form", async (driver) => {
    const place = await openRoom(driver, { name: "twelve", agents: "surveyor" });
    const { owner } = driver.people;
    await driver.act({ user: owner, ...place, say: "@surveyor long twelve" });
    await waitForText(driver, place, "surveyor asks");
    const form = await openAnswer(driver, place, owner);
    const answers = [0, 1, 2, 3].map((question) => ({ question, options: [11 - question] }));
    await driver.act({ user: owner, ...place, submit: "", form, answers });
    await waitForText(driver, place, "Question 1? = 12 of 1; Question 2? = 11 of 2; Question 3? = 10 of 3");
  });
}
