import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseName, RESERVED_NAMES, suggestName } from "../../../src/core/grammar/name.js";

describe("parseName", () => {
  test.each([
    ["mia", "mia"],
    ["Mia", "mia"],
    ["a", "a"],
    ["code-reviewer-2", "code-reviewer-2"],
    ["a".repeat(32), "a".repeat(32)],
  ])("accepts %s", (text, name) => {
    expect(parseName(text)).toBe(name);
  });

  test.each([
    ["nothing", ""],
    ["33 characters", "a".repeat(33)],
    ["a digit first", "2mia"],
    ["a hyphen first", "-mia"],
    ["white space", "mia "],
    ["a line break behind it", "mia\n"],
    ["an underscore", "mia_b"],
    ["a Cyrillic look-alike", "mi\u0430"],
    ["the Kelvin sign, which lower-cases to k", "\u212Aim"],
    ["the long s, which upper-cases to S", "\u017Fam"],
    ["a zero-width space", "mi\u200Ba"],
    ["a full-width letter", "\uFF4Dia"],
  ])("refuses %s", (_, text) => {
    expect(parseName(text)).toBeUndefined();
  });

  test("refuses every reserved name in any case", () => {
    expect([...RESERVED_NAMES].filter((name) => parseName(name) ?? parseName(name.toUpperCase()))).toEqual([]);
    expect([...RESERVED_NAMES].sort().join(" ")).toBe(
      "admin all anthropic bot channel claude discord everyone gate here human humans me none null owner parley room router slack system you",
    );
  });
});

describe("suggestName", () => {
  test("returns the wanted name while it is free, then counts from 2", () => {
    const taken = new Set<string>();
    const given = Array.from({ length: 4 }, () => {
      const name = suggestName("mia", (candidate) => taken.has(candidate));
      taken.add(name);
      return name;
    });
    expect(given).toEqual(["mia", "mia-2", "mia-3", "mia-4"]);
  });

  test("counts a reserved name as taken", () => {
    expect(suggestName("Admin", () => false)).toBe("admin-2");
    expect(suggestName("admin", (name) => name === "admin-2")).toBe("admin-3");
  });

  test("returns guest if no name can be derived", () => {
    expect(suggestName("Mia Müller", () => false)).toBe("guest");
    expect(suggestName("", (name) => name === "guest")).toBe("guest-2");
  });

  test("stays within 32 characters, without a doubled hyphen", () => {
    const long = `${"x".repeat(29)}-yz`;
    expect(suggestName(long, (name) => name === long)).toBe(`${"x".repeat(29)}-2`);
    expect(suggestName("z".repeat(32), (name) => !name.endsWith("-100"))).toBe(`${"z".repeat(28)}-100`);
  });

  test("is free, legal and different each time whatever is wanted", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme" }), { maxLength: 40 }), (wanted) => {
        const taken = new Set<string>();
        for (const text of wanted) {
          const name = suggestName(text, (candidate) => taken.has(candidate));
          expect(taken.has(name)).toBe(false);
          expect(parseName(name)).toBe(name);
          taken.add(name);
        }
      }),
    );
  });

  test("gives up with a reason instead of running for ever", () => {
    expect(() => suggestName("mia", () => true)).toThrow(/taken\(\) says yes to everything/);
  });
});
