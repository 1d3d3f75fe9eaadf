import { describe, expect, test } from "vitest";
import { createMatcher, MAX_MATCH_MS } from "../../../adapters/scripted/matcher.js";

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
    `${"(a|a)".repeat(30)}b`,
    `${"a?".repeat(40)}${"a".repeat(40)}b`,
    "(.*)\\1b",
    "(?=(a+))\\1b",
    "(?:a{1,100}){1,100}b",
    "a*?b",
  ])("%s never holds the process up for long", (pattern) => {
    const match = createMatcher(pattern, "rule 1");
    for (const text of [hostile, hostile.slice(0, 900), hostile.slice(0, 60)]) {
      const startedMs = performance.now();
      const found = match(text);
      expect(performance.now() - startedMs).toBeLessThan(MAX_MATCH_MS * 5);
      expect(found === undefined || found === "too-slow").toBe(true);
    }
  });

  test("that was too slow once is not tried again", () => {
    const match = createMatcher("(a+)+b", "rule 1");
    expect([match(hostile), match("ab")]).toEqual(["too-slow", undefined]);
  });

  test("that is none says where it stands", () => {
    expect(() => createMatcher("[", "rule 7")).toThrow(/rule 7 is no regular expression/);
  });
});
