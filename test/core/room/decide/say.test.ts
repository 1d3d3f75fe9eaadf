import { describe, expect, test } from "vitest";
import { MAX_DIRECTIVES } from "../../../../src/core/grammar/directive.js";
import type { RoomEvent } from "../../../../src/core/room/event.js";
import { LIMITS } from "../../../../src/core/room/limits.js";
import { given } from "../../../support/given.js";
import { agent, bounced, posted, question, roomOf, turnEnded, turnStarted } from "../../../support/room-builder.js";
import { end, lose, post, say, start } from "../../../support/room-commands.js";

const idle = given(roomOf(["coder", "reviewer"]));
const working = idle.and(posted("mia", ["coder"], "work")).and(turnStarted("coder", ["work"]));

describe("what an agent says in a turn", () => {
  test("is silent work unless a line addresses a participant", () => {
    working.when(say("coder", "Let me look at mail@example.org.")).then();
    working.when(say("coder", "```\n@mia hi\n```\n> @mia hi")).then();
  });

  test("becomes one message for each directive, in order, with ids from the output", () => {
    working.when(say("coder", "thinking\n@mia One.\n@reviewer, @Tom\nTwo\nlines.", { outputId: "o7", index: 3 })).then(
      {
        type: "message.posted",
        messageId: "o7.3.0",
        from: "coder",
        to: ["mia"],
        body: "One.",
        class: "deliver",
        hop: 1,
        turnId: "t1",
      },
      { type: "message.posted", messageId: "o7.3.1", to: ["reviewer", "tom"], body: "Two\nlines." },
    );
  });

  test.each([
    ["@room hi", "room"],
    ["@all hi", "room"],
    ["@human hi", ["mia", "ann", "tom", "vic"]],
    ["@coder @reviewer hi", ["reviewer"]],
  ])("“%s” goes to %s", (text, to) => {
    working.when(say("coder", text)).then({ type: "message.posted", to, body: "hi" });
  });

  test.each([
    "The entity needs this, and then a migration:\n@Entity\npublic class User {}\nDo NOT drop the old table before the backup is checked.",
    "Mock it like this:\n@patch('app.db')\ndef test(): ...\nKeep the fixture.",
    "The styles:\n@media print { a { color: black } }\n@import 'x.css';\nLeave the rest.",
    "The docs say:\n@param name who\n@returns the greeting\nIs that right?",
    "In the diff:\n@@ -1,3 +1,4 @@\n+x\nSee above.",
  ])("reaches its recipient whole where a line of it begins with another @ (%#)", (body) => {
    const said = working
      .when(say("coder", `@reviewer ${body}`))
      .then({ type: "message.posted", to: ["reviewer"], body });
    said.scene.when(end("coder")).then({ type: "turn.ended", outcome: "done" });
  });

  test.each([
    ["@reviewer notify: CI is green", "notify"],
    ["@reviewer INTERRUPT: stop", "interrupt"],
    ["@reviewer PREEMPT: stop", "deliver"],
  ] as const)("“%s” has the class %s", (text, deliveryClass) => {
    working.when(say("coder", text)).then({ type: "message.posted", class: deliveryClass });
  });

  test("counts hops from the highest in its turn", () => {
    const far = idle
      .and(posted("reviewer", ["coder"], "a", { hop: 3 }), posted("reviewer", ["coder"], "b", { hop: 7 }))
      .and(turnStarted("coder", ["a", "b"]));
    far.when(say("coder", "@reviewer hi")).then({ type: "message.posted", hop: 8 });
  });

  test.each<[string, RoomEvent[]]>([
    ["ended", [turnEnded("coder")]],
    ["was cancelled", [turnEnded("coder", "cancelled")]],
    ["was lost", [turnEnded("coder", "lost", { lostBy: "sandbox" })]],
    ["belongs to an agent that left", [turnEnded("coder", "cancelled"), { type: "participant.left", name: "coder" }]],
  ])("is ignored when the turn %s", (_, events) => {
    working
      .and(...events)
      .when(say("coder", "@mia late"))
      .thenRejected("turn_not_open");
  });

  test("is ignored in another agent's turn", () => {
    working.when(say("reviewer", "@mia hi")).thenRejected("turn_not_open");
    working.when(say("coder", "@mia hi", { turnId: "t0" })).thenRejected("turn_not_open");
  });
});

