import { describe, expect, test } from "vitest";
import type { GateAction } from "../../../src/core/gate.js";
import { LIMITS } from "../../../src/core/limits.js";
import { given, nowMs } from "../../support/given.js";
import { agent, asked, held, opened, posted, question, roomOf, turnStarted } from "../../support/room-builder.js";
import { admin, ask, by, end, lose, post, resolve, say, start } from "../../support/room-commands.js";
import { sha256 } from "../../support/sha256.js";

const working = (gate: unknown, policy = {}) =>
  given(roomOf([], policy), agent("coder", { gate: gate as never }), agent("reviewer"))
    .and(posted("mia", ["coder"], "work"))
    .and(turnStarted("coder", ["work"]));

const isHeld = { type: "gate.opened", kind: "message", from: "coder" } as const;
const isSent = { type: "message.posted", from: "coder" } as const;

describe("an agent's message is held", () => {
  test.each([
    ["never", "@room hi", isSent],
    ["always", "@room hi", isHeld],
    ["first", "@room hi", isHeld],
    [{}, "@room hi", isSent],
    [{ to: ["mia"] }, "@mia hi", isHeld],
    [{ to: ["Mia"] }, "@tom @mia hi", isHeld],
    [{ to: ["mia"] }, "@tom hi", isSent],
    [{ to: ["room"] }, "@all hi", isHeld],
    [{ to: ["room"] }, "@mia hi", isSent],
    [{ prefix: ["DONE:"] }, "@mia done: it works", isHeld],
    [{ prefix: ["DONE:"] }, "@mia it is done: yes", isSent],
    [{ to: ["mia"], prefix: ["DONE:"] }, "@tom DONE: x", isHeld],
  ])("under %o: “%s”", (gate, text, expected) => {
    working(gate).when(say("coder", text)).then(expected);
  });

  test("by the room's policy where the agent has none of its own", () => {
    const byRoom = given(roomOf(["coder"], { gate: "always" }))
      .and(posted("mia", ["coder"], "work"))
      .and(turnStarted("coder", ["work"]));
    byRoom.when(say("coder", "@mia hi")).then(isHeld);
    working("never", { gate: "always" }).when(say("coder", "@mia hi")).then(isSent);
  });

  test("shows what would be sent, with the hash of exactly that", () => {
    const body = ["g-o1.0.0", "message", "coder", ["mia"], "hi", undefined];
    const { room } = working("always")
      .when(say("coder", "@mia INTERRUPT: hi"))
      .then({
        ...isHeld,
        gateId: "g-o1.0.0",
        to: ["mia"],
        body: "hi",
        turnId: "t1",
        hash: sha256(JSON.stringify(body)),
        message: { messageId: "o1.0.0", class: "interrupt", hop: 1 },
      });
    expect(room.waitingDeliveries).toBe(1);
    expect(JSON.stringify([...room.gates.values()])).not.toContain('"hi"');
  });

  test("with `first` only until one was approved or edited; a drop does not count", () => {
    const first = working("first").when(say("coder", "@mia hi")).scene;
    const next = say("coder", "@mia more", { index: 1 });
    first.when(resolve("ann", "g-o1.0.0", "drop"), next).then(isHeld);
    first.when(resolve("ann", "g-o1.0.0", "approve"), next).then(isSent);
    first.when(resolve("ann", "g-o1.0.0", "edit", { body: "ho" }), next).then(isSent);
  });

  test("until the room's gates expire", () => {
    working("always", { gateExpiry: { afterS: 60, then: "drop" } })
      .when(say("coder", "@mia hi"))
      .then({ ...isHeld, expiresAtMs: nowMs + 60_000 });
  });
});

