import { describe, expect, test } from "vitest";
import { decidedAgain } from "../../../../src/core/room/decide/again.js";
import type { RoomEvent } from "../../../../src/core/room/event.js";
import { LIMITS } from "../../../../src/core/room/limits.js";
import { hasReasonToStart, presentAgent, type Room } from "../../../../src/core/room/room.js";
import { given, nowMs } from "../../../support/given.js";
import {
  agent,
  bounced,
  held,
  posted,
  question,
  roomOf,
  turnEnded,
  turnStarted,
} from "../../../support/room-builder.js";
import { ask, by, end, lose, post, say, start, steer } from "../../../support/room-commands.js";

const room = given(roomOf(["coder", "reviewer"]));
const waiting = room.and(posted("mia", ["coder"], "work"));
const working = waiting.and(turnStarted("coder", ["work"]));
const coder = (room: Room) => {
  const found = presentAgent(room, "coder");
  if (!found) throw new Error("coder is gone");
  return found;
};
const wakes = (room: Room) => hasReasonToStart(room, coder(room));

describe("a turn starts", () => {
  test("with the waiting messages, in order, and records its node", () => {
    waiting
      .and(posted("mia", "room", "more"))
      .when(start("coder"))
      .then({
        type: "turn.started",
        turnId: "t1",
        agent: "coder",
        messages: ["work", "more"],
        node: "n1",
        boot: "b1",
        attempt: 1,
      });
  });

  test("takes the given messages, and is refused when some of them are gone", () => {
    const more = waiting.and(posted("mia", "room", "more"));
    more.when({ ...start("coder"), messages: ["work"] }).then({ type: "turn.started", messages: ["work"] });
    more.when({ ...start("coder"), messages: ["work", "gone"] }).thenRejected("nothing_to_start");
  });

  test("decided again after another write, takes the same messages", () => {
    const first = waiting.when(start("coder")).decision;
    const again = decidedAgain(start("coder"), first);
    if (!again) throw new Error("it is decided again");
    const outcome = waiting.and(posted("tom", ["coder"], "later")).when(again);
    outcome.then({ type: "turn.started", messages: ["work"] });
    outcome.scene
      .when(end("coder"))
      .scene.when(start("coder", "t2"))
      .then({ type: "turn.started", messages: ["later"] });
  });

  test("that was refused is not decided again: no process would run it", () => {
    const refused = room.when(start("coder")).thenRejected("nothing_to_start");
    expect(decidedAgain(start("coder"), refused.decision)).toBeUndefined();
  });

  test("decided again after the turn before it was lost, does not start: its session takes that one's messages for done", () => {
    const two = working.and(posted("mia", ["coder"], "two"));
    const first = two.and(turnEnded("coder")).when(start("coder", "t2"));
    const again = decidedAgain(start("coder", "t2"), first.decision);
    if (!again) throw new Error("it is decided again");
    const lost = two.when(lose("coder")).scene;
    lost.when(again).thenRejected("nothing_to_start");
    lost.when(start("coder", "t3")).then({ type: "turn.started", messages: ["work", "two"], attempt: 2 });
  });

  test("that found only expired messages lets them expire when decided again, and does not start", () => {
    const short = posted("mia", ["coder"], "short", { expiresAtMs: nowMs + 1 });
    const late = room.and(short).at(nowMs + 2);
    const first = late.when(start("coder")).then({ type: "message.expired", messageId: "short" });
    const again = decidedAgain(start("coder"), first.decision);
    if (!again) throw new Error("it is decided again");
    const meanwhile = room
      .and(short)
      .and(posted("tom", ["coder"], "later"))
      .at(nowMs + 2);
    const outcome = meanwhile.when(again).then({ type: "message.expired", messageId: "short" });
    outcome.scene.when(start("coder", "t2")).then({ type: "turn.started", turnId: "t2", messages: ["later"] });
  });

  test("that an agent begins by itself takes nothing: the waiting messages were not sent to it", () => {
    const { scene } = waiting
      .when({ ...start("coder"), spontaneous: true })
      .then({ type: "turn.started", messages: [] });
    scene.when(end("coder"), start("coder", "t2")).then({ type: "turn.started", messages: ["work"] });
  });

  test.each<[string, RoomEvent[], boolean]>([
    ["nothing waits", [], false],
    ["a message waits", [posted("mia", "room", "x")], true],
    ["only a note waits", [posted("mia", "room", "x", { class: "notify" })], false],
    ["a note and a message wait", [posted("mia", "room", "x", { class: "notify" }), posted("mia", "room", "y")], true],
    ["a bounce woke it", [bounced("coder", "b1")], true],
    ["a bounce did not wake it", [bounced("coder", "b1", { wakes: false })], false],
    ["the message is for others", [posted("mia", ["reviewer", "tom"], "x")], false],
    ["the message is its own", [posted("coder", "room", "x")], false],
    ["the room is paused", [posted("mia", "room", "x"), { type: "room.paused" }], false],
    ["the room goes on", [posted("mia", "room", "x"), { type: "room.paused" }, { type: "room.resumed" }], true],
    ["a message is held", [posted("mia", "room", "x"), held("coder", "y"), question("coder", "z")], true],
    [
      "the message expired",
      [posted("mia", "room", "x"), { type: "message.expired", messageId: "x", recipients: ["coder"], reason: "ttl" }],
      false,
    ],
    [
      "it has a turn",
      [posted("mia", "room", "x"), turnStarted("coder", ["x"], { turnId: "t0" }), posted("mia", "room", "y")],
      false,
    ],
    [
      "it joined afterwards",
      [{ type: "participant.left", name: "coder" }, posted("mia", "room", "x"), agent("coder")],
      false,
    ],
    ["it opens", [{ type: "participant.left", name: "coder" }, agent("coder", { opening: true })], true],
  ])("%s: %o", (_, events, starts) => {
    const outcome = room.and(...events).when(start("coder"));
    if (starts) outcome.then({ type: "turn.started" });
    else outcome.thenRejected("nothing_to_start");
  });

  test("for agents that are there", () => {
    room.when(start("ghost")).thenRejected("participant_not_found");
    room.when(start("mia")).thenRejected("participant_not_found");
    waiting
      .when({ type: "agent.remove", by: by("mia"), name: "coder" }, start("coder"))
      .thenRejected("participant_not_found");
  });

  test("one at a time: the log is the lock", () => {
    waiting.when(start("coder"), start("coder", "t2")).thenRejected("nothing_to_start");
  });

  test("with its opening once, before anybody speaks to it", () => {
    const fresh = room.and(agent("zed", { opening: true }));
    const opening = fresh.when(start("zed")).then({ type: "turn.started", messages: [], opening: true }).scene;
    opening.when(end("zed"), start("zed", "t2")).thenRejected("nothing_to_start");
    opening.when(lose("zed"), start("zed", "t2")).then({ type: "turn.started", opening: true, attempt: 2 });
  });

  test("with a limited number of messages; the rest waits for the next", () => {
    const many = Array.from({ length: LIMITS.maxMessagesPerTurn + 5 }, (_, n) => posted("mia", ["coder"], `f${n}`));
    const first = room.and(...many).when(start("coder"));
    expect(first.events[0]).toMatchObject({ messages: many.slice(0, 100).map(({ messageId }) => messageId) });
    first.scene
      .when(end("coder"), start("coder", "t2"))
      .then({ type: "turn.started", messages: ["f100", "f101", "f102", "f103", "f104"] });
  });
});

