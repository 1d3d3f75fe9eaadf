import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gateButtonId, readButtonId, roomButtonId } from "../../../../src/runtime/chat/button-id.js";
import { safeFileName } from "../../../../src/runtime/chat/inbound/files.js";

describe("safeFileName", () => {
  test.each([
    ["report.pdf", "report.pdf"],
    ["../../etc/passwd", "passwd"],
    ["C:\\Users\\mia\\notes.txt", "notes.txt"],
    [".bashrc", "bashrc"],
    ["a\u202etxt.exe", "a_txt.exe"],
    ["two\nlines].md", "two_lines_.md"],
    ["日本語.txt", "日本語.txt"],
    ["", "file"],
    ["...", "file"],
  ])("%j becomes %j", (given, safe) => {
    expect(safeFileName(given)).toBe(safe);
  });

  test("returns one short line without path segments", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (given) => {
        const name = safeFileName(given);
        expect(name).toMatch(/^[^/\\\p{Cc}\p{Cf}]+$/u);
        expect(name.startsWith(".")).toBe(false);
        expect(Array.from(name).length).toBeLessThanOrEqual(96);
        expect(safeFileName(name)).toBe(name);
      }),
    );
  });
});

describe("button ids", () => {
  test("parse back to their meaning, and other ids are rejected", () => {
    const gate = { version: 123, index: 4, hash: "0123456789abcdef0123456789abcdef", choice: "option-3" };
    expect(readButtonId(gateButtonId("0123456789", gate))).toEqual({
      kind: "gate",
      roomId: "0123456789",
      version: 123,
      index: 4,
      proof: "0123456789abcdef",
      choice: "option-3",
    });
    expect(readButtonId(roomButtonId("abc", "pause"))).toEqual({ kind: "room", roomId: "abc", verb: "pause" });
    for (const forged of ["", "g:abc", "g:../x:1.0:0123456789abcdef:approve", "r:abc:pause:more", "x"])
      expect(readButtonId(forged)).toBeUndefined();
    expect(gateButtonId("0123456789", { ...gate, version: 10 ** 14, index: 10 ** 5 }).length).toBeLessThanOrEqual(90);
  });
});
