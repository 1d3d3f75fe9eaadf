import { describe, expect, test } from "vitest";
import { isCourtesyWord } from "../../../src/core/room/courtesy-words.js";
import { isCourtesyWordAbroad } from "../../../src/core/room/courtesy-words-abroad.js";
import {
  type EmptyRun,
  emptyExchanges,
  emptyRunAfter,
  type SpokenMessage,
} from "../../../src/core/room/empty-exchange.js";

const members = { agents: ["coder", "db-admin"], isName: (word: string) => ["mia", "anna-lena"].includes(word) };

/** Exchanges without anything new after these messages, of two agents in turn. */
function exchanges(bodies: readonly string[], more: Partial<SpokenMessage> = {}): number {
  let run: EmptyRun | undefined;
  for (const [at, body] of bodies.entries()) {
    const [from, to] = at % 2 === 0 ? ["coder", "db-admin"] : ["db-admin", "coder"];
    run = emptyRunAfter(run, { from: from!, to: [to!], body, class: "deliver", steps: 0, ...more }, members);
  }
  return run ? emptyExchanges(run).count : 0;
}

const repeated = (...bodies: string[]) => Array.from({ length: 3 }, () => bodies).flat();

describe("an exchange without anything new", () => {
  test.each([
    ["English", ["Thanks, great work!", "You are very welcome."]],
    ["German", ["Danke dir, das ist sehr nett!", "Gern geschehen, einen schönen Feierabend."]],
    ["French", ["Merci beaucoup pour ton aide !", "Avec plaisir, bonne journée à toi."]],
    ["Spanish", ["¡Muchas gracias, un placer!", "A ti siempre, hasta pronto."]],
    ["Portuguese", ["Muito obrigado, foi um prazer!", "Obrigado você, até logo."]],
    ["Italian", ["Grazie mille, ottimo lavoro!", "Figurati, a presto."]],
    ["Dutch", ["Dank je wel, fijne samenwerking!", "Graag gedaan, tot de volgende keer."]],
    ["Polish", ["Dziękuję bardzo za pomoc!", "Nie ma za co, miłego dnia."]],
    ["Russian", ["Спасибо большое за помощь!", "Пожалуйста, хорошего дня."]],
    ["Chinese", ["收到，辛苦了！", "不客气，应该的。"]],
    ["Japanese", ["ありがとうございました。", "こちらこそ、よろしくお願いいたします。"]],
    ["Korean", ["수고하셨습니다!", "감사합니다, 다음에 또 만나요."]],
  ])("counts in %s", (_, bodies) => {
    expect(exchanges(repeated(...bodies))).toBeGreaterThanOrEqual(3);
  });

  test.each([
    ["names of people and of agents with a hyphen", ["Thanks db-admin, thanks mia!", "Thank you anna-lena!"]],
    ["a figure that was said before", ["All good, 0 left.", "Confirmed, 0 left.", "Good, 0 left.", "Yes, 0 left."]],
    [
      "a question that asks nothing, between them",
      ["Thanks!", "Are you happy?", "Very happy, thanks!", "Likewise, thank you."],
    ],
  ])("may have %s", (_, bodies) => {
    expect(exchanges(repeated(...bodies))).toBeGreaterThanOrEqual(3);
  });

  test("counts where machines confirm each message with the next number", () => {
    const bodies = Array.from({ length: 5 }, (_, at) => [
      `Ticket REF-${700 + at} was opened for your message.`,
      `Your message was added to case HD-12.`,
    ]);
    expect(exchanges(bodies.flat())).toBeGreaterThanOrEqual(3);
  });

  test.each([
    ["a question alone", repeated("Are you ready?", "Is it done?")],
    [
      "new words",
      [
        "Rebase onto trunk.",
        "Trunk breaks migrations.",
        "Revert migrations first.",
        "Migrations reverted, linter complains.",
      ],
    ],
    [
      "German with new words",
      [
        "Der Linter meckert.",
        "Importe sortieren hilft.",
        "Jetzt fehlt ein Semikolon.",
        "Semikolon ergänzt, Typen stimmen.",
      ],
    ],
    ["bids", ["I offer 200.", "I offer 250.", "I offer 300.", "I offer 340.", "I offer 360.", "I offer 375."]],
    ["moves", ["e4", "e5", "Nf3", "Nc6", "Bb5", "a6", "Ba4", "Nf6"]],
    [
      "courtesies that are translated",
      ["谢谢。", "Thank you.", "不客气。", "You are welcome.", "再见。", "Goodbye.", "辛苦了。", "Well done."],
    ],
  ])("is not %s", (_, bodies) => {
    expect(exchanges(bodies)).toBe(0);
  });

  test.each([
    ["a tool was used before it", { steps: 1 }],
    ["it has a file", { attachments: [{}] }],
    ["it may come from a log that does not count tools", { steps: undefined }],
  ])("does not count where %s", (_, more) => {
    expect(exchanges(repeated("Thanks!", "Welcome."), more)).toBe(0);
  });
});

test.each([
  ["English", isCourtesyWord],
  ["any of the other lists", isCourtesyWordAbroad],
])("no word of the trade is a courtesy in %s", (_, isCourtesy) => {
  const trade =
    "test tests build branch merge commit deploy error file function bug review schema server failed red".split(" ");
  expect(trade.filter(isCourtesy)).toEqual([]);
});
