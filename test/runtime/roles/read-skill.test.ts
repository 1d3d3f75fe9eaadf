import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_SKILL_LENGTH } from "../../../src/core/roles/skill.js";
import { parseSkill } from "../../../src/runtime/roles/read-skill.js";
import { cpuMs } from "../../support/cpu-time.js";

/** A skill file with `fields` as its front matter, from line 2 on. */
function file(fields: string, guidance = "Do it well."): string {
  return `---\n${fields}\n---\n${guidance}\n`;
}

const minimal = "name: coder\ndescription: Writes code";

function skillOf(markdown: string) {
  const parsed = parseSkill(markdown);
  if (parsed.kind === "problems") throw new Error(JSON.stringify(parsed.problems));
  return parsed.skill;
}

function problemsOf(markdown: string): string[] {
  const parsed = parseSkill(markdown);
  return parsed.kind === "ok" ? [] : parsed.problems.map(({ line, reason }) => `${line}: ${reason}`);
}

describe("parseSkill", () => {
  test("reads every field", () => {
    const fields = `# a comment
name: reviewer
aliases: [critic, "code-reviewer"]   # inline list
description: 'Reads: changes nothing'
tools:
  allow: [Read, Grep, Bash]
  autoAllow:
    - Read
    - Bash(git log *)
    - mcp__room

  deny: ["Bash(rm *, sudo *)"]
gate:
  to: [room, human]
  prefix: ["REVIEW_REQUEST:"]
model: claude-opus-4-8[1m]`;
    expect(skillOf(file(fields, "\n# Title\n\n---\nText with `---`.\n"))).toEqual({
      name: "reviewer",
      aliases: ["critic", "code-reviewer"],
      description: "Reads: changes nothing",
      tools: {
        allow: ["Read", "Grep", "Bash"],
        autoAllow: ["Read", "Bash(git log *)", "mcp__room"],
        deny: ["Bash(rm *, sudo *)"],
      },
      gate: { to: ["room", "human"], prefix: ["REVIEW_REQUEST:"] },
      model: "claude-opus-4-8[1m]",
      guidance: "# Title\n\n---\nText with `---`.",
    });
  });

  test("has no aliases, no tools, no gate and no model unless it says so", () => {
    expect(skillOf(file(minimal))).toEqual({
      name: "coder",
      aliases: [],
      description: "Writes code",
      tools: { allow: [], autoAllow: [], deny: [] },
      gate: "never",
      guidance: "Do it well.",
    });
  });

  test.each([
    ["CRLF", file(minimal).replaceAll("\n", "\r\n")],
    ["a byte order mark", `\uFEFF${file(minimal)}`],
    ["white space behind the rules", `---  \n${minimal}\n--- \t\nDo it well.`],
    ["a block list at the key's own indent", file(`${minimal}\naliases:\n- dev`)],
    ["comments and blank lines", file(`# x\n\n${minimal} # why\n  # y\n`)],
  ])("accepts %s", (_, markdown) => {
    expect(skillOf(markdown)).toMatchObject({ name: "coder", description: "Writes code", guidance: "Do it well." });
  });

  test.each([["never"], ["always"], ["first"]])("gate: %s", (gate) => {
    expect(skillOf(file(`${minimal}\ngate: ${gate}`)).gate).toBe(gate);
  });

  test.each([
    ["no front matter", "# Coder\n", ["1: the file must start with a line `---`"]],
    ["an empty file", "", ["1: the file must start with a line `---`"]],
    ["front matter without an end", `---\n${minimal}\n`, ["1: the front matter has no closing line `---`"]],
    ["nothing in it", file(""), ["1: `name` is missing", "1: `description` is missing"]],
    ["no guidance", file(minimal, " "), ["5: the guidance after the front matter is empty"]],
    ["an unknown key", file(`${minimal}\nmodle: x`), [/^4: `modle` is unknown here; known are name, aliases/]],
    [
      "an unknown nested key",
      file(`${minimal}\ntools:\n  alow: [Read]`),
      [/^5: `alow` is unknown here; known are allow,/],
    ],
    ["a key twice", file(`${minimal}\nname: other`), ["4: Map keys must be unique"]],
    ["an illegal name", file("name: Code Writer\ndescription: x"), [/^2: `Code Writer` is not a name/]],
    ["a reserved name", file("name: admin\ndescription: x"), [/^2: `admin` is not a name/]],
    ["a reserved alias", file(`${minimal}\naliases: [dev, room]`), [/^4: `room` is not a name/]],
    ["a list for a text", file("name: [a]\ndescription: x"), [/^2: `name` must be a text/]],
    ["a text for a list", file(`${minimal}\naliases: dev`), [/^4: `aliases` must be a list/]],
    ["a text for tools", file(`${minimal}\ntools: Read`), [/^4: `tools` needs keys under it: allow, autoAllow, deny/]],
    ["an unknown tool", file(`${minimal}\ntools:\n  allow: [read]`), ["5: `read` is not the name of a tool"]],
    [
      "auto-allowing what is not allowed",
      file(`${minimal}\ntools:\n  allow: [Read]\n  autoAllow: [Bash(ls *)]`),
      ["6: `Bash` is not in tools.allow"],
    ],
    [
      "a broken rule",
      file(`${minimal}\ntools:\n  allow: [Bash]\n  autoAllow: ["Bash(ls"]`),
      [/^6: `Bash\(ls` is not a tool/],
    ],
    ["another gate", file(`${minimal}\ngate: sometimes`), [/^4: gate is `never`, `always`, `first`/]],
    ["a gate for nothing", file(`${minimal}\ngate:\n  to: []`), [/^4: gate names nobody/]],
    [
      "a gate to no name",
      file(`${minimal}\ngate:\n  to: ["@mia"]`),
      ["5: `@mia` is not a name or a group such as room"],
    ],
    ["no value", file(`${minimal}\nmodel:`), ["4: a value is missing, or is an alias"]],
    ["an empty text", file(`${minimal}\nmodel: ""`), [/^4: `model` must be a text/]],
    ["no colon", file(`${minimal}\nmodel x`), [/^4: /]],
    ["no space after the colon", file(`${minimal}\nmodel:x`), [/^4: /]],
    ["a tab", file(`${minimal}\ntools:\n\tallow: [Read]`), [/^5: Tabs are not allowed/]],
    ["a stray indent", file(`${minimal}\n  model: x`), [/^[34]: /]],
    ["an alias", file("name: &a coder\ndescription: *a"), [/^3: a value is missing, or is an alias/]],
    ["a colon in plain text", file("name: coder\ndescription: a: b"), [/^3: Nested mappings/]],
    ["an unclosed quote", file('name: coder\ndescription: "a'), [/^3: Missing closing/]],
    ["text behind a list", file(`${minimal}\naliases: [dev] x`), [/^4: /]],
    ["a list in a list", file(`${minimal}\naliases: [[dev]]`), [/^4: /]],
    ["an empty item", file(`${minimal}\naliases: [dev, , x]`), [/^4: /]],
    ["two levels", file(`${minimal}\ntools:\n  allow:\n    deep: x`), [/^5: `allow` must be a list/]],
  ] as [string, string, (string | RegExp)[]][])("refuses %s, with its line", (_, markdown, expected) => {
    const problems = problemsOf(markdown);
    expect(problems).toHaveLength(expected.length);
    for (const [at, reason] of expected.entries()) {
      if (typeof reason === "string") expect(problems[at]).toBe(reason);
      else expect(problems[at]).toMatch(reason);
    }
  });

  test.each([
    [
      "a folded text",
      "description: >\n  Reads what changed,\n  and says what is weak.",
      "Reads what changed, and says what is weak.\n",
    ],
    [
      "a literal text",
      "description: |-\n  Use when: a test fails.\n  Not otherwise.",
      "Use when: a test fails.\nNot otherwise.",
    ],
    ["a text over two lines", "description: Reads what changed\n  and says it.", "Reads what changed and says it."],
    ["a colon in quotes", 'description: "Use when: a test fails"', "Use when: a test fails"],
    ["an escape", 'description: "a\\tb"', "a\tb"],
    ["a word that YAML takes for a boolean", "description: yes", "yes"],
    ["a number", "description: 1.0", "1.0"],
  ])("reads %s", (_, field, description) => {
    const parsed = parseSkill(file(`name: coder\n${field}`));
    expect(parsed).toMatchObject({ kind: "ok", skill: { description } });
  });

  test("reads a flow map and a list over two lines", () => {
    const parsed = parseSkill(file(`${minimal}\naliases: [dev,\n  engineer]\ntools: {allow: [Read]}`));
    expect(parsed).toMatchObject({ kind: "ok", skill: { aliases: ["dev", "engineer"], tools: { allow: ["Read"] } } });
  });

  test("lists all problems at once, in the order of their lines", () => {
    const fields = "name: Coder\nmodle: x\ntools:\n  allow: [read]\ngate: maybe";
    expect(problemsOf(file(fields, "")).map((problem) => problem.split(":")[0])).toEqual([
      "1",
      "2",
      "3",
      "5",
      "6",
      "8",
    ]);
  });

  test("keys of Object.prototype are ordinary unknown keys", () => {
    expect(problemsOf(file(`${minimal}\nconstructor: x\nhasOwnProperty: y`))).toEqual([
      expect.stringContaining("4: `constructor` is unknown"),
      expect.stringContaining("5: `hasOwnProperty` is unknown"),
    ]);
  });

  test("never throws, and answers with a usable skill or with at least one problem on a line that exists", () => {
    const piece = fc.constantFrom(
      "name: coder",
      "description: x",
      "tools:",
      "gate:",
      "aliases:",
      "  allow: [Read]",
      "  to:",
      "- x",
      "  - y",
      "[",
      "]",
      "'",
      '"',
      " #",
      "---",
      "\n",
      "\n",
      "\n",
      "\t",
      ": ",
      "  ",
      "a",
      "é",
    );
    const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(""));
    const markdown = fc.oneof(
      text,
      text.map((fields) => file(fields)),
      text.map((rest) => file(`${minimal}\n${rest}`)),
    );
    fc.assert(
      fc.property(markdown, (input) => {
        const parsed = parseSkill(input);
        if (parsed.kind === "ok") {
          expect(parsed.skill.guidance).not.toBe("");
          expect(parsed.skill.name).toMatch(/^[a-z]/);
          return;
        }
        expect(parsed.problems.length).toBeGreaterThan(0);
        for (const { line, reason } of parsed.problems) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(input.split("\n").length + 1);
          expect(reason).not.toBe("");
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test("refuses a file that is too long, and is quick with the worst one that is not", () => {
    expect(problemsOf(`${file(minimal)}${"x".repeat(MAX_SKILL_LENGTH)}`)).toEqual([
      `1: the file has more than ${MAX_SKILL_LENGTH} characters`,
    ]);
    const fill = MAX_SKILL_LENGTH - 200;
    for (const unit of [" ", " #", "]", "[", ",", "' ", '"', "- ", "a: ", "\n- ", "\na:", "\n "]) {
      const filler = unit.repeat(Math.floor(fill / unit.length));
      const text = file(`${minimal}\naliases: [${filler}\nmodel: x${filler}x`);
      expect(cpuMs(() => parseSkill(text))).toBeLessThan(1_000);
    }
  });
});
