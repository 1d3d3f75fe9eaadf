import { describe, expect, test } from "vitest";
import { gateButtonId, readButtonId, roomButtonId } from "../../../src/runtime/chat/button-id.js";

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
