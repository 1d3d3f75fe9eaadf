import { describe, expect, test } from "vitest";
import { isOpen, nextDueAtMs } from "../../../../src/core/room/room.js";
import { given, nowMs } from "../../../support/given.js";
import {
  agent,
  asked,
  continueGate,
  held,
  posted,
  question,
  roomOf,
  turnStarted,
} from "../../../support/room-builder.js";
import { by, lose, post, resolve, say, start } from "../../../support/room-commands.js";

/** coder works on `a`, waits for a permission and has a message and a question with people; `b` waits for it and for reviewer. */
const busy = given(roomOf(["coder", "reviewer"]))
  .and(posted("mia", ["coder"], "a"))
  .and(turnStarted("coder", ["a"]), asked("coder", "r1", { turnId: "t1" }))
  .and(posted("mia", "room", "b"), posted("mia", ["reviewer"], "c"))
  .and(held("coder", "secret"), question("coder", "why"), held("reviewer", "other"));

const cancelled = { type: "turn.ended", agent: "coder", turnId: "t1", outcome: "cancelled", by: "mia" } as const;
const withdrawn = (gateId: string, by = "mia") =>
  ({ type: "gate.resolved", gateId, outcome: "withdrawn", by }) as const;
const expired = (messageId: string, reason: string, recipients: string[]) =>
  ({ type: "message.expired", messageId, reason, recipients }) as const;

describe("removing an agent", () => {
  const remove = { type: "agent.remove" as const, by: by("mia"), name: "coder" };

  test("ends its turn, its waiting messages and its gates, and no other's", () => {
    const { room } = busy
      .when(remove)
      .then(cancelled, expired("b", "left", ["coder"]), withdrawn("a-r1"), withdrawn("g-secret"), withdrawn("g-why"), {
        type: "participant.left",
        name: "coder",
      });
    expect(room).toMatchObject({ agents: ["reviewer"], waitingDeliveries: 2 });
    expect([...room.gates.keys()]).toEqual(["g-other"]);
    expect(room.participants.get("coder")).toMatchObject({ waiting: [], leftVersion: room.version });
  });

  test("keeps its sent messages for the others", () => {
    const { scene } = busy.and(posted("coder", ["reviewer"], "bye")).when(remove);
    scene.when(start("reviewer", "t2")).then({ type: "turn.started", messages: ["b", "c", "bye"] });
  });

  test("leaves no trace when it comes back", () => {
    const back = busy.when(remove).scene.and(agent("coder"));
    back.when(start("coder", "t2")).thenRejected("nothing_to_start");
    back
      .when(post("mia", "@coder hi"), start("coder", "t2"))
      .then({ type: "turn.started", messages: ["@coder hi"], attempt: 1 });
  });

  test("an agent between two attempts is not delivered to again", () => {
    const back = busy.when(lose("coder"), remove).scene.and(agent("coder"));
    expect(back.room.participants.get("coder")).not.toHaveProperty("retry");
    back.when(start("coder", "t2")).thenRejected("nothing_to_start");
  });

  test("an agent that was to open again keeps nothing to do", () => {
    const opening = given(roomOf(), agent("coder", { opening: true })).when(start("coder"), lose("coder"));
    expect(opening.room.participants.get("coder")).toHaveProperty("retry");
    expect(opening.scene.when(remove).room.participants.get("coder")).not.toHaveProperty("retry");
  });

  test("twice is refused; so is a person", () => {
    busy.when(remove, remove).thenRejected("participant_not_found");
    busy.when({ ...remove, name: "tom" }).thenRejected("participant_not_found");
  });
});

describe("stopping a room", () => {
  const stop = { type: "room.stop" as const, by: by("mia") };

  test("cancels every turn and expires each waiting message once; held messages stay", () => {
    const { room } = busy
      .when(stop)
      .then(
        withdrawn("a-r1", "parley"),
        cancelled,
        expired("b", "stopped", ["coder", "reviewer"]),
        expired("c", "stopped", ["reviewer"]),
      );
    expect(room).toMatchObject({ status: "active", waitingDeliveries: 0 });
    expect([...room.gates.keys()]).toEqual(["g-secret", "g-why", "g-other"]);
    expect(room.expired).toHaveLength(3);
  });

  test("leaves the room open: the next message starts a turn", () => {
    busy
      .when(stop, post("mia", "@coder again"), start("coder", "t2"))
      .then({ type: "turn.started", messages: ["@coder again"] });
  });

  test("with nothing to stop is nothing to do", () => {
    given(roomOf(["coder"]))
      .when(stop)
      .then();
  });
});

describe("closing a room", () => {
  const close = { type: "room.close" as const, by: by("mia") };

  test("ends everything that is open in it", () => {
    const { room } = busy
      .and(continueGate("coder"))
      .when(close)
      .then(
        cancelled,
        expired("b", "closed", ["coder", "reviewer"]),
        expired("c", "closed", ["reviewer"]),
        ...["a-r1", "g-secret", "g-why", "g-other", "continue-1"].map((id) => withdrawn(id)),
        { type: "room.closed" },
      );
    expect(room).toMatchObject({ status: "closed", waitingDeliveries: 0 });
    expect([room.gates.size, room.waiting.size]).toEqual([0, 0]);
    expect([isOpen(room), nextDueAtMs(room)]).toEqual([false, undefined]);
  });

  test("with agents that were to open, or to try again, leaves nothing for the sweep", () => {
    const opening = busy.and(agent("zed", { opening: true }));
    expect(isOpen(opening.when(lose("coder"), close).room)).toBe(false);
  });
});