describe("the same output read twice", () => {
  const text = "@mia One.\n@mia GATE: Three?";

  test("posts nothing twice", () => {
    working.when(say("coder", text), say("coder", text)).thenDuplicate({ version: 4 });
    working.when(say("coder", "@mia GATE: ok?"), say("coder", "@mia GATE: ok?")).thenDuplicate({ version: 4 });
    working.when(say("coder", "@ghost: hi"), say("coder", "@ghost: hi")).thenDuplicate({ version: 4 });
  });

  test("posts nothing twice where a person holds it", () => {
    const gated = working.and({ type: "participant.configured", name: "coder", gate: "always" });
    gated.when(say("coder", "@mia hi"), say("coder", "@mia hi")).thenDuplicate();
  });

  test("posts nothing twice in the next attempt, nor in the one after that", () => {
    const lost = working.when(say("coder", text), lose("coder"), start("coder", "t2")).scene;
    lost.when(say("coder", text, { turnId: "t2" })).thenDuplicate({ version: 4 });
    lost
      .when(lose("coder", "router", "t2"), start("coder", "t3"), say("coder", text, { turnId: "t3" }))
      .thenDuplicate({ version: 4 });
  });

  test("is not posted again in the next attempt, when another output says it in the same words", () => {
    const again = working.when(say("coder", text), lose("coder"), start("coder", "t2")).scene;
    const repeated = say("coder", "@mia One.\n@mia GATE: Three?", {
      turnId: "t2",
      outputId: "o2",
      repeatsUnderNewIds: true,
    });
    again.when(repeated).then();
    again.when(repeated, repeated).then();
    // Whose ids are the same again says nothing twice anyway: another output in the same words answers another message.
    again.when({ ...repeated, repeatsUnderNewIds: false }).then({ type: "message.posted" }, { type: "gate.opened" });
    again
      .when(
        say("coder", "@mia One.\n@reviewer One.\n@mia One more.", {
          turnId: "t2",
          outputId: "o2",
          repeatsUnderNewIds: true,
        }),
      )
      .then(
        { type: "message.posted", messageId: "o2.0.1", to: ["reviewer"], body: "One." },
        { type: "message.posted", messageId: "o2.0.2", to: ["mia"], body: "One more." },
      );
    const done = again.when(end("coder", { turnId: "t2" })).scene;
    done
      .and(posted("mia", ["coder"], "more"))
      .when(start("coder", "t3"), say("coder", "@mia One.", { turnId: "t3", outputId: "o3", repeatsUnderNewIds: true }))
      .then({ type: "message.posted", body: "One." });
  });

  test("is posted as often as the agent says it in one attempt, though an earlier attempt was lost", () => {
    const again = working.when(say("coder", "@mia One."), lose("coder"), start("coder", "t2")).scene;
    const more = (outputId: string) => say("coder", "@mia Two.", { turnId: "t2", outputId, repeatsUnderNewIds: true });
    const once = again.when(more("o2")).then({ type: "message.posted", body: "Two." }).scene;
    once.when(more("o3")).then({ type: "message.posted", body: "Two." });
    again
      .when(say("coder", "@mia Two.\n@mia Two.", { turnId: "t2", outputId: "o2", repeatsUnderNewIds: true }))
      .then({ type: "message.posted", body: "Two." }, { type: "message.posted", body: "Two." });
  });

  test("is not held again where a person has it already", () => {
    const gated = working.and({ type: "participant.configured", name: "coder", gate: "always" });
    gated
      .when(say("coder", "@mia hi"), lose("coder"), start("coder", "t2"))
      .scene.when(say("coder", "@mia hi", { turnId: "t2", outputId: "o2", repeatsUnderNewIds: true }))
      .then();
  });

  test("is distinguished from other blocks of the same output and from other outputs", () => {
    const once = working.when(say("coder", "@mia hi")).scene;
    once.when(say("coder", "@mia hi", { index: 1 })).then({ type: "message.posted", messageId: "o1.1.0" });
    once.when(say("coder", "@mia hi", { index: 10 })).then({ type: "message.posted", messageId: "o1.10.0" });
    once.when(say("coder", "@mia hi", { outputId: "o" })).then({ type: "message.posted", messageId: "o.0.0" });
  });
});

