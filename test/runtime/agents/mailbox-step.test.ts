import { describe, expect, test } from "vitest";
import {
  type BusyMailbox,
  type DueTurnStep,
  homeToWake,
  type IdleMailbox,
  type MailboxView,
  outlivesTrust,
  type RunnerStep,
  runnerStep,
  turnStep,
  viewMailbox,
} from "../../../src/runtime/agents/mailbox-step.js";
import { given } from "../../support/given.js";
import { asked, posted, roomOf, turnStarted } from "../../support/room-builder.js";

const absent: MailboxView = { kind: "absent" };
const idle: IdleMailbox = { kind: "idle", hasWork: true, callsModel: false, trustEndedVersion: 0 };
const busy: BusyMailbox = {
  kind: "busy",
  turn: {
    turnId: "t1",
    node: "n1",
    instance: "b1",
    runtime: "lasting",
    startedAtMs: 0,
    answers: [],
    hasSteering: false,
  },
};
const at = <View extends IdleMailbox | BusyMailbox>(home: string, view: View): View => ({ ...view, home });

describe("the view of a mailbox", () => {
  const quiet = given(roomOf(["coder"]));
  const waiting = quiet.and(posted("mia", ["coder"], "work"));
  const working = waiting.and(turnStarted("coder", ["work"]));
  const lost = working.and({ type: "turn.ended", turnId: "t1", agent: "coder", outcome: "lost", lostBy: "router" });
  test.each<[string, MailboxView, object]>([
    ["of an agent that is not there is absent", viewMailbox(quiet.room, "reviewer"), absent],
    ["of an agent with nothing to do has no work", viewMailbox(quiet.room, "coder"), { kind: "idle", hasWork: false }],
    ["of an agent with a message has work", viewMailbox(waiting.room, "coder"), { kind: "idle", hasWork: true }],
    [
      "of an agent in a paused room has no work",
      viewMailbox(waiting.and({ type: "room.paused" }).room, "coder"),
      { kind: "idle", hasWork: false },
    ],
    ["of an agent in a closed room is absent", viewMailbox(waiting.and({ type: "room.closed" }).room, "coder"), absent],
    [
      "of an agent at work has its turn",
      viewMailbox(working.room, "coder"),
      { kind: "busy", turn: { turnId: "t1", node: "n1", instance: "b1", answers: [], hasSteering: false } },
    ],
    [
      "has steering where an interrupting message waits",
      viewMailbox(working.and(posted("mia", ["coder"], "stop", { class: "interrupt" })).room, "coder"),
      { kind: "busy", turn: { hasSteering: true } },
    ],
    [
      "has no steering where a message waits for the end of the turn",
      viewMailbox(working.and(posted("mia", ["coder"], "later")).room, "coder"),
      { kind: "busy", turn: { hasSteering: false } },
    ],
    [
      "knows the turns that were lost while their messages wait",
      viewMailbox(lost.room, "coder"),
      { kind: "idle", lostTurns: ["t1"] },
    ],
    [
      "knows the turns that were lost while their messages are delivered again",
      viewMailbox(lost.and(turnStarted("coder", ["work"], { turnId: "t2" })).room, "coder"),
      { kind: "busy", lostTurns: ["t1"] },
    ],
    [
      "has no answer to a request that waits",
      viewMailbox(working.and(asked("coder", "r1", { turnId: "t1" })).room, "coder"),
      { kind: "busy", turn: { answers: [] } },
    ],
    [
      "has the place of an answer",
      viewMailbox(
        working
          .and(asked("coder", "r1", { turnId: "t1" }))
          .and({ type: "gate.resolved", gateId: "a-r1", kind: "tool", outcome: "allowed", by: "ann" }).room,
        "coder",
      ),
      { kind: "busy", turn: { answers: [{ requestId: "r1", version: 5, index: 0 }] } },
    ],
  ])("%s", (_, view, expected) => {
    expect(view).toMatchObject(expected);
  });
});

describe("an agent's runner, of a node that alone has the data,", () => {
  const reader = { node: "n1", instance: "b2", onlyNode: true, pool: "agent" };
  test.each<[string, MailboxView, string | undefined, RunnerStep]>([
    ["is removed with its agent", absent, "t1", "remove"],
    ["is kept while it has no turn", idle, undefined, "keep"],
    ["is kept in the log's turn", busy, "t1", "keep"],
    ["is kept without the log's turn", busy, undefined, "keep"],
    ["is kept whatever home the agent once had", at("n2", idle), undefined, "keep"],
    ["is stopped in a turn that the log has ended", idle, "t1", "stop"],
    ["is stopped in another turn than the log's", busy, "t0", "stop"],
    ["loses its session in a turn that the log has lost", { ...idle, lostTurns: ["t0", "t1"] }, "t1", "drop"],
    ["loses its session in a turn lost before the log's", { ...busy, lostTurns: ["t0"] }, "t0", "drop"],
    ["is stopped in a turn that ended after others were lost", { ...idle, lostTurns: ["t0"] }, "t1", "stop"],
    ["is kept in the log's turn after others were lost", { ...busy, lostTurns: ["t0"] }, "t1", "keep"],
  ])("%s", (_, view, turnId, step) => {
    expect(runnerStep(view, { ...reader, runner: { turnId } })).toBe(step);
    if (step !== "stop" && step !== "drop") expect(runnerStep(view, { ...reader, runner: undefined })).toBe(step);
  });
});