describe("a running turn", () => {
  test("is steered with what interrupts, and with nothing else", () => {
    const steered = working
      .and(posted("mia", ["coder"], "later"), posted("tom", ["coder"], "now", { class: "interrupt", hop: 5 }))
      .when(steer("coder"))
      .then({ type: "turn.steered", turnId: "t1", agent: "coder", messages: ["now"] });
    steered.scene.when(steer("coder")).then();
    expect(coder(steered.room).turn).toMatchObject({ taken: [0, 2], hop: 5 });
    steered.scene.when(end("coder"), start("coder", "t2")).then({ type: "turn.started", messages: ["later"] });
  });

  test("takes a limited number of messages", () => {
    const many = Array.from({ length: LIMITS.maxMessagesPerTurn }, (_, n) =>
      posted("mia", ["coder"], `f${n}`, { class: "interrupt" }),
    );
    const steered = working.and(...many).when(steer("coder"));
    expect(steered.events[0]).toMatchObject({ messages: many.slice(0, 99).map(({ messageId }) => messageId) });
    steered.scene.when(steer("coder")).then();
  });

  test("is not steered, lost or ended when it is not open", () => {
    for (const command of [steer("coder", "t0"), lose("coder", "router", "t0"), end("coder", { turnId: "t0" })])
      working.when(command).thenRejected("turn_not_open");
    for (const command of [steer("coder"), lose("coder"), end("coder"), end("ghost")])
      waiting.when(command).thenRejected("turn_not_open");
  });

  test("stops when a person interrupts the agent; waiting messages start the next", () => {
    const { scene } = working
      .and(posted("mia", ["coder"], "next"))
      .when({ type: "agent.interrupt", by: by("ann"), name: "coder" })
      .then({ type: "turn.ended", outcome: "cancelled", by: "ann" });
    scene.when(start("coder", "t2")).then({ type: "turn.started", messages: ["next"] });
    scene.when({ type: "agent.interrupt", by: by("ann"), name: "coder" }).then();
    scene.when({ type: "agent.interrupt", by: by("ann"), name: "ghost" }).thenRejected("participant_not_found");
  });

  test("records its usage", () => {
    const usage = { inputTokens: 1, outputTokens: 2, cacheReadTokens: 3, cacheWriteTokens: 4, usd: 0.5 };
    const use = { type: "turn.usage" as const, agent: "coder", turnId: "t1", usage, model: "m" };
    const { room } = working
      .when(use, use)
      .then({ type: "usage.recorded", agent: "coder", turnId: "t1", model: "m", ...usage });
    expect(room.usage).toEqual({ inputTokens: 2, outputTokens: 4, cacheReadTokens: 6, cacheWriteTokens: 8, usd: 1 });
    working.when({ ...use, agent: "ghost" }).thenRejected("participant_not_found");
  });
});

