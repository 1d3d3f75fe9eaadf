import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deliveryClasses, type EventOf, type EventType, type RoomEvent } from "../../../src/core/room/event.js";
import { evolve } from "../../../src/core/room/evolve.js";
import { parseEvent } from "../../../src/core/room/parse-event.js";
import { emptyRoom } from "../../../src/core/room/room.js";
import { toSnapshot } from "../../../src/core/room/snapshot.js";
import { given } from "../../support/given.js";
import { created, invited, posted, roomOf } from "../../support/room-builder.js";
import { checkCounts } from "../../support/room-ledger.js";

const name = fc.constantFrom("mia", "tom", "coder", "reviewer", "ghost");
const id = fc.constantFrom("x1", "x2", "x3", "x4");
const text = fc.constantFrom("", "hello");
const names = fc.array(name, { maxLength: 4 });
const to = fc.oneof(fc.constant("room" as const), names);
const gateKind = fc.constantFrom("message", "question", "tool", "continue") as fc.Arbitrary<"message">;
const deliveryClass = fc.constantFrom(...deliveryClasses);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const number = fc.nat(50);

type Fields<T extends EventType> = { [F in keyof Omit<EventOf<T>, "type">]: fc.Arbitrary<EventOf<T>[F]> };

/** Any events in any order: the worst possible content of a log. */
const arbitraries: { [T in EventType]: Fields<T> } = {
  "room.created": { name: text, policy: fc.constantFrom({}, { loopGuard: false as const }) },
  "room.configured": { policy: optional(fc.constantFrom({}, { gate: "first" as const })) },
  "room.paused": {},
  "room.resumed": {},
  "room.closed": {},
  "room.purged": {},
  "participant.joined": {
    name,
    displayName: text,
    kind: fc.constantFrom("agent", "human"),
    role: fc.constantFrom("owner", "coder"),
    opening: optional(fc.boolean()),
  },
  "participant.left": { name },
  "participant.configured": { name, role: optional(text), gate: optional(fc.constant("always" as const)) },
  "message.posted": {
    messageId: id,
    from: name,
    to,
    body: text,
    class: deliveryClass,
    hop: number,
    turnId: optional(id),
    expiresAtMs: optional(number),
    key: optional(fc.record({ hash: id, fingerprint: id })),
  },
  "message.bounced": {
    messageId: id,
    to: name,
    reason: fc.constant("nobody" as const),
    detail: text,
    wakes: fc.boolean(),
    turnId: optional(id),
  },
  "message.withdrawn": { messageId: id, agents: names, by: name, replacedBy: optional(id) },
  "message.retried": { messageId: id, agents: names, by: name, attempt: number },
  "conversation.begun": { agent: name, why: fc.constantFrom("asked", "lost"), by: optional(name) },
  "message.expired": { messageId: id, recipients: names, reason: fc.constant("ttl" as const) },
  "gate.reasked": { gateId: id, agent: name, turnId: id, requestId: id },
  "gate.opened": {
    gateId: id,
    kind: gateKind,
    from: name,
    body: text,
    hash: id,
    why: text,
    turnId: optional(id),
    requestId: optional(id),
    reminder: optional(fc.record({ atMs: number, everyMs: number, timesLeft: number })),
    message: optional(fc.record({ messageId: id, class: deliveryClass, hop: number })),
  },
  "gate.reminded": { gateId: id, kind: gateKind, from: name, waitedMs: number },
  "gate.voted": {
    gateId: fc.constantFrom("g1", "g2"),
    by: fc.constant("mia"),
    action: fc.constant("approve"),
    hash: fc.constant(""),
  },
  "gate.resolved": { gateId: id, kind: gateKind, outcome: fc.constantFrom("approved", "stopped", "expired"), by: name },
  "turn.started": {
    turnId: id,
    agent: name,
    messages: fc.array(id, { maxLength: 4 }),
    node: text,
    boot: text,
    attempt: number,
    opening: optional(fc.boolean()),
  },
  "message.missed": { agent: name, turnId: id, name, line: text },
  "turn.steered": { turnId: id, agent: name, messages: fc.array(id, { maxLength: 4 }) },
  "turn.ended": {
    turnId: id,
    agent: name,
    outcome: fc.constantFrom("done", "lost", "cancelled"),
    lostBy: optional(fc.constantFrom("sandbox", "router")),
    outage: optional(fc.boolean()),
  },
  "notice.posted": { text, severity: fc.constant("info" as const) },
  "usage.recorded": {
    agent: name,
    inputTokens: number,
    outputTokens: number,
    cacheReadTokens: number,
    cacheWriteTokens: number,
    usd: number,
  },
  "budget.exceeded": { limit: text },
  "invite.created": {
    inviteId: id,
    hash: id,
    role: fc.constant("member" as const),
    expiresAtMs: number,
    maxUses: number,
  },
  "invite.used": { inviteId: id, name },
  "invite.revoked": { inviteId: id },
  "mirror.bound": { mirrorId: id, platform: text, channel: text },
  "mirror.unbound": { mirrorId: id },
  "setup.offered": {
    hash: id,
    commit: id,
    items: fc.array(fc.record({ kind: text, path: text, bytes: number, sha256: id }), { maxLength: 2 }),
    refused: fc.array(fc.record({ path: text, why: text }), { maxLength: 2 }),
  },
  "setup.decided": {
    hash: id,
    used: fc.array(fc.record({ kind: text, path: text, bytes: number, sha256: id }), { maxLength: 2 }),
    usedHash: id,
    by: name,
  },
};

