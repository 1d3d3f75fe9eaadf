import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { takeAttachments } from "../../../src/core/grammar/attach.js";
import { parseDirectives } from "../../../src/core/grammar/directive.js";
import { anyNames } from "../../../src/core/grammar/known.js";

describe("a line ATTACH:", () => {
  test.each<[string, string, string[]]>([
    ["see\nATTACH: a.txt", "see", ["a.txt"]],
    ["ATTACH: a.txt\nsee\n   ATTACH: b c.txt  \nend", "see\nend", ["a.txt", "b c.txt"]],
    ["ATTACH:a.txt", "", ["a.txt"]],
    ["ATTACH: `a.txt`", "", ["a.txt"]],
    ["see\r\nATTACH: a.txt\r\nend", "see\r\nend", ["a.txt"]],
    ["ATTACH: ../../etc/passwd", "", ["../../etc/passwd"]],
    ["ATTACH:", "", [""]],
    ["```\ncode\n```\nATTACH: a.txt", "```\ncode\n```", ["a.txt"]],
  ])("of %j is taken out", (body, left, paths) => {
    expect(takeAttachments(body)).toEqual({ body: left, paths });
  });

  test.each([
    "```\nATTACH: a.txt\n```",
    "~~~~\nATTACH: a.txt\n~~~\nATTACH: b.txt\n~~~~",
    "```\nATTACH: in a fence that never closes",
    "> ATTACH: a.txt",
    "- ATTACH: a.txt",
    "- item\n  ATTACH: a.txt",
    "1. ATTACH: a.txt",
    "    ATTACH: a.txt",
    "\tATTACH: a.txt",
    "see ATTACH: a.txt",
    "`ATTACH: a.txt`",
    "attach: a.txt",
    "Attach: a.txt",
    "ATTACHED: a.txt",
  ])("is text in %j", (body) => {
    expect(takeAttachments(body)).toEqual({ body, paths: [] });
  });

  test("never throws, and is found twice in nothing", () => {
    const line = fc.constantFrom(
      "ATTACH: a",
      "```",
      "> q",
      "- i",
      "  ATTACH: b",
      "text",
      "",
      "    ATTACH: c",
      "ATTACH:",
      "~~~",
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), fc.constantFrom("\n", "\r\n", "\r"), (lines, joint) => {
        const { body, paths } = takeAttachments(lines.join(joint));
        if (paths.length > 0) expect(body).toBe(body.trim());
        expect(paths.length).toBeLessThanOrEqual(lines.filter((one) => one.includes("ATTACH:")).length);
      }),
    );
  });

  test("belongs to the message it stands in", () => {
    const text = "ATTACH: none.txt\n@mia one\nATTACH: a.txt\n@tom\nATTACH: out/b.txt\n@mia GATE:\nATTACH: c.txt";
    expect(parseDirectives(text, anyNames)).toMatchObject([
      { names: ["mia"], body: "one", attach: ["a.txt"] },
      { names: ["tom"], body: "b.txt", attach: ["out/b.txt"] },
      { names: ["mia"], body: "", prefix: "gate", attach: ["c.txt"] },
    ]);
  });

  test("is read in linear time", () => {
    const body = `ATTACH: ${" ".repeat(500_000)}x${" `".repeat(50_000)}\n`.repeat(10);
    expect(takeAttachments(body).paths).toHaveLength(10);
  });
});
