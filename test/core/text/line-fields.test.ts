import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lineFields } from "../../../src/core/text/line-fields.js";

describe("lineFields", () => {
  test("leaves a text that fits one field as it is", () => {
    expect(lineFields("a\nb", { maxChars: 10, maxFields: 4 })).toEqual(["a\nb"]);
  });

  test("cuts between two lines with words rather than at an empty line", () => {
    expect(lineFields("aaaaa\nbb\n\nccc", { maxChars: 8, maxFields: 2 })).toEqual(["aaaaa", "bb\n\nccc"]);
  });

  test("gives none where a line or the whole is too long", () => {
    expect(lineFields("x".repeat(11), { maxChars: 10, maxFields: 4 })).toBeUndefined();
    expect(lineFields("aaaa\nbbbb\ncccc", { maxChars: 4, maxFields: 2 })).toBeUndefined();
  });

  test("makes pieces within the limits that are the text again when joined", () => {
    const lines = fc.array(fc.oneof(fc.constant(""), fc.string({ maxLength: 12 })), { maxLength: 40 });
    fc.assert(
      fc.property(lines, fc.integer({ min: 4, max: 40 }), (parts, maxChars) => {
        const text = parts.join("\n");
        const fields = lineFields(text, { maxChars, maxFields: 5 });
        if (fields === undefined) return;
        expect(fields.join("\n")).toBe(text);
        expect(fields.length).toBeLessThanOrEqual(5);
        for (const field of fields) expect(field.length).toBeLessThanOrEqual(maxChars);
      }),
    );
  });
});