const anyEvent = fc.oneof(
  ...Object.entries(arbitraries).map(([type, fields]) =>
    fc
      .record({ type: fc.constant(type), ...(fields as Record<string, fc.Arbitrary<unknown>>) })
      .map((event) => event as unknown as RoomEvent),
  ),
);

describe("applying events", () => {
  test("is total: whatever comes, in whatever order, nothing throws and the room's counts stay right", () => {
    fc.assert(
      fc.property(fc.noBias(fc.array(anyEvent, { maxLength: 200, size: "max" })), (events) => {
        const room = emptyRoom("r1");
        for (const [n, event] of events.entries())
          evolve(room, structuredClone(event), { version: n + 1, index: 0, at: n });
        checkCounts(room);
        expect(JSON.parse(JSON.stringify(toSnapshot(room)))).toMatchObject({ schema: expect.any(String) });
      }),
      { numRuns: 300 },
    );
  });

  test("is tried here with events as the log may hold them", () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        expect(parseEvent(JSON.parse(JSON.stringify(event)))).toMatchObject({ kind: "known" });
      }),
      { numRuns: 500 },
    );
  });

  test("never changes the event, which others read too", () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
        const before = JSON.stringify(events);
        const room = emptyRoom("r1");
        for (const [n, event] of events.entries()) evolve(room, event, { version: n + 1, index: 0, at: n });
        expect(JSON.stringify(events)).toBe(before);
      }),
    );
  });
});

describe("what a room keeps", () => {
  test("mirrors until they are unbound, invites until they are used up", () => {
    const scene = given(
      [created(), invited("i1", { maxUses: 2 }), { type: "invite.used", inviteId: "i1", name: "zoe" }],
      [{ type: "mirror.bound", mirrorId: "m1", platform: "slack", channel: "c", thread: "t" }],
    );
    expect(scene.room.invites.get("i1")).toMatchObject({ usesLeft: 1 });
    expect(scene.room.mirrors.get("m1")).toEqual({ mirrorId: "m1", platform: "slack", channel: "c", thread: "t" });
    const after = scene.and(
      { type: "mirror.unbound", mirrorId: "m1" },
      { type: "invite.used", inviteId: "i1", name: "bob" },
    );
    expect([after.room.mirrors.size, after.room.invites.size]).toEqual([0, 0]);
  });

  test("no text of any message", () => {
    const { room } = given(roomOf(["coder"])).and(posted("mia", "room", "a text to be found", { messageId: "m1" }));
    expect(JSON.stringify(toSnapshot(room))).not.toContain("a text to be found");
    expect([...room.waiting.values()]).toMatchObject([{ messageId: "m1", version: 2, index: 0 }]);
  });

  test("the latest thousand deliveries that expired", () => {
    const many = Array.from({ length: 1_005 }, (_, n) => posted("mia", ["coder"], `f${n}`));
    const expired = many.map(
      ({ messageId }): RoomEvent => ({ type: "message.expired", messageId, recipients: ["coder"], reason: "ttl" }),
    );
    const { room } = given(roomOf(["coder"]))
      .and(...many)
      .and(...expired);
    expect(room.expired).toHaveLength(1_000);
    expect(room.expired[0]).toEqual({ version: 2, index: 5, agent: "coder" });
  });
});
