import { describe, expect, test } from "vitest";
import type { RoomEvent } from "../../../../src/core/room/event.js";
import type { GateAction } from "../../../../src/core/room/gate.js";
import { LIMITS } from "../../../../src/core/room/limits.js";
import { agentsToWake } from "../../../../src/core/room/react.js";
import type { Room } from "../../../../src/core/room/room.js";
import { given, nowMs } from "../../../support/given.js";
import { asked, posted, question, roomOf, turnStarted } from "../../../support/room-builder.js";
import { ask, by, end, lose, resolve, say, start } from "../../../support/room-commands.js";

const working = given(roomOf(["coder", "reviewer"]))
  .and(posted("mia", ["coder"], "work"))
  .and(turnStarted("coder", ["work"]));

describe("a question asked with GATE:", () => {
  const asking = working.when(say("coder", "@human GATE: Drop the table?")).scene;
  const gateId = "g-o1.0.0";

  test("posts nothing and shows people the question", () => {
    working
      .and({ type: "participant.configured", name: "coder", gate: "always" })
      .when(say("coder", "@human gate: Drop the table?"))
      .then({ type: "gate.opened", kind: "question", gateId, from: "coder", body: "Drop the table?", turnId: "t1" });
  });

  test("is answered by a message from that person", () => {
    asking.when(resolve("ann", gateId, "answer", { body: "No, rename it." })).then(
      { type: "gate.resolved", outcome: "answered", by: "ann", body: "No, rename it." },
      {
        type: "message.posted",
        messageId: `d-${gateId}`,
        from: "ann",
        to: ["coder"],
        body: "No, rename it.",
        hop: 0,
      },
    );
  });

  test("is answered by choices too", () => {
    asking
      .when(resolve("ann", gateId, "answer", { answers: { one: "yes", two: "no" } }))
      .then(
        { type: "gate.resolved", answers: { one: "yes", two: "no" } },
        { type: "message.posted", body: "one yes\ntwo no" },
      );
  });

  test("needs an answer", () => {
    asking.when(resolve("ann", gateId, "answer")).thenRejected("invalid");
    asking.when(resolve("ann", gateId, "answer", { answers: {} })).thenRejected("invalid");
    asking.when(resolve("ann", gateId, "answer", { body: " " })).thenRejected("invalid");
  });

  test("dropped tells the asker", () => {
    asking
      .when(resolve("ann", gateId, "drop"))
      .then({ type: "gate.resolved", outcome: "dropped" }, { type: "message.bounced", to: "coder", reason: "dropped" });
  });
});