describe("what is due", () => {
  const tick = { type: "room.tick" as const };
  const dueAtMs = nowMs + 60_000;
  const ttl = { expiresAtMs: dueAtMs };

  test("is nothing before the time", () => {
    const scene = busy.and(posted("mia", "room", "d", ttl), held("coder", "e", ttl));
    expect(nextDueAtMs(scene.room)).toBe(dueAtMs);
    scene
      .at(dueAtMs - 1)
      .when(tick)
      .then();
  });

  test("expires messages in each queue they wait in", () => {
    const waiting = given(roomOf(["coder", "reviewer"])).and(
      posted("mia", "room", "d", ttl),
      posted("mia", "room", "e"),
    );
    const taken = waiting.and(turnStarted("coder", ["d", "e"]));
    const { room } = taken
      .at(dueAtMs)
      .when(tick)
      .then(expired("d", "ttl", ["reviewer"]));
    expect(room.waitingDeliveries).toBe(3);
    const ticked = waiting
      .at(dueAtMs)
      .when(tick)
      .then(expired("d", "ttl", ["coder", "reviewer"]));
    expect([...ticked.room.waiting.values()].map(({ messageId }) => messageId)).toEqual(["e"]);
  });

  test("does not include a message of a running turn: the timer would wake for nothing again and again", () => {
    const waiting = given(roomOf(["coder"])).and(posted("mia", "room", "d", ttl));
    expect(nextDueAtMs(waiting.room)).toBe(dueAtMs);
    const taken = waiting.and(turnStarted("coder", ["d"]));
    expect(nextDueAtMs(taken.room)).toBeUndefined();
    expect(nextDueAtMs(taken.when(lose("coder")).room)).toBe(dueAtMs);
  });

  test("reminds of a gate as often as the policy says, counted from the previous reminder, until it is decided", () => {
    const remindedOf = (waitedMs: number) => ({
      type: "gate.reminded" as const,
      gateId: "g-o1.0.0",
      kind: "message",
      from: "coder",
      waitedMs,
    });
    given(roomOf(["coder"], { gateReminder: { afterS: 60 } }))
      .and(posted("mia", ["coder"], "work"))
      .and(turnStarted("coder", ["work"]))
      .when(say("coder", "@mia GATE: Go?"))
      .then({ type: "gate.opened", reminder: { atMs: dueAtMs, everyMs: 60_000, timesLeft: 3 } });
    const opened = given(
      roomOf([], { gateReminder: { afterS: 60, times: 2 } }),
      agent("coder", { gate: "always" as never }),
    )
      .and(posted("mia", ["coder"], "work"))
      .and(turnStarted("coder", ["work"]))
      .when(say("coder", "@mia hi"))
      .then({ type: "gate.opened", reminder: { atMs: dueAtMs, everyMs: 60_000, timesLeft: 2 } }).scene;
    expect(nextDueAtMs(opened.room)).toBe(dueAtMs);
    opened
      .at(dueAtMs - 1)
      .when(tick)
      .then();
    // Parley was not running for a day: one reminder, not many.
    const dayMs = 24 * 3_600_000;
    const late = opened.at(nowMs + dayMs);
    const once = late.when(tick).then(remindedOf(dayMs)).scene;
    expect(nextDueAtMs(once.room)).toBe(nowMs + dayMs + 60_000);
    once.when(tick).then();
    const last = once
      .at(nowMs + dayMs + 60_000)
      .when(tick)
      .then(remindedOf(dayMs + 60_000)).scene;
    expect(nextDueAtMs(last.room)).toBeUndefined();
    const decided = late.when(resolve("ann", "g-o1.0.0", "approve")).scene;
    expect(nextDueAtMs(decided.room)).toBeUndefined();
  });

  test("does not remind of a gate that expires now", () => {
    const reminder = { atMs: dueAtMs, everyMs: 60_000, timesLeft: 3 };
    given(roomOf(["coder"]))
      .and({ ...held("coder", "e", ttl), reminder } as never)
      .at(dueAtMs)
      .when(tick)
      .then({ type: "gate.resolved", outcome: "expired" }, { type: "message.bounced" });
  });

  test("drops a held message; its sender is told, and it has no recipient", () => {
    const scene = given(roomOf(["coder"])).and(held("coder", "e", ttl));
    const { scene: after } = scene
      .at(dueAtMs)
      .when(tick)
      .then(
        { type: "gate.resolved", gateId: "g-e", outcome: "expired", by: "parley" },
        { type: "message.bounced", to: "coder", reason: "gate-expired", wakes: true },
      );
    after
      .when(resolve("ann", "g-e", "approve"))
      .thenRejected("gate_already_resolved", { by: "parley", outcome: "expired" });
    after.when(start("coder")).then({ type: "turn.started", messages: ["g-e.expired"] });
  });

  test("answers a permission with no one: the turn learns it from the gate", () => {
    const scene = given(roomOf(["coder"]), posted("mia", "room", "a")).and(
      turnStarted("coder", ["a"]),
      asked("coder", "r1", { turnId: "t1", ...ttl }),
    );
    const { room } = scene.at(dueAtMs).when(tick).then({ type: "gate.resolved", outcome: "expired" });
    expect(room.participants.get("coder")).toMatchObject({
      turn: { asks: [{ requestId: "r1", resolved: { index: 0 } }] },
    });
  });
});

describe("a notice", () => {
  test("is for people: no agent gets it", () => {
    const { room } = given(roomOf(["coder"]))
      .when({ type: "notice.post", text: "low disk", about: "coder", severity: "warning" })
      .then({ type: "notice.posted", text: "low disk", about: "coder", severity: "warning" });
    expect(room.waitingDeliveries).toBe(0);
  });
});