describe("what cannot be sent", () => {
  test.each([
    ["@ghost: hi", "unknown-name", "@reviewer"],
    ["@coder hi", "nobody", "only yourself"],
    ["@mia", "empty-body", "This message was not sent"],
    [`@mia ${"x".repeat(LIMITS.maxBodyBytes + 1)}`, "body-too-long", "32768"],
    ["@mia hi\n".repeat(MAX_DIRECTIVES + 1), "too-many-directives", "16"],
    ["@human GATE:", "empty-body", "question"],
    [`@human GATE: ${"x".repeat(LIMITS.maxBodyBytes + 1)}`, "body-too-long", "32768"],
    ["@human GATE: ok?\n".repeat(MAX_DIRECTIVES + 1), "too-many-directives", "16"],
  ])("“%.20s” goes back: %s", (text, reason, detail) => {
    working.when(say("coder", text)).then({
      type: "message.bounced",
      messageId: "o1.0.0",
      to: "coder",
      reason,
      detail: expect.stringContaining(detail),
      wakes: true,
    });
  });

  test("does not keep other messages from being sent", () => {
    working
      .when(say("coder", "@ghost: One.\n@mia Two."))
      .then({ type: "message.bounced", messageId: "o1.0.0" }, { type: "message.posted", messageId: "o1.0.1" });
  });

  test("starts the next turn of its sender once, not twice in a row", () => {
    const first = working.when(say("coder", "@ghost: hi"), end("coder")).scene;
    const second = first.when(start("coder", "t2")).then({ type: "turn.started", messages: ["o1.0.0"] }).scene;
    const again = second
      .when(say("coder", "@ghost: hi", { turnId: "t2", outputId: "o2" }))
      .then({ type: "message.bounced", wakes: false }).scene;
    again.when(end("coder", { turnId: "t2" }), start("coder", "t3")).thenRejected("nothing_to_start");
  });

  test("wakes again after a message of it arrived", () => {
    working
      .when(say("coder", "@ghost: hi"), say("coder", "@mia hi", { index: 1 }), say("coder", "@ghost: hi", { index: 2 }))
      .then({ type: "message.bounced", wakes: true });
  });

  test.each([["@mia\n@reviewer"], ["@human GATE:\n@human GATE:"], ["@ghost: a\n@mia b\n@reviewer"]])(
    "wakes once for a block: “%s”",
    (text) => {
      const { events } = working.when(say("coder", text));
      const wakes = events.flatMap((event) => (event.type === "message.bounced" ? event.wakes : []));
      expect(wakes).toEqual([true, false]);
    },
  );
});

describe("the limits of a turn", () => {
  const posts = (count: number): RoomEvent[] =>
    Array.from({ length: count }, (_, n) => posted("coder", ["mia"], `p${n}`, { turnId: "t1" }));
  const free = working.and({ type: "room.configured", policy: { loopGuard: false } });

  test("it may send a limited number; then it is told, once", () => {
    const almost = free.and(...posts(LIMITS.maxPostsPerTurn - 1));
    const full = almost
      .when(say("coder", "@mia last\n@mia more\n@mia and more"))
      .then(
        { type: "message.posted", body: "last" },
        { type: "message.bounced", messageId: "o1.0.1", reason: "too-many-posts" },
      ).scene;
    full.when(say("coder", "@mia more", { index: 1 })).then();
    full.when(say("coder", "@human GATE: more?", { index: 1 })).then();
  });

  test("attempts of one turn share the limit of posts; a new turn resets it", () => {
    const full = free.and(...posts(LIMITS.maxPostsPerTurn));
    const told = full.when(lose("coder"), start("coder", "t2"), say("coder", "@mia hi", { turnId: "t2" }));
    told.then({ type: "message.bounced", reason: "too-many-posts" });
    full
      .when(end("coder"), post("mia", "@coder go on"), start("coder", "t2"), say("coder", "@mia hi", { turnId: "t2" }))
      .then({ type: "message.posted" });
  });

  test("a full mailbox sends its message back", () => {
    const full = free.and(...Array.from({ length: 499 }, (_, n) => posted("mia", ["reviewer"], `f${n}`)));
    full.when(say("coder", "@reviewer one more\n@mia you")).then(
      {
        type: "message.bounced",
        reason: "mailbox-full",
        detail: expect.stringContaining("This message was not sent"),
      },
      { type: "message.posted", to: ["mia"] },
    );
  });

  test("the messages of one block count together", () => {
    const crowd = Array.from({ length: 40 }, (_, n) => agent(`a${n}`));
    const almost = free.and(...crowd).and(...Array.from({ length: 118 }, (_, n) => posted("mia", "room", `f${n}`)));
    const one = free.and(...Array.from({ length: 498 }, (_, n) => posted("mia", ["reviewer"], `f${n}`)));
    one
      .when(say("coder", "@reviewer one\n@reviewer two"))
      .then({ type: "message.posted", body: "one" }, { type: "message.bounced", reason: "mailbox-full" });
    almost
      .when(say("coder", "@room one\n@room two"))
      .then({ type: "message.posted", body: "one" }, { type: "message.bounced", reason: "mailbox-full" });
  });

  test("the gates of one block count together", () => {
    const gates = Array.from({ length: LIMITS.maxOpenGates - 1 }, (_, n) => question("reviewer", `q${n}`));
    working
      .and(...gates)
      .when(say("coder", "@human GATE: one?\n@human GATE: two?"))
      .then(
        { type: "gate.opened", gateId: "g-o1.0.0" },
        { type: "message.bounced", messageId: "o1.0.1", reason: "mailbox-full" },
      );
  });

  test("a bounce counts as something sent", () => {
    const almost = free.and(...posts(LIMITS.maxPostsPerTurn - 1)).and(bounced("coder", "b1", { turnId: "t1" }));
    almost.when(say("coder", "@mia hi")).then({ type: "message.bounced", reason: "too-many-posts" });
  });
});
