import { describe, expect, test } from "vitest";
import { createMatcher } from "../../../adapters/scripted/matcher.js";
import { createPatternWorker } from "../../../adapters/scripted/pattern-worker.js";
import { countWays } from "../../../src/core/text/pattern-cost.js";
import { cpuMs } from "../../support/cpu-time.js";

const worker = createPatternWorker();
const hostile = "a".repeat(32_000);
const hostilePatterns = [
  "^(a+)+$b",
  "(a*)*b",
  "(a|a)*b",
  "(?:a|aa)+$b",
  "^a*a*a*a*b",
  "a*b",
  ".*a.*b",
  "(a?){40}a{40}b",
  `${"(a|a)".repeat(14)}b`,
  `${"a?".repeat(14)}${"a".repeat(40)}b`,
  "(.*)\\1b",
  "(?=(a+))\\1b",
  "(?:a{1,100}){1,100}b",
  "a*?b",
];

describe("a pattern", () => {
  test.each([
    ["^say (.*)$", "say hello", "hello"],
    ["(?:fix|repair) (\\w+)", "please REPAIR it", "it"],
    ["(?<verb>add)( now)?", "add now", "add"],
    ["[(](\\d{1,3})[)]", "(42)", "42"],
    ["(a+)+b", "aab", "aa"],
    ["(\\w)\\1", "hello", "l"],
    ["\\(([^)]*)\\)", "f(x)", "x"],
  ])("%s finds its group, on this thread and in the worker", async (pattern, text, group) => {
    expect(createMatcher(pattern, "rule 1").exec(text)).toEqual(expect.arrayContaining([group]));
    const long = `${text}\n${"-".repeat(32_000)}`;
    const anchored = pattern.endsWith("$") ? pattern.slice(0, -1) : pattern;
    const found = await worker.firstMatch([anchored], long);
    expect(found).toMatchObject({ kind: "found", index: 0, groups: expect.arrayContaining([group]) });
  });

  test.each([
    ["a plain word", "review", 32_000, true],
    ["a word that stands first", "^(hello|hi)\\b", 4_000, true],
    ["two gaps in a short text", "fix .* in .*", 40, true],
    ["two gaps in a long text", "fix .* in .*", 32_000, false],
    ["a repeated group", "(a+)+b", 10, false],
    ["a reference back", "(a*)\\1", 10, false],
    ["a pattern that takes long to compile", "(?:a?){7}b?c?d?", 10, false],
  ])("%s is tried on this thread: %#", (_name, pattern, chars, isInline) => {
    expect(createMatcher(pattern, "rule 1").stepsFor(chars) <= 200_000).toBe(isInline);
  });

  test.each(hostilePatterns)("%s, where it is tried on this thread, takes less than half a second", (pattern) => {
    const { exec, stepsFor } = createMatcher(pattern, "rule 1");
    for (const text of [hostile, hostile.slice(0, 900), hostile.slice(0, 60), hostile.slice(0, 20)]) {
      if (stepsFor(text.length) > 200_000) continue;
      expect(cpuMs(() => void exec(text))).toBeLessThan(500);
    }
  });

  test.each([
    `${"a?".repeat(40)}${"a".repeat(40)}b`,
    `${`(${"a|".repeat(20)}a)`.repeat(10)}b`,
    "(?:a{0,3}){0,3}".repeat(4),
    `${"(a|)".repeat(30)}b`,
  ])("%s is refused: to compile it alone would take too long", (pattern) => {
    const make = () => createMatcher(pattern, "rule 7");
    expect(cpuMs(() => expect(make).toThrow(/rule 7 has too many choices/))).toBeLessThan(1_000);
  });

  test("that is invalid is reported with its place", () => {
    expect(() => createMatcher("[", "rule 7")).toThrow(/rule 7 is not a regular expression/);
  });
});

describe("the ways through a pattern", () => {
  test.each([
    ["abc", 1],
    ["a?b*", 4],
    ["(a|b)c|d", 3],
    ["(?:a|b|c)?", 4],
    ["(?<n>a|b)(?<=c|d)", 4],
    ["a{2,3}", 8],
    ["a{x}", 1],
    ["x*?y+?", 4],
    ["[|(]?", 2],
    ["[\\](|]?", 2],
    ["\\(a\\|", 1],
    ["a||b", 3],
    ["", 1],
  ])("%s: %i", (pattern, ways) => {
    expect(countWays(pattern)).toBe(ways);
  });
});