describe("a turn ends", () => {
  test.each(["done", "failed", "cancelled", "timed-out"] as const)("%s: its messages are acknowledged", (outcome) => {
    const { room } = working
      .when(end("coder", { outcome, error: "e" }))
      .then({ type: "turn.ended", turnId: "t1", outcome, error: "e" });
    expect(room).toMatchObject({ waitingDeliveries: 0 });
    expect(room.waiting.size).toBe(0);
    expect(wakes(room)).toBe(false);
  });

  test("once", () => {
    working.when(end("coder"), end("coder")).thenRejected("turn_not_open");
  });
});

describe("a lost turn", () => {
  test("is delivered again, with the attempt number and its earlier posts", () => {
    const lost = working
      .when(say("coder", "@tom One.\n@mia"), lose("coder"))
      .then({ type: "turn.ended", outcome: "lost", lostBy: "sandbox" }).scene;
    expect(wakes(lost.room)).toBe(true);
    const again = lost
      .when(start("coder", "t2"))
      .then({ type: "turn.started", messages: ["work", "o1.0.1"], attempt: 2 });
    expect(coder(again.room).turn?.posted).toEqual([
      ["o1.0.0", 4, expect.stringMatching(/./)],
      ["o1.0.1", 4, ""],
    ]);
  });

  test("returns its steered messages, in order of arrival", () => {
    const steered = working
      .and(posted("mia", ["coder"], "later"), posted("mia", ["coder"], "now", { class: "interrupt" }))
      .when(steer("coder"), lose("coder", "router"), start("coder", "t2"));
    steered.then({ type: "turn.started", messages: ["work", "later", "now"], attempt: 2 });
  });

  test("that ends at last is acknowledged, and the next one is a first attempt", () => {
    const again = working.when(lose("coder"), start("coder", "t2"), end("coder", { turnId: "t2" })).scene;
    expect(again.room.waitingDeliveries).toBe(0);
    again.when(post("mia", "@coder new"), start("coder", "t3")).then({ type: "turn.started", attempt: 1 });
  });

  const dying = (deaths: ("sandbox" | "router")[]) => {
    let scene = working;
    for (const [n, lostBy] of deaths.entries()) {
      scene = scene.and(turnEnded("coder", "lost", { turnId: `t${n + 1}`, lostBy }));
      scene = scene.and(turnStarted("coder", ["work"], { turnId: `t${n + 2}`, attempt: n + 2 }));
    }
    return { scene, turnId: `t${deaths.length + 1}` };
  };

  test.each([
    ["3 deaths of its sandbox", ["sandbox", "sandbox"], "sandbox", /sandbox died 3 times/],
    ["10 restarts of the router", Array(9).fill("router"), "router", /restarted 10 times/],
  ] as const)("is given up after %s: the room is told", (_, deaths, lostBy, why) => {
    const { scene, turnId } = dying([...deaths]);
    const { room } = scene
      .when(lose("coder", lostBy, turnId))
      .then(
        { type: "turn.ended", turnId, outcome: "failed", error: expect.stringMatching(why) },
        { type: "notice.posted", about: "coder", severity: "warning", text: expect.stringMatching(why) },
      );
    expect(room.waitingDeliveries).toBe(0);
    expect(wakes(room)).toBe(false);
  });

  test.each([
    ["deaths", ["sandbox", "sandbox"], "sandbox"],
    ["restarts", Array(9).fill("router"), "router"],
  ] as const)(
    "that is given up after too many %s withdraws its questions and those of the lost ones before it",
    (_, lost, by) => {
      const { scene, turnId } = dying([...lost]);
      const asking = scene.when(ask("coder", "r1", { turnId })).scene;
      const { room } = asking
        .when(lose("coder", by, turnId))
        .then(
          { type: "gate.resolved", outcome: "withdrawn" },
          { type: "turn.ended", outcome: "failed" },
          { type: "notice.posted" },
        );
      expect(room.gates.size).toBe(0);
    },
  );

  test("takes the highest hop of its messages, in whatever order they came", () => {
    for (const hops of [
      [1, 7, 3],
      [7, 1, 3],
      [3, 1, 7],
    ]) {
      const messages = hops.map((hop, n) => posted("reviewer", ["coder"], `m${n}`, { hop }));
      room
        .and(...messages)
        .when(start("coder"), say("coder", "@reviewer hi"))
        .then({ type: "message.posted", hop: 8 });
    }
    const steered = room
      .and(posted("reviewer", ["coder"], "one", { hop: 5 }))
      .when(start("coder"))
      .scene.and(posted("reviewer", ["coder"], "two", { hop: 2, class: "interrupt" }))
      .when(steer("coder")).scene;
    steered.when(say("coder", "@reviewer hi")).then({ type: "message.posted", hop: 6 });
  });

  test("does not count towards a limit when something outside the agent failed, and posts no notice by itself", () => {
    let scene = working;
    for (let n = 1; n <= 30; n++) {
      scene = scene
        .when(lose("coder", "outage", `t${n}`))
        .then({ type: "turn.ended", outcome: "lost", outage: true }).scene;
      expect(coder(scene.room).retry).toMatchObject({ deaths: 0, restarts: 0 });
      scene = scene.when(start("coder", `t${n + 1}`)).then({ type: "turn.started", messages: ["work"] }).scene;
    }
  });

  test("keeps the deaths before an outage", () => {
    const { scene } = dying(["sandbox", "sandbox"]);
    const again = scene.when(lose("coder", "outage", "t3"), start("coder", "t4")).scene;
    again
      .when(lose("coder", "sandbox", "t4"))
      .then({ type: "turn.ended", outcome: "failed" }, { type: "notice.posted" });
  });

  test("counts deaths and restarts apart", () => {
    const { scene, turnId } = dying(["router", "router", "sandbox", "router", "sandbox"]);
    scene.when(lose("coder", "router", turnId)).then({ type: "turn.ended", outcome: "lost", lostBy: "router" });
    scene
      .when(lose("coder", "sandbox", turnId))
      .then({ type: "turn.ended", outcome: "failed" }, { type: "notice.posted" });
  });

  test("keeps counting when another waiting message expires meanwhile", () => {
    const { scene, turnId } = dying(["sandbox", "sandbox"]);
    const other = scene.and(posted("mia", ["coder"], "other"));
    other
      .and({ type: "message.expired", messageId: "other", recipients: ["coder"], reason: "ttl" })
      .when(lose("coder", "sandbox", turnId))
      .then({ type: "turn.ended", outcome: "failed" }, { type: "notice.posted" });
  });

  test("the next turn counts its failures from zero", () => {
    const { scene, turnId } = dying(["sandbox", "sandbox"]);
    scene
      .when(end("coder", { turnId }), post("mia", "@coder x"), start("coder", "t9"), lose("coder", "sandbox", "t9"))
      .then({ type: "turn.ended", outcome: "lost" });
  });

  test("whose messages expired meanwhile is not delivered again", () => {
    const lost = working.when(lose("coder")).scene;
    const expired = lost.and({ type: "message.expired", messageId: "work", recipients: ["coder"], reason: "ttl" });
    expired.when(start("coder", "t2")).thenRejected("nothing_to_start");
    expired.when(post("mia", "@coder new"), start("coder", "t2")).then({ type: "turn.started", attempt: 1 });
  });

  test("is not delivered again after a stop", () => {
    working
      .when(lose("coder"), { type: "room.stop", by: by("mia") }, start("coder", "t2"))
      .thenRejected("nothing_to_start");
  });
});

