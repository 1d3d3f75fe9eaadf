import { describe, expect, test } from "vitest";
import { isCommit, parseRoomCommit } from "../../../src/core/room/commit.js";
import { eventTypes } from "../../../src/core/room/event.js";
import { parseEvent } from "../../../src/core/room/parse-event.js";
import { policySchema } from "../../../src/core/room/policy.js";
import { scriptSchema } from "../../../src/core/values/script.js";
import { agent, created, held, posted } from "../../support/room-builder.js";

const commit = { id: "c1", version: 1, parent: "", at: 1, by: "mia", events: [created()] };

describe("a stored event", () => {
  test.each([
    ["room.created", created()],
    ["participant.joined", agent("coder", { script: [{ match: "x", reply: "@room y" }], gate: { prefix: ["DONE:"] } })],
    ["message.posted", posted("mia", ["coder"], "hi")],
    ["gate.opened", held("coder", "x")],
  ])("of the type %s is known and kept as it is, with fields of a later version", (_, event) => {
    const later = { ...event, addedLater: { a: 1 } };
    expect(parseEvent(later)).toEqual({ kind: "known", event: later });
  });

  test.each(["poll.opened", "toString", "__proto__", "constructor", ""])(
    "of the type “%s” is of a later version",
    (type) => {
      expect(parseEvent({ type, x: 1 })).toEqual({ kind: "unknown", event: { type, x: 1 } });
    },
  );

  test.each([[null], [undefined], ["text"], [3], [[]], [{}], [{ type: 3 }]])("%o is unreadable", (value) => {
    expect(parseEvent(value)).toMatchObject({ kind: "unreadable" });
  });

  test.each([
    [{ type: "message.posted" }],
    [{ ...posted("mia", "room", "x"), hop: "1" }],
    [{ ...posted("mia", "room", "x"), to: "everybody" }],
    [{ ...posted("mia", "room", "x"), class: "loud" }],
    [{ ...created(), policy: { loopGuard: true } }],
    [{ ...agent("coder"), kind: "robot" }],
  ])("of a known type with wrong fields is unreadable, and says which type", (event) => {
    expect(parseEvent(event)).toMatchObject({ kind: "unreadable", reason: expect.stringContaining(event.type) });
  });

  test("has a type that is dotted", () => {
    for (const type of eventTypes) expect(type).toMatch(/^[a-z]+\.[a-z]+$/);
  });
});

describe("a stored commit", () => {
  test("is read with what this version knows of it", () => {
    const known = created();
    const stored = { ...commit, events: [known, { type: "poll.opened" }] };
    expect(parseRoomCommit(stored)).toEqual({ kind: "ok", commit: stored, events: [known, undefined] });
  });

  test.each([
    [null],
    ["text"],
    [{}],
    [{ ...commit, id: 1 }],
    [{ ...commit, version: 1.5 }],
    [{ ...commit, version: "1" }],
    [{ ...commit, parent: null }],
    [{ ...commit, at: "now" }],
    [{ ...commit, by: undefined }],
    [{ ...commit, events: [] }],
    [{ ...commit, events: "x" }],
    [{ ...commit, events: [null] }],
    [{ ...commit, events: [{ kind: "x" }] }],
  ])("rejects %o", (value) => {
    expect(isCommit(value)).toBe(false);
    expect(parseRoomCommit(value)).toMatchObject({ kind: "unreadable" });
  });

  test("with one event that cannot be read is unreadable as a whole", () => {
    expect(parseRoomCommit({ ...commit, events: [created(), { type: "room.created" }] })).toMatchObject({
      kind: "unreadable",
      reason: expect.stringContaining("room.created"),
    });
  });
});

describe("what people may set", () => {
  test.each([
    [{}],
    [{ gate: "first", askIn: "approvers", loopGuard: false }],
    [{ gate: { to: ["mia"], prefix: ["DONE:"] }, loopGuard: { maxHops: 3 } }],
    [{ gateExpiry: { afterS: 60, then: "drop" }, budget: { usd: 0.5 } }],
    [{ gateReminder: { afterS: 60 } }],
    [{ gateReminder: { afterS: 3_600, times: 20 } }],
  ])("the policy %o", (policy) => {
    expect(policySchema.safeParse(policy).success).toBe(true);
  });

  test.each([
    [{ gate: "sometimes" }],
    [{ gate: { from: ["mia"] } }],
    [{ loopGuard: true }],
    [{ loopGuard: { maxHops: 0 } }],
    [{ gateExpiry: { afterS: 60, then: "approve" } }],
    [{ gateExpiry: { afterS: 60 } }],
    [{ gateReminder: { afterS: 59 } }],
    [{ gateReminder: { afterS: 60, times: 0 } }],
    [{ gateReminder: { afterS: 60, times: 21 } }],
    [{ budget: { usd: 0 } }],
    [{ unknown: 1 }],
  ])("not the policy %o", (policy) => {
    expect(policySchema.safeParse(policy).success).toBe(false);
  });

  test("a script of rules with known fields only, at most 200 of them", () => {
    expect(
      scriptSchema.safeParse([
        { on: "start", work: [{ tool: "Bash", ms: 5 }] },
        { match: "x", fail: "hang" },
      ]).success,
    ).toBe(true);
    expect(scriptSchema.safeParse([{ ask: { question: "Q?", options: ["a"] } }]).success).toBe(true);
    for (const rule of [{ on: "end" }, { repl: "x" }, { delayMs: -1 }, { times: 0 }, { fail: "boom" }, { ask: {} }])
      expect(scriptSchema.safeParse([rule]).success).toBe(false);
    expect(scriptSchema.safeParse(Array(201).fill({})).success).toBe(false);
  });
});
