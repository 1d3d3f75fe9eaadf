import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDirectives } from "../../../src/core/grammar/directive.js";
import { roomNames } from "../../../src/core/grammar/known.js";
import { createOpenText, openPartOf } from "../../../src/core/grammar/open-text.js";

const known = roomNames([{ name: "coder" }, { name: "mia" }]);
const shown = (deltas: readonly string[]): string[] => {
  const open = createOpenText();
  return deltas.map((delta) => open.take(delta));
};

describe("text that is being written, for who may not see what waits at a gate", () => {
  test.each<[string, string[], string[]]>([
    ["flows as it comes", ["Let me ", "look.\nIt works"], ["Let me ", "look.\nIt works"]],
    ["waits at a line that may name somebody", ["I am done.\n", "  ", "**", "@re"], ["I am done.\n", "", "", ""]],
    [
      "goes on when it names nobody",
      ["@", "types/node", " is missing\n", "So"],
      ["", "", "@types/node is missing\n", "So"],
    ],
    ["goes on when it is a message", ["@coder please", " look at it"], ["", "@coder please look at it"]],
    ["keeps a question", ["Hm.\n@human GA", "TE: may I?\n", "It is"], ["Hm.\n", "", ""]],
    ["keeps a question behind several names", ["@coder, and", " @human GATE: may I drop it all?"], ["", ""]],
    [
      "keeps a question below a name alone",
      ["@coder\n", "**@hum", "an** gate: may I drop it all?\n", "yes"],
      ["", "", "", ""],
    ],
    [
      "keeps a question that a fence hides from nobody",
      ["```\n@coder\n```\n@human GATE: may I?\n", "x\n"],
      ["```\n", ""],
    ],
    ["knows lines that end with a carriage return", ["Hm.\r@human", " GATE: may I drop it?"], ["Hm.\r", ""]],
    ["keeps a question behind a long gap", ["@coder and           @", "human GATE: may I?"], ["", ""]],
  ])("%s", (_, deltas, expected) => {
    expect(shown(deltas)).toEqual(expected);
  });

  test("starts over with each block", () => {
    const open = createOpenText();
    expect(open.take("@human GATE: may I?")).toBe("");
    open.nextBlock();
    expect(open.take("Next.")).toBe("Next.");
  });

  test("never shows a question, for any split into pieces", () => {
    const part = fc.constantFrom(
      ...["@human", "@coder", "@", "**@human**", "`@room`", " ", "   ", "\n", "\r", "\r\n", ", ", " and ", " & ", ":"],
      ...["@Entity", "*@human*", "**@mia ", "**", "_", "/", "!", "：", "@human/@mia", " or ", "\ufeff", "@ghost: "],
      ...["GATE: SECRET", "gate:SECRET", " GATE: SECRET", "some words here", "```", "> ", "- ", "x", "NOTIFY: "],
    );
    const text = fc.array(part, { maxLength: 30 }).map((parts) => parts.join(""));
    const cuts = fc.array(fc.nat({ max: 200 }), { maxLength: 20 });
    fc.assert(
      fc.property(text, cuts, (text, cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), text.length];
        const deltas = at.slice(1).map((end, index) => text.slice(at[index], end));
        const questions = parseDirectives(text, known).filter(({ prefix }) => prefix === "gate");
        const live = shown(deltas).join("");
        expect(text.startsWith(live)).toBe(true);
        for (const { offset, body } of questions) {
          if (body !== "") expect(live.length).toBeLessThanOrEqual(offset);
          expect(openPartOf(text).length).toBeLessThanOrEqual(offset);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