describe("what is past its time to live", () => {
  const dueAtMs = nowMs + 1_000;
  const late = room
    .and(posted("mia", ["coder"], "late", { expiresAtMs: dueAtMs }))
    .and(posted("mia", ["coder"], "fresh", { expiresAtMs: dueAtMs + 1 }));
  const expiry = { type: "message.expired", messageId: "late", recipients: ["coder"], reason: "ttl" } as const;

  test("is not delivered even if no timer ran: it expires, and the rest is delivered", () => {
    const { scene } = late.at(dueAtMs).when(start("coder")).then(expiry);
    scene.when(start("coder")).then({ type: "turn.started", messages: ["fresh"] });
  });

  test("is still delivered a moment before", () => {
    late
      .at(dueAtMs - 1)
      .when(start("coder"))
      .then({ type: "turn.started", messages: ["late", "fresh"] });
  });

  test("starts nothing by itself", () => {
    const { scene } = late.at(dueAtMs + 1).when(start("coder"));
    scene.when(start("coder")).thenRejected("nothing_to_start");
  });

  test("is left out of a turn that an agent begins by itself", () => {
    late
      .at(dueAtMs)
      .when({ ...start("coder"), spontaneous: true })
      .then(expiry, { type: "turn.started", messages: [] });
  });

  test("does not reach a running turn", () => {
    const busy = working.and(posted("mia", ["coder"], "late", { class: "interrupt", expiresAtMs: dueAtMs }));
    busy.at(dueAtMs).when(steer("coder")).then(expiry);
    busy
      .at(dueAtMs - 1)
      .when(steer("coder"))
      .then({ type: "turn.steered", messages: ["late"] });
  });
});