describe("a held message", () => {
  const holding = given(roomOf(["coder", "reviewer"])).and(held("coder", "plan", { to: ["reviewer"], hop: 3 }));
  const gateId = "g-plan";

  test("approved goes out as it was shown", () => {
    const { room } = holding
      .when(resolve("ann", gateId, "approve"))
      .then(
        { type: "gate.resolved", gateId, kind: "message", outcome: "approved", by: "ann" },
        { ...isSent, messageId: "m-plan", to: ["reviewer"], body: "plan", class: "deliver", hop: 3, gateId },
      );
    expect(room.waitingDeliveries).toBe(1);
    expect(room.gates.size).toBe(0);
  });

  test("approved with another text goes out as it was shown all the same", () => {
    holding
      .when(resolve("ann", gateId, "approve", { body: "evil" }))
      .then({ type: "gate.resolved" }, { body: "plan", ...isSent });
  });

  test("edited goes out with the new text; both are in the log", () => {
    holding
      .when(resolve("mia", gateId, "edit", { body: "better plan", reason: "shorter" }))
      .then(
        { type: "gate.resolved", outcome: "edited", by: "mia", body: "better plan", reason: "shorter" },
        { ...isSent, messageId: "m-plan", body: "better plan" },
      );
  });

  test("dropped reaches nobody; its sender is told why", () => {
    const { room } = holding.when(resolve("ann", gateId, "drop", { reason: "too early" })).then(
      { type: "gate.resolved", outcome: "dropped", by: "ann", reason: "too early" },
      {
        type: "message.bounced",
        to: "coder",
        reason: "dropped",
        detail: expect.stringMatching(/ann.*too early/),
        wakes: true,
      },
    );
    expect(room.waitingDeliveries).toBe(1);
  });

  test("is decided by the admin under that name", () => {
    holding.when(resolve("", gateId, "approve", { by: admin })).then({ type: "gate.resolved", by: "admin" }, isSent);
  });

  test("is not decided by who was shown something else", () => {
    holding.when(resolve("ann", gateId, "approve", { hash: sha256("other") })).thenRejected("gate_changed");
    holding.when(resolve("ann", gateId, "drop", { hash: "" })).thenRejected("gate_changed");
  });

  test("is decided once: the second is told who was first", () => {
    holding
      .when(resolve("ann", gateId, "approve"), resolve("mia", gateId, "drop"))
      .thenRejected("gate_already_resolved", { by: "ann", outcome: "approved" });
  });

  test("that does not exist is not found", () => {
    holding.when(resolve("ann", gateId, "approve", { gateId: "g-other" })).thenRejected("gate_not_found");
  });

  test.each([
    ["body", { body: "another" }],
    ["recipients", { to: ["mia"] }],
    ["sender", { from: "reviewer" }],
    ["id", { gateId: "g-x" }],
    ["kind", { kind: "question" as const }],
    ["options", { options: [{ label: "a" }] }],
  ])("is not sent when the log's %s is not what was shown", (_, tampered) => {
    const original = holding.opened(gateId);
    holding
      .when(resolve("ann", gateId, "approve", { opened: { ...original, ...tampered } }))
      .thenRejected("gate_changed");
    holding
      .when(resolve("ann", gateId, "edit", { body: "x", opened: { ...original, ...tampered } }))
      .thenRejected("gate_changed");
  });

  test("whose text cannot be read from the log is not sent; dropping it is possible", () => {
    holding.when(resolve("ann", gateId, "approve", { opened: undefined })).thenRejected("gate_changed");
    holding
      .when(resolve("ann", gateId, "drop", { opened: undefined }))
      .then({ type: "gate.resolved" }, { type: "message.bounced" });
  });

  test.each([[undefined], [""], [" \n"], ["é".repeat(LIMITS.maxBodyBytes / 2 + 1)]])(
    "is not edited to “%.5s”",
    (body) => {
      holding
        .when(resolve("ann", gateId, "edit", body === undefined ? {} : { body }))
        .thenRejected("invalid", { issues: [{ path: ["body"] }] });
    },
  );

  test("waits while mailboxes are full, and is not lost", () => {
    const full = holding.and(
      ...Array.from({ length: LIMITS.maxWaitingMessages }, (_, n) => posted("mia", ["coder"], `f${n}`)),
    );
    expect(
      full
        .when(resolve("ann", gateId, "approve"))
        .thenRejected("limit_reached")
        .room.gates.has(gateId),
    ).toBe(true);
  });

  test("outlives its turn", () => {
    const said = working("always").when(say("coder", "@reviewer hi"), end("coder")).scene;
    said.when(resolve("ann", "g-o1.0.0", "approve")).then({ type: "gate.resolved" }, isSent);
  });

  test("goes with its sender", () => {
    holding
      .when({ type: "agent.remove", by: by("mia"), name: "coder" }, resolve("ann", gateId, "approve"))
      .thenRejected("gate_already_resolved", { by: "mia", outcome: "withdrawn" });
  });
});

