import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { maxFileNameBytes, safeFileName } from "../../../src/core/values/file-name.js";
import { hostileNames } from "../../support/hostile-names.js";

describe("a safe file name", () => {
  test.each([
    ["report.pdf", "report.pdf"],
    ["../../etc/passwd", "passwd"],
    ["C:\\Users\\mia\\notes.txt", "notes.txt"],
    [".bashrc", "bashrc"],
    ["a\u202etxt.exe", "a_txt.exe"],
    ["two\nlines].md", "two_lines_.md"],
    ["日本語.txt", "日本語.txt"],
    ["CON", "_CON"],
    ["nul.tar.gz", "_nul.tar.gz"],
    ["console.log", "console.log"],
    ["notes.txt. .", "notes.txt"],
    ["a%0d%0ab", "a_0d_0ab"],
    ["", "file"],
    ["...", "file"],
  ])("%j becomes %j", (given, safe) => {
    expect(safeFileName(given)).toBe(safe);
  });

  test.each(hostileNames)("of %j is harmless everywhere", (given) => {
    expectHarmless(safeFileName(given));
  });

  test("counts enough hostile names", () => {
    expect(new Set(hostileNames).size).toBeGreaterThanOrEqual(60);
  });

  test("keeps the extension of a long name", () => {
    expect(safeFileName(`${"日".repeat(200)}.png`)).toMatch(/^日{10,}\.png$/);
  });

  test("is one short line without path segments, whatever is given", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (given) => expectHarmless(safeFileName(given))),
    );
  });
});

function expectHarmless(name: string): void {
  expect(name).toMatch(/^[\p{L}\p{N}_][\p{L}\p{N}\p{M}._ -]*$/u);
  expect(name).not.toMatch(/[. ]$/);
  expect(name).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i);
  expect(Buffer.byteLength(name)).toBeLessThanOrEqual(maxFileNameBytes + 1);
  expect(safeFileName(name)).toBe(name);
}