describe("a turn that was lost", () => {
  const names = Array.from({ length: 120 }, (_, n) => `m${n}`);
  const many = room.and(...names.map((name) => posted("mia", ["coder"], name)));
  const taken = (scene: typeof many, turnId: string) => {
    const [started] = scene.when(start("coder", turnId)).events;
    return started?.type === "turn.started" ? started.messages : [];
  };
  const lost = (scene: typeof many, turnId: string, by: "router" | "sandbox") =>
    scene.when(start("coder", turnId), lose("coder", by, turnId)).scene;

  test("is delivered again in halves, so that it comes to an end however often the router is killed", () => {
    let scene = many;
    const sizes: number[] = [];
    for (let n = 0; n < 8; n++) {
      sizes.push(taken(scene, `t${n}`).length);
      scene = lost(scene, `t${n}`, "router");
    }
    expect(sizes).toEqual([100, 50, 25, 12, 6, 3, 1, 1]);
  });

  test("does not take other agents' messages with it when it is given up because its sandbox keeps dying", () => {
    const twice = lost(lost(many, "t1", "sandbox"), "t2", "sandbox");
    expect(taken(twice, "t3")).toEqual(["m0"]);
    const { scene } = twice.when(start("coder", "t3"), lose("coder", "sandbox", "t3"));
    expect(taken(scene, "t4")).toEqual(names.slice(1, 101));
  });

  test("is told its earlier posts with the rest, and posts each once", () => {
    const said = say("coder", "@mia about the last", { turnId: "t1", outputId: "o9" });
    const cut = many.when(start("coder", "t1"), said, lose("coder", "router", "t1")).scene;
    const half = cut.when(start("coder", "t2"), end("coder", { turnId: "t2" })).scene;
    const rest = half.when(start("coder", "t3")).then({ type: "turn.started", attempt: 3 }).scene;
    rest.when({ ...said, turnId: "t3" }).thenDuplicate();
    const over = rest.when(end("coder", { turnId: "t3" })).scene;
    expect(coder(over.room)).not.toHaveProperty("retry");
  });
});
