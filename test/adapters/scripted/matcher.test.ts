import { describe, expect, test } from "vitest";
import { createMatcher, MAX_MATCH_MS } from "../../../adapters/scripted/matcher.js";
import { countWays } from "../../../src/core/text/pattern-cost.js";
import { cpuMs } from "../../support/cpu-time.js";

describe("a pattern", () => {
  test.each([
    ["^say (.*)$", "say hello", "hello"],
    ["(?:fix|repair) (\\w+)", "please REPAIR it", "it"],
    ["(?<verb>add)( now)?", "add now", "add"],
    ["[(](\\d{1,3})[)]", "(42)", "42"],
    ["(a+)+b", "aab", "aa"],
    ["(\\w)\\1", "hello", "l"],
    ["\\(([^)]*)\\)", "f(x)", "x"],
  ])("%s finds its group, with or without a time limit", (pattern, text, group) => {
    expect(createMatcher(pattern, "rule 1")(text)).toMatchObject({ groups: expect.arrayContaining([group]) });
    const long = `${text}\n${"-".repeat(32_000)}`;
    const anchored = pattern.endsWith("$") ? pattern.slice(0, -1) : pattern;
    expect(createMatcher(anchored, "rule 1")(long)).toMatchObject({ groups: expect.arrayContaining([group]) });
  });

  const hostile = "a".repeat(40_000);
  test.each([
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
  ])("%s never holds the process up for long", (pattern) => {
    const match = createMatcher(pattern, "rule 1");
    for (const text of [hostile, hostile.slice(0, 900), hostile.slice(0, 60)]) {
      let found: unknown;
      const tookMs = cpuMs(() => {
        found = match(text);
      });
      expect(tookMs).toBeLessThan(MAX_MATCH_MS * 5);
      expect(found === undefined || found === "too-slow").toBe(true);
    }
  });

  test("that was too slow once is not tried again", () => {
    const match = createMatcher("(a+)+b", "rule 1");
    expect([match(hostile), match("ab")]).toEqual(["too-slow", undefined]);
  });

  test.each([
    `${"a?".repeat(40)}${"a".repeat(40)}b`,
    `${`(${"a|".repeat(20)}a)`.repeat(10)}b`,
    "(?:a{0,3}){0,3}".repeat(4),
    `${"(a|)".repeat(30)}b`,
  ])("%s is refused: to compile it alone would take too long", (pattern) => {
    const make = () => createMatcher(pattern, "rule 7");
    expect(cpuMs(() => expect(make).toThrow(/rule 7 has too many choices/))).toBeLessThan(100);
  });

  test("that is none says where it stands", () => {
    expect(() => createMatcher("[", "rule 7")).toThrow(/rule 7 is no regular expression/);
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