describe("an agent's runner, of one node of several,", () => {
  const reader = { node: "n1", instance: "b2", onlyNode: false };
  const none = undefined;
  test.each<[string, MailboxView, string, { turnId: string | undefined } | undefined, RunnerStep]>([
    ["is kept at its home", at("n1", busy), "agent@n1", { turnId: "t1" }, "keep"],
    ["is stopped at its home in a turn that the log has ended", at("n1", idle), "agent@n1", { turnId: "t1" }, "stop"],
    ["is left to another home", at("n2", busy), "agent@n1", { turnId: "t1" }, "leave"],
    ["is left to another home wherever it is woken", at("n2", idle), "agent+scripted", none, "leave"],
    ["is made where an agent without a home is offered", idle, "agent+scripted", none, "keep"],
    ["is not made where the agent had its home before", idle, "agent@n1", none, "leave"],
    ["is renewed where an agent has come back without a home", idle, "agent+scripted", { turnId: "t1" }, "renew"],
    ["is removed with its agent", absent, "agent@n1", { turnId: "t1" }, "remove"],
  ])("%s", (_, view, pool, runner, step) => {
    expect(runnerStep(view, { ...reader, pool, runner })).toBe(step);
  });
});

describe("a turn", () => {
  const idleRunner = { runningTurnId: undefined, isStarting: () => false };
  const only = { node: "n1", instance: "b2", onlyNode: true, ...idleRunner, canTakeOver: () => true };
  const fleet = { ...only, onlyNode: false };
  const mortal = { canTakeOver: (runtime: string) => runtime !== "lasting" };
  const own = { ...busy, turn: { ...busy.turn, instance: "b2" } };
  const elsewhere = { ...busy, turn: { ...busy.turn, node: "n2" } };
  test.each<[string, MailboxView, Parameters<typeof turnStep>[1], DueTurnStep]>([
    ["of no agent is nothing", absent, only, "nothing"],
    ["starts where there is work", idle, only, "start"],
    ["does not start without work", { ...idle, hasWork: false }, only, "nothing"],
    ["that runs here is attended", busy, { ...only, runningTurnId: "t1" }, "attend"],
    ["of an earlier instance is continued where its process may run", busy, only, "continue"],
    ["of an earlier instance is lost where its process ended with the instance", busy, { ...only, ...mortal }, "lose"],
    ["of this instance that does not run here is lost", own, only, "lose"],
    ["that is being started here is left alone", own, { ...only, isStarting: (id) => id === "t1" }, "nothing"],
    ["is lost while another one is being started here", own, { ...only, isStarting: (id) => id === "t2" }, "lose"],
    ["of another node is continued by the only node there is", elsewhere, only, "continue"],
    ["of an earlier instance of this node is continued among several", at("n1", busy), fleet, "continue"],
    ["of another node is lost by the agent's home", at("n1", elsewhere), fleet, "lose"],
    ["of another node is left alone elsewhere", at("n3", elsewhere), fleet, "nothing"],
    ["of this node is lost although the agent's home is another one", at("n2", own), fleet, "lose"],
  ])("%s", (_, view, reader, step) => {
    expect(turnStep(view, reader)).toBe(step);
  });
});

test.each<[string, MailboxView, string | undefined]>([
  ["is woken where the agent is in a turn", at("n2", busy), "n2"],
  ["is woken where something waits", at("n2", idle), "n2"],
  ["is not woken without work", at("n2", { ...idle, hasWork: false }), undefined],
  ["is not there before the agent has one", idle, undefined],
  ["is not there after the agent has left", absent, undefined],
])("a home %s", (_, view, home) => {
  expect(homeToWake(view)).toBe(home);
});

test.each<[string, number, string | undefined, boolean]>([
  ["ends where it was opened before", 0, undefined, true],
  ["ends where it was opened before that of another person", 4, undefined, true],
  ["goes on where it was opened since", 5, undefined, false],
  ["goes on until its turn has ended", 0, "t1", false],
])("a session with permissions of a person who lost the right %s", (_, openedVersion, runningTurnId, ends) => {
  expect(outlivesTrust({ ...idle, trustEndedVersion: 5 }, { openedVersion, runningTurnId })).toBe(ends);
});
