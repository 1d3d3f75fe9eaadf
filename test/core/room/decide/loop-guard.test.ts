import { describe, expect, test } from "vitest";
import type { EventOf } from "../../../../src/core/room/event.js";
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
    .and(...said.map(([from, to], n) => bare(from, [to], `s${n}`)));
}

/** A message of an agent that shows no work. */
const bare = (from: string, to: string[], id: string) => ({ ...posted(from, to, id, { hop: 1 }), body: "Go on." });

const times = (count: number, ...pairs: [string, string][]): [string, string][] =>
  Array.from({ length: count }, (_, n) => pairs[n % pairs.length] ?? ["coder", "reviewer"]);

/** One of several empty messages between reviewer and coder. */
const acknowledged = (n: number, body: string) => ({
  ...posted(n % 2 === 0 ? "reviewer" : "coder", [n % 2 === 0 ? "coder" : "reviewer"], `t${n}`, { hop: 1 }),
  body,
  steps: 0,
});

const tripped = { type: "gate.opened", kind: "continue", from: "coder" } as const;
const three = ["coder", "reviewer", "tester"];

describe("the loop guard trips", () => {
  test("when agents answer each other over more than 40 hops", () => {
    talking({ hop: 39 }).when(say("coder", "@reviewer hi")).then({ type: "message.posted", hop: 40 });
    talking({ hop: 40 })
      .when(say("coder", "@reviewer hi"))
      .then({ type: "message.posted", hop: 41 }, { ...tripped, body: expect.stringContaining("41 times in a chain") });
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
    const pair = times(27, ["coder", "reviewer"], ["reviewer", "coder"]);
    const run = talking({ agents: three, said: pair });
    run.when(say("coder", "@reviewer hi")).then({ type: "message.posted" }, tripped);
    const broken = run.when(say("coder", text)).then({ type: "message.posted" }).scene;
    broken.when(say("coder", "@reviewer hi", { outputId: "o2" })).then({ type: "message.posted", to: ["reviewer"] });
  });

  test("not when a person spoke in between", () => {
    const spoke = talking({ said: times(39, ["coder", "mia"], ["reviewer", "mia"]) }).when(post("mia", "go on")).scene;
    spoke.when(say("coder", "@mia hi")).then({ type: "message.posted" });
  });

  test("when a pair exchanged 28 in a row that show no work", () => {
    const pair = (count: number) => times(count, ["coder", "reviewer"], ["reviewer", "coder"]);
    talking({ agents: three, said: pair(25) })
      .when(say("coder", "@reviewer hi"))
      .then({ type: "message.posted" });
    talking({ agents: three, said: pair(26) })
      .when(say("coder", "@reviewer hi"))
      .then({ type: "message.posted" }, { ...tripped, why: expect.stringContaining("exchanged 28 messages") });
    talking({ agents: three, said: [...pair(25), ["coder", "tester"]] })
      .when(say("coder", "@reviewer hi"))
      .then({ type: "message.posted" });
  });

  test.each<[string, Partial<EventOf<"message.posted">>]>([
    ["a tool used before it", { steps: 1 }],
    ["a question", { body: "Really?" }],
    ["a question in Chinese", { body: "真的吗？" }],
    ["a figure", { body: "e4" }],
    ["code", { body: "`foo`" }],
  ])("not for a pair whose run is broken by %s", (_, shown) => {
    const pair = times(26, ["coder", "reviewer"], ["reviewer", "coder"]);
    const last = { ...posted("reviewer", ["coder"], "shown", { hop: 1 }), ...shown };
    talking({ agents: three, said: pair })
      .and(last)
      .when(say("coder", "@reviewer hi"))
      .then({ type: "message.posted" });
    talking({ agents: three, said: pair })
      .and(bare("reviewer", ["coder"], "bare"))
      .when(say("coder", "@reviewer hi"))
      .then({ type: "message.posted" }, tripped);
  });

  test("the room counts as the other agent if there are two", () => {
    const rest = times(26, ["coder", "reviewer"]);
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

  describe("when agents only acknowledge each other", () => {
    const thanks = ["Thanks!", "You're welcome.", "Great, thanks again.", "Any time!", "Perfect."];
    /** Five empty messages to and fro lie behind it; the next one of coder is the sixth. */
    const storm = (options: { policy?: Policy; change?: (n: number) => Partial<EventOf<"message.posted">> } = {}) =>
      talking({ agents: three, ...(options.policy && { policy: options.policy }) }).and(
        ...thanks.map((body, n) => ({ ...acknowledged(n, body), ...options.change?.(n) })),
      );
    const reply = (text: string, steps = 0) => say("coder", `@reviewer ${text}`, { steps });

    test("three exchanges in a row, and the gate says so", () => {
      storm()
        .when(reply("Perfect, thanks."))
        .then(
          { type: "message.posted" },
          { ...tripped, why: "reviewer and coder answered each other 3 times in a row without anything new (limit 3)" },
        );
    });

    test("in one gate, whatever is acknowledged behind it", () => {
      storm()
        .when(reply("Perfect, thanks.\n@reviewer And thanks again.\n@tester Thanks."))
        .then({ type: "message.posted" }, tripped, { type: "message.posted" }, { type: "message.posted" });
    });

    test.each([
      ["a question", reply("Perfect, is that all?")],
      ["a tool used in the turn", reply("Perfect, thanks.", 1)],
      ["more than 280 characters", reply("thanks ".repeat(41))],
      ["a figure", reply("Perfect, 12 of them.")],
      ["words that are new", reply("Perfect, then rename the parser module.")],
      ["a sender that is older than the count of tools", say("coder", "@reviewer Perfect, thanks.")],
    ])("but not with %s", (_, command) => {
      storm().when(command).then({ type: "message.posted" });
    });

    test("but not where one of them brought a file or used a tool", () => {
      const file = { name: "a.png", bytes: 1, sha256: "0".repeat(64) };
      storm({ change: (n) => (n === 3 ? { attachments: [file] } : {}) })
        .when(reply("Perfect, thanks."))
        .then({ type: "message.posted" });
      storm({ change: (n) => (n === 2 ? { steps: 4 } : {}) })
        .when(reply("Perfect, thanks."))
        .then({ type: "message.posted" });
    });

    test("but not with a person, nor after a person spoke", () => {
      storm().when(post("mia", "go on"), reply("Perfect, thanks.")).then({ type: "message.posted" });
      storm()
        .when(say("coder", "@mia Perfect, thanks.", { steps: 0 }))
        .then({ type: "message.posted" });
    });

    test("at the room's own limit, and never where that is switched off", () => {
      storm({ policy: { loopGuard: { maxEmptyExchanges: 4 } } })
        .when(reply("Perfect, thanks."))
        .then({ type: "message.posted" });
      storm({ policy: { loopGuard: { maxEmptyExchanges: false } } })
        .when(reply("Perfect, thanks."))
        .then({ type: "message.posted" });
      const early: Policy = { loopGuard: { maxEmptyExchanges: 2 } };
      talking({ agents: three, policy: early })
        .and(...["Thanks!", "You're welcome.", "Great."].map((body, n) => acknowledged(n, body)))
        .when(reply("Perfect."))
        .then({ type: "message.posted" }, tripped);
    });

    test("and goes on after continue, counted from the start", () => {
      const { scene } = storm().when(reply("Perfect, thanks."));
      const after = scene.when(resolve("ann", "continue-o1.0.0", "continue")).scene;
      expect(after.room.guard).toEqual({ sincePerson: 0, recent: [] });
      after.when(say("coder", "@reviewer Thanks.", { index: 1, steps: 0 })).then({ type: "message.posted" });
    });
  });

  test("not for sixty agents that answer once, but for those that answer thrice", () => {
    const crowd = Array.from({ length: 60 }, (_, n) => (n === 0 ? "coder" : `agent-${n}`)).concat("reviewer");
    const answers = (count: number) => times(count, ...crowd.map((name): [string, string] => [name, "mia"]));
    talking({ agents: crowd, said: answers(60) })
      .when(say("coder", "@mia here"))
      .then({ type: "message.posted" });
    talking({ agents: crowd, said: answers(121) })
      .when(say("coder", "@mia here"))
      .then({ type: "message.posted" }, { ...tripped, why: expect.stringContaining("(limit 122)") });
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
  const halted = talking({ hop: 40 }).when(say("coder", "@reviewer hi")).scene;
  const gateId = "continue-o1.0.0";

  test("has posted the message that tripped it", () => {
    expect([...halted.room.waiting.values()].map(({ messageId }) => messageId)).toContain("o1.0.0");
  });

  test("opens one gate, whatever is said after it, in the same block or later", () => {
    talking({ hop: 40 })
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
    const holding = given(roomOf(["coder", "reviewer"])).and(held("coder", "far", { hop: 41 }));
    holding
      .when(resolve("ann", "g-far", "approve"))
      .then({ type: "gate.resolved" }, { type: "message.posted", hop: 41 }, { ...tripped, gateId: "continue-m-far" });
  });

  test("waits for a person for ever: other gates expire, this one does not", () => {
    const policy: Policy = { gateExpiry: { afterS: 1, then: "drop" } };
    const halted = talking({ hop: 40, policy }).when(say("coder", "@reviewer hi")).scene;
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
