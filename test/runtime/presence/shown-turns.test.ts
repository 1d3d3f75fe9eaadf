import { describe, expect, test } from "vitest";
import type { Activity } from "../../../src/core/room/activity.js";
import {
  endsOf,
  noTurns,
  type ShownTurns,
  turnsAfter,
  turnsWithoutNode,
} from "../../../src/runtime/presence/shown-turns.js";

const works = (agent: string, turnId: string): Activity => ({ type: "activity.text", agent, turnId, text: "a" });
const ended = (agent: string, turnId: string): Activity => ({ type: "activity.ended", agent, turnId });
const turns = (...entries: [agent: string, node: string, turnId: string][]): ShownTurns =>
  new Map(entries.map(([agent, node, turnId]) => [agent, { node, turnId }]));

describe("the shown turns", () => {
  test.each<[string, ShownTurns, Activity, string, ShownTurns]>([
    ["gain a turn", noTurns, works("mia", "t1"), "n", turns(["mia", "n", "t1"])],
    ["keep it while it goes on", turns(["mia", "n", "t1"]), works("mia", "t1"), "n", turns(["mia", "n", "t1"])],
    ["have one turn per agent", turns(["mia", "n", "t1"]), works("mia", "t2"), "n", turns(["mia", "n", "t2"])],
    ["follow an agent to another node", turns(["mia", "n", "t1"]), works("mia", "t1"), "o", turns(["mia", "o", "t1"])],
    [
      "lose a turn at its end",
      turns(["mia", "n", "t1"], ["tom", "n", "t9"]),
      ended("mia", "t1"),
      "n",
      turns(["tom", "n", "t9"]),
    ],
    [
      "ignore the end of an earlier turn",
      turns(["mia", "n", "t2"]),
      ended("mia", "t1"),
      "n",
      turns(["mia", "n", "t2"]),
    ],
    [
      "ignore a person who decides",
      turns(["mia", "n", "t1"]),
      { type: "activity.deciding", agent: "mia", gateId: "g", by: "ann", choice: { action: "allow", forMs: 1 } },
      "o",
      turns(["mia", "n", "t1"]),
    ],
    ["ignore the end of an unknown turn", noTurns, ended("mia", "t1"), "n", noTurns],
  ])("%s", (_, before, activity, node, after) => {
    const given = new Map(before);
    expect(turnsAfter(before, activity, node)).toEqual(after);
    expect(before).toEqual(given);
  });

  test("are the same value if nothing changes, so that each piece of text costs nothing", () => {
    const before = turns(["mia", "n", "t1"]);
    expect(turnsAfter(before, works("mia", "t1"), "n")).toBe(before);
    expect(turnsAfter(before, ended("mia", "t0"), "n")).toBe(before);
  });

  test("lose those of a node that is gone, and announce their ends", () => {
    const before = turns(["mia", "n", "t1"], ["tom", "o", "t2"], ["ann", "n", "t3"]);
    expect(turnsWithoutNode(before, "n")).toEqual({
      turns: turns(["tom", "o", "t2"]),
      ended: [ended("mia", "t1"), ended("ann", "t3")],
    });
    expect(turnsWithoutNode(before, "elsewhere")).toEqual({ turns: before, ended: [] });
    expect(endsOf(before)).toEqual([ended("mia", "t1"), ended("tom", "t2"), ended("ann", "t3")]);
  });
});