describe("a permission a turn waits for", () => {
  const waiting = working.when(ask("coder", "r1")).scene;
  const gateId = [...waiting.room.gates.keys()][0] ?? "";
  const asks = (scene = waiting) => {
    const coder = scene.room.participants.get("coder");
    return coder?.kind === "agent" ? coder.turn?.asks : undefined;
  };
  const fingerprint = asks()?.[0]?.fingerprint ?? "";

  test("becomes a gate that names the request", () => {
    working.when(ask("coder", "r1")).then({
      type: "gate.opened",
      kind: "tool",
      from: "coder",
      tool: "Bash",
      requestId: "r1",
      turnId: "t1",
      body: '{"command":"ls"}',
    });
    expect(asks()).toEqual([{ requestId: "r1", gateId, fingerprint }]);
  });

  test("asked twice is one gate, also after it was answered", () => {
    waiting.when(ask("coder", "r1")).thenDuplicate();
    waiting.when(resolve("ann", gateId, "allow"), ask("coder", "r1")).thenDuplicate();
    waiting.when(ask("coder", "r2")).then({ type: "gate.opened", requestId: "r2" });
  });

  test.each<[GateAction, object, object]>([
    ["allow", {}, { outcome: "allowed" }],
    ["allow", { remember: "session" }, { outcome: "allowed", remember: "session" }],
    ["allow", { body: '{"command":"ls -l"}' }, { outcome: "allowed", body: '{"command":"ls -l"}' }],
    ["deny", { reason: "not here" }, { outcome: "denied", reason: "not here" }],
  ])("%s %o", (action, fields, resolved) => {
    const { scene, room } = waiting
      .when(resolve("ann", gateId, action, fields))
      .then({ type: "gate.resolved", kind: "tool", by: "ann", ...resolved });
    expect(asks(scene)).toEqual([
      { requestId: "r1", gateId, fingerprint, resolved: { version: room.version, index: 0 } },
    ]);
    expect(room.waitingDeliveries).toBe(1);
  });

  test.each([["no json"], ["[1]"], ["null"], ['"x"']])("is not allowed with the input %s", (body) => {
    waiting.when(resolve("ann", gateId, "allow", { body })).thenRejected("invalid", { issues: [{ path: ["body"] }] });
  });

  test("can be a question: answered inside the turn, no message is posted", () => {
    const options = [{ label: "A" }, { label: "B", description: "the other" }];
    const asked = working.when(ask("coder", "r1", { askKind: "question", title: "", body: "A or B?", options }));
    asked.then({ type: "gate.opened", kind: "question", options, requestId: "r1" });
    const id = [...asked.room.gates.keys()][0] ?? "";
    asked.scene.when(resolve("ann", id, "answer", { answers: { "A or B?": "A" } })).then({ type: "gate.resolved" });
    asked.scene.when(resolve("ann", id, "drop")).then({ type: "gate.resolved", outcome: "dropped" });
  });

  test("that the agent no longer waits for is withdrawn", () => {
    const withdraw = { type: "turn.withdraw" as const, agent: "coder", turnId: "t1", requestId: "r1" };
    waiting.when(withdraw).then({ type: "gate.resolved", gateId, outcome: "withdrawn", by: "parley" });
    waiting.when({ ...withdraw, requestId: "r9" }).then();
    waiting.when(withdraw, withdraw).then();
  });

  test("is withdrawn when its turn ends", () => {
    waiting
      .when(end("coder"))
      .then({ type: "gate.resolved", gateId, outcome: "withdrawn" }, { type: "turn.ended", outcome: "done" });
  });

  describe("when its turn is lost", () => {
    const lost = waiting.when(lose("coder")).then({ type: "turn.ended", outcome: "lost" }).scene;
    const again = lost.when(start("coder", "t2")).scene;
    const askAgain = (fields: Parameters<typeof ask>[2] = {}) => ask("coder", "r2", { turnId: "t2", ...fields });
    const wakes = (events: readonly RoomEvent[], room: Room) => agentsToWake(room, events).has("coder");
    const reasked = { type: "gate.reasked", gateId, agent: "coder", turnId: "t2", requestId: "r2" } as const;

    test("keeps waiting, and is the same gate when the same question is asked again", () => {
      const { scene } = again.when(askAgain()).then(reasked);
      expect(scene.room.gates.size).toBe(1);
      expect(asks(scene)).toEqual([{ requestId: "r2", gateId, fingerprint }]);
      scene.when(askAgain()).thenDuplicate();
      const allowed = scene.when(resolve("ann", gateId, "allow")).then({ type: "gate.resolved", outcome: "allowed" });
      expect(wakes(allowed.events, allowed.room)).toBe(true);
    });

    test.each([
      ["before the next turn", lost.when(resolve("ann", gateId, "allow"), start("coder", "t2")).scene],
      ["in the next turn", again.when(resolve("ann", gateId, "allow")).scene],
      [
        "after the next turn was lost as well",
        again.when(lose("coder", "router", "t2"), resolve("ann", gateId, "allow"), start("coder", "t2")).scene,
      ],
    ])("is answered %s, and that holds when it is asked again", (_, answered) => {
      const { scene, events } = answered.when(askAgain()).then(reasked);
      expect(asks(scene)).toMatchObject([{ requestId: "r2", gateId, resolved: {} }]);
      expect(wakes(events, scene.room)).toBe(true);
      expect(scene.room.gates.size).toBe(0);
      // Allowed once: the next request opens a gate again.
      scene.when(ask("coder", "r3", { turnId: "t2" })).then({ type: "gate.opened", requestId: "r3" });
    });

    test.each([
      ["another input", { body: '{"command":"rm -r /"}' }],
      ["another tool", { title: "Write" }],
      ["another kind", { askKind: "question" }],
    ] as const)("says nothing of %s", (_, fields) => {
      again.when(askAgain(fields)).then({ type: "gate.opened", requestId: "r2" });
    });

    test("is withdrawn when the next turn ends without asking, or no turn follows", () => {
      const withdrawn = { type: "gate.resolved", gateId, outcome: "withdrawn" } as const;
      again.when(end("coder", { turnId: "t2" })).then(withdrawn, { type: "turn.ended" });
      lost.when({ type: "room.stop", by: by("mia") }).then(withdrawn, { type: "message.expired" });
    });

    test.each([
      ["the next turn finds", start("coder", "t2")],
      ["the timer finds", { type: "room.tick" } as const],
    ])("is withdrawn when %s that its last message expired, so that nothing asks again", (_, command) => {
      const dueAtMs = nowMs + 1_000;
      const short = given(roomOf(["coder", "reviewer"]))
        .and(posted("mia", ["coder"], "work", { expiresAtMs: dueAtMs }))
        .and(turnStarted("coder", ["work"]))
        .when(ask("coder", "r1"), lose("coder")).scene;
      const [id = ""] = short.room.gates.keys();
      const { room } = short
        .at(dueAtMs)
        .when(command)
        .then({ type: "message.expired", reason: "ttl" }, { type: "gate.resolved", gateId: id, outcome: "withdrawn" });
      expect(room.gates.size).toBe(0);
    });

    test("counts as used if it was allowed before, and is asked again; an answered question is not", () => {
      const allowed = waiting.when(resolve("ann", gateId, "allow"), lose("coder"), start("coder", "t2")).scene;
      allowed.when(askAgain()).then({ type: "gate.opened" });
      const which = { askKind: "question", title: "", body: "A or B?" } as const;
      const asking = working.when(ask("coder", "r1", which)).scene;
      const [id = ""] = asking.room.gates.keys();
      asking
        .when(resolve("ann", id, "answer", { body: "A" }), lose("coder"), start("coder", "t2"), askAgain(which))
        .then({ type: "gate.reasked", gateId: id });
    });
  });

  test("is asked only in an open turn", () => {
    working.when(end("coder"), ask("coder", "r1")).thenRejected("turn_not_open");
  });

  test("that is too long to show, or one too many, is refused so that the agent is not left waiting", () => {
    const long = "é".repeat(LIMITS.maxSpecBytes / 2 + 1);
    working.when(ask("coder", "r1", { body: long })).thenRejected("limit_reached");
    working
      .when(ask("coder", "r1", { options: [{ label: "é".repeat(LIMITS.maxSpecBytes / 2) }] }))
      .thenRejected("limit_reached");
    const gates = Array.from({ length: LIMITS.maxOpenGates }, (_, n) => question("reviewer", `q${n}`));
    working
      .and(...gates)
      .when(ask("coder", "r1"))
      .thenRejected("limit_reached");
  });

  test("a turn that asks without end remembers its open questions and the latest answers", () => {
    let scene = waiting;
    for (let n = 2; n <= 60; n++) {
      const id = `q${n}`;
      scene = scene.and(asked("coder", id, { turnId: "t1" }));
      scene = scene.and({ type: "gate.resolved", gateId: `a-${id}`, kind: "tool", outcome: "allowed", by: "ann" });
    }
    const remembered = asks(scene) ?? [];
    expect(remembered).toHaveLength(20);
    expect(remembered[0]).toEqual({ requestId: "r1", gateId, fingerprint });
    expect(remembered.at(-1)).toMatchObject({ requestId: "q60", resolved: {} });
  });
});
