import { describe, expect, test } from "vitest";
import * as runner from "../../../src/runtime/agents/runner-state.js";

type State = runner.RunnerState;
type Step = (state: State) => State;

const begun =
  (turnId: string, origin: runner.TurnOrigin = "started", nowMs = 0): Step =>
  (state) =>
    runner.turnBegun(state, { turnId, origin, shutdown: false }, nowMs);
const asks =
  (requestId: string, run = 1): Step =>
  (state) =>
    runner.askMade(state, run, { requestId, input: `input of ${requestId}` });
const answers =
  (requestId: string, nowMs = 0): Step =>
  (state) =>
    runner.askAnswered(state, requestId, nowMs)?.state ?? state;
const refuses =
  (requestId: string, run = 1): Step =>
  (state) =>
    runner.askRefused(state, run, requestId);
const alive =
  (nowMs: number, run = 1): Step =>
  (state) =>
    runner.signOfLife(state, run, nowMs);
const stops: Step = runner.stopBegun;
const pauses: Step = (state) => runner.turnPaused(state, 1);
const resumes: Step = (state) => runner.turnResumed(state, 1);
const over =
  (nowMs: number, run = 1): Step =>
  (state) =>
    runner.runOver(state, run, nowMs);
const leaves =
  (nowMs: number): Step =>
  (state) =>
    runner.sessionLeft(state, nowMs);
const frozen =
  (frozenMs: number, nowMs: number): Step =>
  (state) =>
    runner.frozenFor(state, frozenMs, nowMs);

const stateAfter = (...steps: Step[]) => steps.reduce((state, step) => step(state), runner.newRunner(0) as State);

/** The state in short: its kind, the turn with its run, and the time that counts. */
function inShort(state: State): string {
  if (state.kind === "idle") return `idle since ${state.sinceMs}`;
  const { turnId, run, lastOutputMs } = state.turn;
  return `${state.kind} ${turnId}#${run}, alive at ${lastOutputMs}${runner.waitsForPerson(state) ? ", waits" : ""}`;
}

describe("the state of a runner", () => {
  test.each<[string, Step[], string]>([
    ["of a new agent is idle", [], "idle since 0"],
    ["is a turn as soon as one begins", [begun("t1", "started", 5)], "working t1#1, alive at 5"],
    ["is the latest turn", [begun("t1"), begun("t2")], "working t2#2, alive at 0"],
    [
      "counts a run of the same turn again",
      [begun("t1"), over(1), begun("t1", "taken over")],
      "working t1#2, alive at 0",
    ],
    ["keeps the last sign of life", [begun("t1"), alive(7)], "working t1#1, alive at 7"],
    ["ignores a sign of life of an earlier run", [begun("t1"), begun("t2"), alive(7)], "working t2#2, alive at 0"],
    ["ignores a sign of life without a turn", [alive(7)], "idle since 0"],
    ["waits for a person from a request", [begun("t1"), asks("a")], "working t1#1, alive at 0, waits"],
    [
      "waits until the last request is answered",
      [begun("t1"), asks("a"), asks("b"), answers("a")],
      "working t1#1, alive at 0, waits",
    ],
    ["waits for nobody once all are answered", [begun("t1"), asks("a"), answers("a", 9)], "working t1#1, alive at 9"],
    [
      "waits for nobody where the request was refused",
      [begun("t1"), asks("a"), refuses("a")],
      "working t1#1, alive at 0",
    ],
    [
      "waits for nobody where an answered request is repeated",
      [begun("t1"), asks("a"), answers("a"), asks("a")],
      "working t1#1, alive at 0",
    ],
    ["ignores a request of an earlier run", [begun("t1"), begun("t2"), asks("a")], "working t2#2, alive at 0"],
    ["is a stop once the log has ended the turn", [begun("t1"), stops], "stopping t1#1, alive at 0"],
    ["is still a stop when the agent puts something out", [begun("t1"), stops, alive(3)], "stopping t1#1, alive at 3"],
    ["is still a stop when the agent asks", [begun("t1"), stops, asks("a")], "stopping t1#1, alive at 0, waits"],
    ["is a pause while the provider does not answer", [begun("t1"), pauses], "paused t1#1, alive at 0"],
    ["is the turn again after a pause", [begun("t1"), pauses, resumes], "working t1#1, alive at 0"],
    ["is a stop also in a pause", [begun("t1"), pauses, stops], "stopping t1#1, alive at 0"],
    ["is not a pause once it is a stop", [begun("t1"), stops, pauses], "stopping t1#1, alive at 0"],
    [
      "is still a stop when the messages were delivered again",
      [begun("t1"), pauses, stops, resumes],
      "stopping t1#1, alive at 0",
    ],
    ["is not a stop without a turn", [stops], "idle since 0"],
    ["is idle when the run is over", [begun("t1"), over(4)], "idle since 4"],
    ["is idle when the stopped run is over", [begun("t1"), stops, over(4)], "idle since 4"],
    ["is the turn when an earlier run is over", [begun("t1"), begun("t2"), over(4)], "working t2#2, alive at 0"],
    ["is a turn again after a stop", [begun("t1"), stops, over(4), begun("t2")], "working t2#2, alive at 0"],
    ["is idle when the session is left in a turn", [begun("t1"), leaves(6)], "idle since 6"],
    ["is idle as long as before when the session is left without a turn", [leaves(6)], "idle since 0"],
    ["discounts frozen time from idle time", [frozen(10, 50)], "idle since 10"],
    ["discounts frozen time from silence", [begun("t1", "started", 5), frozen(10, 50)], "working t1#1, alive at 15"],
    ["is never later than now", [begun("t1", "started", 45), frozen(10, 50)], "working t1#1, alive at 50"],
  ])("%s", (_, steps, expected) => {
    expect(inShort(stateAfter(...steps))).toBe(expected);
  });

  test("is not changed by a transition", () => {
    const before = stateAfter(begun("t1"), asks("a"));
    const copy = structuredClone(before);
    for (const step of [alive(9), asks("b"), answers("a"), refuses("a"), stops, over(9), leaves(9), frozen(1, 9)])
      step(before);
    expect(before).toEqual(copy);
  });
});

