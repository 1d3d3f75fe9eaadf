import { describe, expect, test } from "vitest";
import type { Policy } from "../../../../src/core/room/policy.js";
import { given, nowMs, type Scene } from "../../../support/given.js";
import { continueGate, held, posted, roomOf, turnStarted } from "../../../support/room-builder.js";
import { by, end, post, resolve, say, start } from "../../../support/room-commands.js";

/** coder is in a turn that took a message of `hop`; `said` lies behind it. */
function talking(options: {
  agents?: string[];
  policy?: Policy;
  hop?: number;
  said?: [from: string, to: string][];
}): Scene {
  const { agents = ["coder", "reviewer"], policy = {}, hop = 1, said = [] } = options;
  return given(roomOf(agents, policy))
    .and(posted("reviewer", ["coder"], "work", { hop }))
    .and(turnStarted("coder", ["work"]))
    .and(...said.map(([from, to], n) => posted(from, [to], `s${n}`, { hop: 1 })));
}

const times = (count: number, ...pairs: [string, string][]): [string, string][] =>
  Array.from({ length: count }, (_, n) => pairs[n % pairs.length] ?? ["coder", "reviewer"]);

const tripped = { type: "gate.opened", kind: "continue", from: "coder" } as const;
const three = ["coder", "reviewer", "tester"];

describe("the loop guard trips", () => {
  test("when agents answer each other over more than 12 hops", () => {
    talking({ hop: 11 }).when(say("coder", "@reviewer hi")).then({ type: "message.posted", hop: 12 });
    talking({ hop: 12 })
      .when(say("coder", "@reviewer hi"))
      .then({ type: "message.posted", hop: 13 }, { ...tripped, body: expect.stringContaining("13 times in a chain") });
  });

  test("when more than 40 agent messages came since a person spoke", () => {
    const people: [string, string][] = [
      ["coder", "mia"],
      ["reviewer", "mia"],
    ];
    talking({ said: times(38, ...people) })
      .when(say("coder", "@mia hi"))
      .then({ type: "message.posted" });
    talking({ said: times(39, ...people) })
      .when(say("coder", "@mia hi"))
      .then({ type: "message.posted" }, { ...tripped, why: expect.stringContaining("41 messages since a person") });
  });

  test.each([
    ["several agents", "@reviewer @tester hi"],
    ["the whole room", "@room hi"],
    ["a third agent", "@tester hi"],
  ])("not for a pair whose run is broken by a message to %s", (_, text) => {
    const pair = times(11, ["coder", "reviewer"], ["reviewer", "coder"]);
    const run = talking({ agents: three, said: pair });
    run.when(say("coder", "@reviewer hi")).then({ type: "message.posted" }, tripped);
    run
      .when(say("coder", text), say("coder", "@reviewer hi", { outputId: "o2" }))
      .then({ type: "message.posted", to: ["reviewer"] });
  });

  test("not when a person spoke in between", () => {
    const spoke = talking({ said: times(39, ["coder", "mia"], ["reviewer", "mia"]) }).when(post("mia", "go on")).scene;
    spoke.when(say("coder", "@mia hi")).then({ type: "message.posted" });
  });

  test("when a pair exchanged 12 in a row", () => {
    const pair = (count: number) => times(count, ["coder", "reviewer"], ["reviewer", "coder"]);
    talking({ agents: three, said: pair(9) })
      .when(say("coder", "@reviewer hi"))
      .then({ type: "message.posted" });
    talking({ agents: three, said: pair(10) })
      .when(say("coder", "@reviewer hi"))
      .then({ type: "message.posted" }, { ...tripped, why: expect.stringContaining("exchanged 12 messages") });
    talking({ agents: three, said: [...pair(9), ["coder", "tester"]] })
      .when(say("coder", "@reviewer hi"))
      .then({ type: "message.posted" });
  });

  test("the room counts as the other agent if there are two", () => {
    const rest = times(10, ["coder", "reviewer"]);
    talking({ said: rest }).when(say("coder", "@room hi")).then({ type: "message.posted" }, tripped);
    talking({ said: rest, agents: three }).when(say("coder", "@room hi")).then({ type: "message.posted" });
  });

  test("when one of three or more agents wrote more than half of the last 40", () => {
    const policy = { loopGuard: { maxMessages: 1_000 } };
    const said = (own: number, all: number) => [
      ...times(own, ["coder", "mia"]),
      ...times(all - own, ["tester", "mia"], ["reviewer", "mia"]),
    ];
    talking({ policy, agents: three, said: said(20, 38) })
      .when(say("coder", "@mia hi"))
      .then({ type: "message.posted" }, { ...tripped, why: expect.stringContaining("21 of the last 40") });
    talking({ policy, agents: three, said: said(19, 38) })
      .when(say("coder", "@mia hi"))
      .then({ type: "message.posted" });
    talking({ policy, agents: three, said: said(20, 37) })
      .when(say("coder", "@mia hi"))
      .then({ type: "message.posted" });
    const two = [...times(20, ["coder", "mia"]), ...times(18, ["reviewer", "mia"])];
    talking({ policy, said: two }).when(say("coder", "@mia hi")).then({ type: "message.posted" });
  });

  test.each([
    [{ maxHops: 3 }, { hop: 3 }],
    [{ maxMessages: 5 }, { said: times(4, ["coder", "mia"]) }],
    [{ maxPairRun: 4 }, { agents: three, said: times(2, ["coder", "reviewer"]) }],
  ])("at the room's own limits: %o", (loopGuard, options) => {
    talking({ ...options, policy: { loopGuard } })
      .when(say("coder", "@reviewer hi"))
      .then({ type: "message.posted" }, tripped);
  });

  test("never where it is switched off", () => {
    const far = talking({ hop: 90, said: times(90, ["coder", "reviewer"]), policy: { loopGuard: false } });
    far.when(say("coder", "@reviewer hi")).then({ type: "message.posted" });
  });
});

