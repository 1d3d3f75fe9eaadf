import { describe, expect, test } from "vitest";
import { lacksGates } from "../../adapters/web/client/open-gates.js";
import { applyPresence, type RoomState, shownStateOf } from "../../adapters/web/client/room-state.js";
import type { RoomEvent } from "../../src/core/room/event.js";
import type { GateView } from "../../src/core/room/view.js";
import { asked, following, frame, open, posted, status, view } from "./support/room-fixture.js";

describe("gates and later pictures", () => {
  const gate: GateView = { gateId: "g", kind: "tool", from: "coder", body: "{}", hash: "h", openedAt: 1, tool: "Bash" };
  const decided: RoomEvent = { type: "gate.resolved", gateId: "g", kind: "tool", outcome: "allowed", by: "mia" };
  const gateIds = (state: RoomState) => state.gates.map(({ gateId }) => gateId);
  const picture = (version: number, gates: GateView[]) => ({ ...view, version, gates });

  test("a gate of the history that the picture lacks is noticed, and comes with the next picture", () => {
    const history = following(open(), frame(9, asked("g")));
    expect(lacksGates(history)).toBe(false);
    const caughtUp = following(history, frame(10, posted("x")));
    expect(lacksGates(caughtUp)).toBe(true);
    const again = applyPresence(caughtUp, picture(10, [gate]));
    expect([gateIds(again), lacksGates(again)]).toEqual([["g"], false]);
    expect(status(following(again, frame(11, decided)), "coder")).toBe("idle");
  });

  test("a gate that is decided later in the history is not missed", () => {
    expect(lacksGates(following(open(), frame(8, asked("g")), frame(10, decided)))).toBe(false);
  });

  test("a reminder of a gate that is not shown is noticed", () => {
    const reminded = { type: "gate.reminded", gateId: "g", kind: "tool", from: "coder", waitedMs: 1 } as const;
    expect(lacksGates(following(open(), frame(11, reminded)))).toBe(true);
    expect(lacksGates(following(open([], { gates: [gate] }), frame(11, reminded)))).toBe(false);
  });

  test("a look that finds nothing ends the search", () => {
    const lacking = following(open(), frame(9, asked("g")), frame(10, posted("x")));
    expect(lacksGates(applyPresence(lacking, picture(10, [])))).toBe(false);
  });

  test("an older picture neither takes a gate away nor brings back one that was decided", () => {
    const opened = following(open(), frame(11, asked("new")), frame(12, posted("x")));
    expect(gateIds(applyPresence(opened, picture(10, [])))).toEqual(["new"]);
    const settled = following(open([], { gates: [gate] }), frame(11, decided), frame(12, posted("x")));
    expect(gateIds(applyPresence(settled, picture(10, [gate])))).toEqual([]);
  });

  test("a newer picture brings its gates early, and the stream changes nothing about them", () => {
    const early = applyPresence(open(), picture(12, [gate]));
    expect(gateIds(early)).toEqual(["g"]);
    expect(gateIds(following(early, frame(12, asked("g"))))).toEqual(["g"]);
    expect(gateIds(following(early, frame(12, asked("g")), frame(13, decided)))).toEqual([]);
  });

  test("a picture of the same version removes gates it lacks", () => {
    expect(gateIds(applyPresence(open([], { gates: [gate] }), picture(10, [])))).toEqual([]);
    expect(gateIds(applyPresence(open([], { gates: [gate] }), picture(11, [])))).toEqual(["g"]);
  });

  test("held text appears when the person's role now lets them see it", () => {
    const { body: _body, hash: _hash, ...hidden } = gate;
    const state = applyPresence(open([], { gates: [hidden] }), picture(10, [gate]));
    expect(state.gates).toMatchObject([{ gateId: "g", body: "{}", hash: "h" }]);
  });

  test("a halted room is active under its gate, so it is halted no more when that is decided", () => {
    const halt: GateView = { gateId: "c", kind: "continue", from: "coder", openedAt: 1 };
    const state = open([], { state: "halted", gates: [halt] });
    expect(shownStateOf(state)).toBe("halted");
    const goesOn: RoomEvent = { ...decided, gateId: "c", kind: "continue", outcome: "continued" };
    expect(shownStateOf(following(state, frame(11, goesOn)))).toBe("active");
    expect(shownStateOf(following(state, frame(11, { type: "room.paused" })))).toBe("paused");
  });
});
