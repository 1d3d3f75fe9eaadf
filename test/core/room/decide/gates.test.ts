import { describe, expect, test } from "vitest";
import type { GateAction } from "../../../../src/core/room/gate.js";
import { LIMITS } from "../../../../src/core/room/limits.js";
import { given, nowMs } from "../../../support/given.js";
import { agent, held, opened, posted, question, roomOf, turnStarted } from "../../../support/room-builder.js";
import { admin, by, end, post, resolve, say } from "../../../support/room-commands.js";
import { sha256 } from "../../../support/sha256.js";

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
    [{ to: ["mia"] }, "@room hi", isHeld],
    [{ to: ["nobody"] }, "@room hi", isSent],
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

  test("is dropped without a recipient; its sender is told why", () => {
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

  test("is not decided under the hash of other content", () => {
    holding.when(resolve("ann", gateId, "approve", { hash: sha256("other") })).thenRejected("gate_changed");
    holding.when(resolve("ann", gateId, "drop", { hash: "" })).thenRejected("gate_changed");
  });

  test("is decided once: the second person is told who was first", () => {
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
  ])("is not sent when the %s in the log differs from the shown one", (_, tampered) => {
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
