import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  base32,
  inviteCode,
  inviteSecretBytes,
  parseInviteCode,
  roomIdLength,
} from "../../../src/core/values/invite-code.js";

const secret = fc.uint8Array({ minLength: inviteSecretBytes, maxLength: inviteSecretBytes });
const roomId = fc
  .uint8Array({ minLength: roomIdLength, maxLength: roomIdLength })
  .map((bytes) => base32(bytes, roomIdLength));

describe("an invite code", () => {
  test("is groups that can be read aloud: the room, then the secret", () => {
    const code = inviteCode(
      "0123456789",
      Uint8Array.from({ length: 16 }, (_, n) => n + 16),
    );
    expect(code).toBe("01234-56789-ghjk-mnpq-rstv-wxyz");
  });

  test("carries 80 bits: every byte counts with 5 of its bits, and none is left out", () => {
    const at = (n: number, value: number) => {
      const bytes = new Uint8Array(inviteSecretBytes);
      bytes[n] = value;
      return inviteCode("0000000000", bytes);
    };
    const codes = Array.from({ length: inviteSecretBytes }, (_, n) =>
      Array.from({ length: 32 }, (_, value) => at(n, value)),
    );
    expect(new Set(codes.flat()).size).toBe(16 * 31 + 1);
    expect(at(3, 32)).toBe(at(3, 0));
  });

  test("is read back as it was written", () => {
    fc.assert(
      fc.property(roomId, secret, (id, bytes) => {
        const parsed = parseInviteCode(inviteCode(id, bytes));
        expect(parsed).toEqual({ roomId: id, canonical: `${id}${base32(bytes, 16)}` });
      }),
    );
  });

  test("is read as people type it: case, spaces, dashes and look-alikes do not matter", () => {
    fc.assert(
      fc.property(roomId, secret, (id, bytes) => {
        const code = inviteCode(id, bytes);
        const typed = code.toUpperCase().replaceAll("-", " ").replaceAll("0", "O").replaceAll("1", "l");
        expect(parseInviteCode(`  ${typed}\n`)).toEqual(parseInviteCode(code));
      }),
    );
    expect(parseInviteCode("oiloo 00000 0000 0000 0000 0000")?.canonical).toBe(`01100${"0".repeat(21)}`);
  });

  test.each([
    [""],
    ["01234-56789-ghjk-mnpq-rstv-wxy"],
    ["01234-56789-ghjk-mnpq-rstv-wxyz0"],
    ["01234-56789-ghjk-mnpq-rstv-wxyu"],
    ["01234-56789-ghjk-mnpq-rstv-wxy!"],
    ["01234-56789-ghjk-mnpq-rstv-wxyé"],
    [`${" ".repeat(100)}0123456789ghjkmnpqrstvwxyz`],
  ])("“%s” cannot be one", (typed) => {
    expect(parseInviteCode(typed)).toBeUndefined();
  });

  test("anything typed is read or refused, never an error", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 120 }), (typed) => {
        const parsed = parseInviteCode(typed);
        if (parsed) expect(parsed.canonical).toMatch(/^[0-9a-hjkmnp-tv-z]{26}$/);
      }),
    );
  });
});