describe("a question asked with GATE:", () => {
  const asking = working("never").when(say("coder", "@human GATE: Drop the table?")).scene;
  const gateId = "g-o1.0.0";

  test("posts nothing and shows people the question", () => {
    working("always")
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
      .then({ type: "gate.resolved", answers: { one: "yes", two: "no" } }, { type: "message.posted", body: "yes\nno" });
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
  const waiting = working("never").when(ask("coder", "r1")).scene;
  const gateId = [...waiting.room.gates.keys()][0] ?? "";
  const asks = (scene = waiting) => {
    const coder = scene.room.participants.get("coder");
    return coder?.kind === "agent" ? coder.turn?.asks : undefined;
  };

  test("becomes a gate that names the request", () => {
    working("never").when(ask("coder", "r1")).then({
      type: "gate.opened",
      kind: "tool",
      from: "coder",
      tool: "Bash",
      requestId: "r1",
      turnId: "t1",
      body: '{"command":"ls"}',
    });
    expect(asks()).toEqual([{ requestId: "r1", gateId }]);
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
    expect(asks(scene)).toEqual([{ requestId: "r1", gateId, resolved: { version: room.version, index: 0 } }]);
    expect(room.waitingDeliveries).toBe(1);
  });

  test.each([["no json"], ["[1]"], ["null"], ['"x"']])("is not allowed with the input %s", (body) => {
    waiting.when(resolve("ann", gateId, "allow", { body })).thenRejected("invalid", { issues: [{ path: ["body"] }] });
  });

  test("can be a question: answered inside the turn, no message is posted", () => {
    const options = [{ label: "A" }, { label: "B", description: "the other" }];
    const asked = working("never").when(
      ask("coder", "r1", { askKind: "question", title: "", body: "A or B?", options }),
    );
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

  test.each([
    ["ends", end("coder"), "done"],
    ["is lost", lose("coder"), "lost"],
  ])("is withdrawn when its turn %s", (_, command, outcome) => {
    waiting
      .when(command)
      .then({ type: "gate.resolved", gateId, outcome: "withdrawn" }, { type: "turn.ended", outcome });
  });

  test("can be asked again in the next attempt", () => {
    waiting
      .when(lose("coder"), start("coder", "t2"), ask("coder", "r1", { turnId: "t2" }))
      .then({ type: "gate.opened" });
  });

  test("is asked only in an open turn", () => {
    working("never").when(end("coder"), ask("coder", "r1")).thenRejected("turn_not_open");
  });

  test("that is too long to show, or one too many, is refused so that the agent is not left waiting", () => {
    const long = "é".repeat(LIMITS.maxSpecBytes / 2 + 1);
    working("never")
      .when(ask("coder", "r1", { body: long }))
      .thenRejected("limit_reached");
    working("never")
      .when(ask("coder", "r1", { options: [{ label: "é".repeat(LIMITS.maxSpecBytes / 2) }] }))
      .thenRejected("limit_reached");
    const gates = Array.from({ length: LIMITS.maxOpenGates }, (_, n) => question("reviewer", `q${n}`));
    working("never")
      .and(...gates)
      .when(ask("coder", "r1"))
      .thenRejected("limit_reached");
  });

  test("a turn that asks for ever remembers what is open and the latest that was answered", () => {
    let scene = waiting;
    for (let n = 2; n <= 60; n++) {
      const id = `q${n}`;
      scene = scene.and(asked("coder", id, { turnId: "t1" }));
      scene = scene.and({ type: "gate.resolved", gateId: `a-${id}`, kind: "tool", outcome: "allowed", by: "ann" });
    }
    const remembered = asks(scene) ?? [];
    expect(remembered).toHaveLength(20);
    expect(remembered[0]).toEqual({ requestId: "r1", gateId });
    expect(remembered.at(-1)).toMatchObject({ requestId: "q60", resolved: {} });
  });
});

describe("a decision fits its gate", () => {
  const gates = {
    message: held("coder", "m", { gateId: "message" }),
    question: question("coder", "q", { gateId: "question" }),
    tool: opened({ gateId: "tool", kind: "tool", from: "coder", body: "{}" }),
    continue: opened({ gateId: "continue", kind: "continue", from: "coder", body: "?" }),
  };
  const actions: GateAction[] = ["approve", "edit", "drop", "answer", "allow", "deny", "continue", "stop"];
  const fitting: Record<string, GateAction[]> = {
    message: ["approve", "edit", "drop"],
    question: ["answer", "drop"],
    tool: ["allow", "deny"],
    continue: ["continue", "stop"],
  };
  const table = Object.keys(gates).flatMap((kind) =>
    actions.map((action) => [kind, action, fitting[kind]?.includes(action) ?? false] as const),
  );

  test.each(table)("%s: %s fits: %s", (kind, action, fits) => {
    const scene = given(roomOf(["coder"])).and(...Object.values(gates));
    const outcome = scene.when(resolve("ann", kind, action, { body: "{}" }));
    if (fits) expect(outcome.decision.kind).toBe("accepted");
    else outcome.thenRejected("invalid", { issues: [{ path: ["action"] }] });
  });
});

describe("what is decided late", () => {
  test("is remembered for the latest gates", () => {
    let scene = given(roomOf(["coder"]));
    const many = Array.from({ length: 205 }, (_, n) => question("coder", `q${n}`));
    scene = scene.and(...many);
    scene = scene.and(
      ...many.map(({ gateId, kind }) => ({
        type: "gate.resolved" as const,
        gateId,
        kind,
        outcome: "answered" as const,
        by: "tom",
      })),
    );
    expect(scene.room.resolvedGates.size).toBe(200);
    scene.when(resolve("ann", "g-q204", "drop")).thenRejected("gate_already_resolved", { by: "tom" });
    scene.when(resolve("ann", "g-q0", "drop")).thenRejected("gate_not_found");
  });

  test("a person's message is never held", () => {
    given(roomOf(["coder"], { gate: "always" }))
      .when(post("tom", "hi"))
      .then({ type: "message.posted", from: "tom" });
  });
});
