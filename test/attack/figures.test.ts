import { describe, expect, test } from "vitest";
import { brokenBy, type Figures, quantileOf } from "./figures.js";
import { createSecretWatch, spellingsOf } from "./secrets.js";

const held: Figures = {
  beyondBudgetUsd: -0.1,
  usefulShare: 0.95,
  rounds: { honest: 1, greedy: 1 },
  foreign: { quiet: [5], attacked: [9] },
  busy: { quiet: [2], attacked: [40] },
  floor: { quiet: [1], attacked: [1] },
  memoryBytes: 4e8,
  diskBytes: 10,
  diskAllowedBytes: 20,
  refused: new Map([["viewer acts: 403", 3]]),
  controls: new Map([["a member writes", 2]]),
  acknowledged: 10,
  lost: 0,
  secretsSeen: [],
  facesRead: 5,
  forbiddenReached: 0,
  wrong: [],
};
const demands = { controls: ["a member writes"], refused: ["viewer acts"], budgets: true };

describe("an attack", () => {
  test("reports no violation if nothing was broken", () => {
    expect(brokenBy(held, demands)).toEqual([]);
  });

  test.each<[string, Partial<Figures>]>([
    ["a budget was passed", { beyondBudgetUsd: 0.01 }],
    ["honest calls could use 89.0 %", { usefulShare: 0.89 }],
    ["of other work", { busy: { quiet: [2], attacked: [2_500] } }],
    ["0 honest and 1 greedy rounds", { rounds: { honest: 0, greedy: 1 }, usefulShare: undefined }],
    ["answered nothing", { foreign: { quiet: [5], attacked: [] } }],
    ["of memory", { memoryBytes: 3 * 1_024 ** 3 }],
    ["were stored", { diskBytes: 21 }],
    ["not in the log", { lost: 1 }],
    ["a secret was seen", { secretsSeen: ["the key on stranger/health"] }],
    ["forbidden address", { forbiddenReached: 1 }],
    ["never worked", { controls: new Map() }],
    ["it did not attack", { refused: new Map() }],
    ["a viewer may", { wrong: ["a viewer may POST /stop: 200"] }],
  ])("names what broke: %s", (sentence, change) => {
    expect(brokenBy({ ...held, ...change }, demands).join()).toContain(sentence);
  });
});

test("a secret is found in every spelling, and only in outputs that must not show it", () => {
  const key = "sk-ant-canary-0123456789";
  for (const spelling of spellingsOf(key)) {
    const watch = createSecretWatch();
    watch.add({ name: "the key", text: key, among: /^viewer/ });
    watch.see("owner/gates", `a ${spelling} b`);
    expect(watch.seen()).toEqual([]);
    watch.see("viewer/gates", `a ${spelling} b`);
    expect(watch.seen()).toEqual(["the key on viewer/gates"]);
  }
});

test("the 99th percentile of few samples is the largest", () => {
  expect(quantileOf([3, 1, 2], 0.99)).toBe(3);
});