describe("an answer", () => {
  test.each<[string, Step[], string | undefined]>([
    ["is given to a request that waits, with its input", [begun("t1"), asks("a")], "input of a"],
    ["is given to an agent that is being stopped", [begun("t1"), asks("a"), stops], "input of a"],
    ["is not given without a turn", [], undefined],
    ["is not given to a request that was not made", [begun("t1"), asks("b")], undefined],
    ["is not given twice", [begun("t1"), asks("a"), answers("a")], undefined],
    ["is not given after Parley's own", [begun("t1"), asks("a"), refuses("a")], undefined],
    ["is not given to another turn's request", [begun("t1"), asks("a"), begun("t2")], undefined],
  ])("%s", (_, steps, input) => {
    expect(runner.askAnswered(stateAfter(...steps), "a", 0)?.input).toBe(input);
  });
});

describe("a check", () => {
  const limits = { idleStopMs: 100, turnIdleMs: 50 };
  test.each<[string, Step[], number, "idle" | "silent" | undefined]>([
    ["leaves a session before its idle time alone", [], 99, undefined],
    ["finds a session idle after it", [], 100, "idle"],
    ["leaves a turn before its silent time alone", [begun("t1")], 49, undefined],
    ["finds a turn silent after it", [begun("t1")], 50, "silent"],
    ["never finds a turn idle", [begun("t1"), alive(90)], 100, undefined],
    ["leaves a turn that waits for a person alone", [begun("t1"), asks("a")], 1_000, undefined],
    ["finds a turn silent whose request was answered", [begun("t1"), asks("a"), answers("a", 10)], 60, "silent"],
    ["leaves a turn that is being stopped alone", [begun("t1"), stops], 1_000, undefined],
  ])("%s", (_, steps, nowMs, due) => {
    expect(runner.overdue(stateAfter(...steps), { ...limits, nowMs })).toBe(due);
  });
});

describe("the end that an agent tells of", () => {
  test.each<[string, Step[], "done" | "failed" | "cancelled", ReturnType<typeof runner.dueAtEnd>]>([
    ["is stored", [begun("t1")], "done", "store"],
    ["is stored of a turn that failed", [begun("t1")], "failed", "store"],
    ["is stored of a turn that the agent began", [begun("t1", "spontaneous")], "failed", "store"],
    ["is not stored where the log ended the turn", [begun("t1"), stops], "cancelled", "nothing"],
    ["is stored of a turn that was taken over", [begun("t1", "taken over")], "done", "store"],
    ["loses a turn that failed after it was taken over", [begun("t1", "taken over")], "failed", "lose"],
    ["loses it although the log ended it", [begun("t1", "taken over"), stops], "failed", "lose"],
  ])("%s", (_, steps, outcome, due) => {
    const state = stateAfter(...steps);
    const turn = runner.turnOf(state);
    expect(turn && runner.dueAtEnd(state, turn, { outcome })).toBe(due);
  });
});

describe("the end that an outage of the provider makes", () => {
  test.each<[string, Step[], ReturnType<typeof runner.dueAtEnd>]>([
    ["pauses a turn", [begun("t1")], "pause"],
    ["is stored of a turn that the agent began", [begun("t1", "spontaneous")], "store"],
    ["loses a turn that was taken over", [begun("t1", "taken over")], "lose"],
    ["is nothing where the log ended the turn", [begun("t1"), stops], "nothing"],
  ])("%s", (_, steps, due) => {
    const state = stateAfter(...steps);
    const turn = runner.turnOf(state);
    expect(turn && runner.dueAtEnd(state, turn, { outcome: "failed", outage: "no answer" })).toBe(due);
  });
});

describe("a run", () => {
  test.each<[string, Step[], { isUnderWay: boolean; isBeingStopped: boolean }]>([
    ["is under way", [begun("t1")], { isUnderWay: true, isBeingStopped: false }],
    ["is under way while it is being stopped", [begun("t1"), stops], { isUnderWay: true, isBeingStopped: true }],
    ["ends", [begun("t1"), stops, over(1)], { isUnderWay: false, isBeingStopped: false }],
    [
      "is replaced by one of the same turn",
      [begun("t1"), begun("t1"), stops],
      { isUnderWay: false, isBeingStopped: false },
    ],
  ])("%s", (_, steps, expected) => {
    const state = stateAfter(...steps);
    expect({ isUnderWay: runner.isUnderWay(state, 1), isBeingStopped: runner.isBeingStopped(state, 1) }).toEqual(
      expected,
    );
  });
});
