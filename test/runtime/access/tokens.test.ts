import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createManualClock } from "../../../adapters/memory/clock.js";
import { emptyRoom, type Room } from "../../../src/core/room/room.js";
import { sameSecret } from "../../../src/runtime/access/secrets.js";
import { createTokens, roleOfToken } from "../../../src/runtime/access/tokens.js";

const bearer = { roomId: "0123456789", name: "mia", joinedVersion: 7 };
const secret = "sixteen characters at least";

function setUp() {
  const clock = createManualClock(1_700_000_000_000);
  return { clock, tokens: createTokens({ secret, clock }) };
}

function roomWith(change: object = {}): Room {
  const room = emptyRoom(bearer.roomId);
  const person = { kind: "human" as const, name: "mia", displayName: "Mia", role: "member" as const, joinedVersion: 7 };
  room.participants.set("mia", { ...person, ...change });
  return room;
}

describe("a room token", () => {
  test("says whose it is for 30 days", () => {
    const { clock, tokens } = setUp();
    const token = tokens.issue(bearer);
    expect(token).toMatch(/^p1\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}$/);
    clock.advance(30 * 24 * 3_600_000 - 1_000);
    expect(tokens.verify(token)).toMatchObject(bearer);
    clock.advance(1_000);
    expect(tokens.verify(token)).toBeUndefined();
  });

  test("is worth nothing once a single character is another, or under another secret", () => {
    const { clock, tokens } = setUp();
    const token = tokens.issue(bearer);
    for (let at = 0; at < token.length; at++) {
      const other = token[at] === "A" ? "B" : "A";
      expect(tokens.verify(token.slice(0, at) + other + token.slice(at + 1))).toBeUndefined();
      expect(tokens.verify(token.slice(0, at))).toBeUndefined();
    }
    expect(createTokens({ secret: "another secret of this length", clock }).verify(token)).toBeUndefined();
  });

  test("of anything else is refused, never thrown at", () => {
    const { tokens } = setUp();
    const part = fc.oneof(fc.string({ unit: "binary" }), fc.base64String());
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
        expect(tokens.verify(parts.join("."))).toBeUndefined();
        expect(tokens.verify(["p1", ...parts].join("."))).toBeUndefined();
      }),
    );
  });

  test("has the participant's current role in the room, and is void after leaving, also after coming back", () => {
    const { tokens } = setUp();
    const token = tokens.verify(tokens.issue(bearer));
    if (!token) throw new Error("not verified");
    expect(roleOfToken(roomWith(), token)).toBe("member");
    expect(roleOfToken(roomWith({ role: "owner" }), token)).toBe("owner");
    expect(roleOfToken(roomWith({ leftVersion: 9 }), token)).toBeUndefined();
    expect(roleOfToken(roomWith({ joinedVersion: 12 }), token)).toBeUndefined();
    expect(roleOfToken(emptyRoom(bearer.roomId), token)).toBeUndefined();
    expect(roleOfToken({ ...roomWith(), roomId: "another000" }, token)).toBeUndefined();
  });
});

test("secrets are compared whole, of whatever length", () => {
  expect(sameSecret("abc", "abc")).toBe(true);
  for (const other of ["", "ab", "abcd", "abd"]) expect(sameSecret("abc", other)).toBe(false);
});