describe("a tripped guard", () => {
  const halted = talking({ hop: 12 }).when(say("coder", "@reviewer hi")).scene;
  const gateId = "continue-o1.0.0";

  test("has posted the message that tripped it", () => {
    expect([...halted.room.waiting.values()].map(({ messageId }) => messageId)).toContain("o1.0.0");
  });

  test("opens one gate, whatever is said after it, in the same block or later", () => {
    talking({ hop: 12 })
      .when(say("coder", "@reviewer one\n@reviewer two"))
      .then({ type: "message.posted" }, tripped, { type: "message.posted" });
    halted.when(say("coder", "@reviewer more", { index: 1 })).then({ type: "message.posted" });
  });

  test("keeps every turn from starting, also when a person writes", () => {
    halted.when(start("reviewer", "t2")).thenRejected("nothing_to_start");
    halted.when(post("mia", "@reviewer hi"), start("reviewer", "t2")).thenRejected("nothing_to_start");
    halted.when(post("mia", "@coder hi"), end("coder")).then({ type: "turn.ended" });
  });

  test("lets running turns continue and end", () => {
    halted.when(end("coder")).then({ type: "turn.ended", outcome: "done" });
  });

  test("continues with reset hop counts, so that queued messages do not trip it again at once", () => {
    const goesOn = halted
      .when(resolve("ann", gateId, "continue"))
      .then({ type: "gate.resolved", kind: "continue", outcome: "continued", by: "ann" }).scene;
    goesOn
      .when(start("reviewer", "t2"), say("reviewer", "@coder hi", { turnId: "t2", outputId: "o2" }))
      .then({ type: "message.posted", hop: 1 });
    goesOn.when(say("coder", "@reviewer hi", { index: 1 })).then({ type: "message.posted", hop: 1 });
  });

  test("also resets the count of held messages", () => {
    const holding = halted.and(held("coder", "late", { hop: 13 })).when(resolve("ann", gateId, "continue")).scene;
    holding
      .when(resolve("ann", "g-late", "approve"))
      .then({ type: "gate.resolved" }, { type: "message.posted", hop: 0 });
  });

  test("stop cancels running turns and expires waiting messages", () => {
    const { room } = halted
      .when(resolve("mia", gateId, "stop"))
      .then(
        { type: "gate.resolved", outcome: "stopped", by: "mia" },
        { type: "turn.ended", agent: "coder", outcome: "cancelled", by: "mia" },
        { type: "message.expired", messageId: "o1.0.0", recipients: ["reviewer"], reason: "stopped" },
      );
    expect(room).toMatchObject({ waitingDeliveries: 0, guard: { sincePerson: 0, recent: [] } });
    expect(room.guard.gateId).toBeUndefined();
  });

  test("the next message after stop starts a turn", () => {
    halted.when(resolve("mia", gateId, "stop"), post("mia", "@coder again"), start("coder", "t2")).then({
      type: "turn.started",
      messages: ["@coder again"],
    });
  });

  test("stays halted when the agent that tripped it is removed", () => {
    const removed = halted.when({ type: "agent.remove", by: by("mia"), name: "coder" }).scene;
    removed.when(start("reviewer", "t2")).thenRejected("nothing_to_start");
    removed.when(resolve("mia", gateId, "continue"), start("reviewer", "t2")).then({ type: "turn.started" });
  });

  test("is tripped by a released message too", () => {
    const holding = given(roomOf(["coder", "reviewer"])).and(held("coder", "far", { hop: 13 }));
    holding
      .when(resolve("ann", "g-far", "approve"))
      .then({ type: "gate.resolved" }, { type: "message.posted", hop: 13 }, { ...tripped, gateId: "continue-m-far" });
  });

  test("waits for a person for ever: other gates expire, this one does not", () => {
    const policy: Policy = { gateExpiry: { afterS: 1, then: "drop" } };
    const halted = talking({ hop: 12, policy }).when(say("coder", "@reviewer hi")).scene;
    halted
      .at(nowMs + 10_000_000)
      .when({ type: "room.tick" })
      .then();
  });

  test("is as the log says after a restart", () => {
    const scene = given(roomOf(["coder"]), posted("mia", ["coder"], "x"), continueGate("coder"));
    scene.when(start("coder")).thenRejected("nothing_to_start");
    scene.when(resolve("mia", "continue-1", "continue"), start("coder")).then({ type: "turn.started" });
  });
});
