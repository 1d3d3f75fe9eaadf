import { describe, expect, test } from "vitest";
import {
  endExpected,
  hasReadAll,
  isPassedOn,
  isTurnWork,
  lineDropped,
  newSession,
  promptWritten,
  readGoesOn,
  readHeld,
  readProbed,
  replayRead,
  requestSent,
  type SessionState,
} from "../../../adapters/claude-code/session-state.js";
import type { Output } from "../../../src/ports/agents.js";

const live = newSession({ isTakenOver: false });
const waiting = newSession({ isTakenOver: true });
const catchingUp = promptWritten(waiting);

describe("a session", () => {
  test.each<[string, SessionState, SessionState["stage"]]>([
    ["is live with a process of its own", live, "live"],
    ["is live after its first prompt", promptWritten(live), "live"],
    ["waits for its turn's messages after it was taken over", waiting, "waits"],
    ["catches up when they were sent again", catchingUp, "catches up"],
    ["catches up until everything was read", promptWritten(readGoesOn(readHeld(catchingUp))), "catches up"],
    ["is live when everything was read", replayRead(catchingUp), "live"],
  ])("%s", (_, state, stage) => {
    expect(state.stage).toBe(stage);
  });

  test.each<[string, SessionState, SessionState["end"]]>([
    ["is not expected to end", live, "unexpected"],
    ["may be ended gracefully", endExpected(live, { isGraceful: true }), "graceful"],
    ["may be ended at once", endExpected(live, { isGraceful: false }), "forced"],
    [
      "may be ended at once although it was to end gracefully",
      endExpected(endExpected(live, { isGraceful: true }), { isGraceful: false }),
      "forced",
    ],
  ])("%s", (_, state, end) => {
    expect(state.end).toBe(end);
  });

  test("gives each of its requests an id of its own", () => {
    const first = requestSent(live);
    expect([first.requestId, requestSent(first.state).requestId]).toEqual(["parley-0", "parley-1"]);
  });
});

describe("a session that is read", () => {
  test.each<[string, SessionState, boolean]>([
    ["has more to read before it is asked", live, false],
    ["has read all when nothing came since it was asked", readProbed(live), true],
    ["has more to read when something came", readHeld(readProbed(live)), false],
    ["has more to read while the runtime has no room", readProbed(readHeld(live)), false],
    ["has more to read when the runtime has room again", readGoesOn(readHeld(readProbed(live))), false],
    ["has read all when it is asked again", readProbed(readGoesOn(readHeld(live))), true],
  ])("%s", (_, state, isRead) => {
    expect(hasReadAll(state)).toBe(isRead);
  });
});

describe("a dropped line", () => {
  const told = lineDropped(live, true).state;
  test.each<[string, SessionState, boolean, boolean]>([
    ["is told in a turn", live, true, true],
    ["is not told outside a turn", live, false, false],
    ["is told in the first turn with one, also after one outside", lineDropped(live, false).state, true, true],
    ["is told once", told, true, false],
  ])("%s", (_, state, isInTurn, isTold) => {
    expect(lineDropped(state, isInTurn).isTold).toBe(isTold);
  });
});

describe("an output", () => {
  const usual = { reportsUsage: true, isStopping: false };
  test.each<[string, SessionState, Output["kind"], Parameters<typeof isPassedOn>[2], boolean]>([
    ["of a live session is passed on", live, "delta", usual, true],
    ["that was only shown live is not replayed", catchingUp, "delta", usual, false],
    ["that was only shown live is not replayed before the turn is known", waiting, "tool", usual, false],
    ["that is recorded by its id is replayed", catchingUp, "block", usual, true],
    ["that is a question is replayed", waiting, "ask", usual, true],
    ["with usage is passed on where it counts", live, "usage", usual, true],
    ["with usage is kept where calls are metered elsewhere", live, "usage", { ...usual, reportsUsage: false }, false],
    ["with usage is not counted again in a replay", catchingUp, "usage", usual, false],
    ["that an interrupt may have cut off is dropped", live, "block", { ...usual, isStopping: true }, false],
    ["of another kind is passed on while a turn stops", live, "tool", { ...usual, isStopping: true }, true],
  ])("%s", (_, state, kind, how, isPassed) => {
    expect(isPassedOn(state, kind, how)).toBe(isPassed);
  });

  test.each<[string, SessionState, Output["kind"], boolean]>([
    ["with a text is work", live, "block", true],
    ["with a tool is work", live, "tool", true],
    ["with a question is work", catchingUp, "ask", true],
    ["with a question is not work before the turn's messages were sent again", waiting, "ask", false],
    ["with a notice is not work", live, "notice", false],
  ])("%s", (_, state, kind, isWork) => {
    expect(isTurnWork(state, kind)).toBe(isWork);
  });
});
