import { describe, expect, test } from "vitest";
import { budgetsLeft, maySpend } from "../../../../src/core/room/budget.js";
import { mayStart } from "../../../../src/core/room/decide/turns.js";
import type { RoomEvent, Usage } from "../../../../src/core/room/event.js";
import { given, nowMs } from "../../../support/given.js";
import { roomOf } from "../../../support/room-builder.js";
import { resolve } from "../../../support/room-commands.js";

const used = (usd: number): Usage => ({
  inputTokens: 100,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  usd,
});
const spend = (agent: string, usd: number) => ({ type: "turn.usage" as const, agent, model: "m", usage: used(usd) });
const spent = (agent: string, usd: number): RoomEvent => ({ type: "usage.recorded", agent, model: "m", ...used(usd) });
const roomBudget: RoomEvent = { type: "room.configured", policy: { budget: { usd: 1 } } };
const coderBudget: RoomEvent = { type: "participant.configured", name: "coder", budget: { tokens: 250 } };
const dayMs = 86_400_000;
const room = given(roomOf(["coder", "reviewer"]));

describe("a budget", () => {
  test("of the room is used up by all of its agents, and asks a person once", () => {
    const almost = room.and(roomBudget).and(spent("coder", 0.6));
    expect(maySpend(almost.room, "reviewer", nowMs)).toBe(true);
    const { scene } = almost.when(spend("reviewer", 0.4)).then(
      { type: "usage.recorded" },
      { type: "budget.exceeded", limit: "1 US dollars" },
      {
        type: "gate.opened",
        kind: "continue",
        from: "reviewer",
        why: "the room's budget of 1 US dollars is used up",
      },
    );
    for (const name of ["coder", "reviewer"]) expect(maySpend(scene.room, name, nowMs)).toBe(false);
    // A call that was under way is counted too, and opens no second gate.
    scene.when(spend("coder", 0.3)).then({ type: "usage.recorded" });
  });

  test("of an agent stops that agent alone", () => {
    const { scene } = room
      .and(coderBudget)
      .and(spent("coder", 0))
      .and(spent("coder", 0))
      .when(spend("coder", 0))
      .then(
        { type: "usage.recorded" },
        { type: "budget.exceeded", agent: "coder", limit: "250 tokens" },
        { type: "gate.opened", kind: "continue", why: "the budget of coder of 250 tokens is used up" },
      );
    expect(maySpend(scene.room, "coder", nowMs)).toBe(false);
    expect(maySpend(scene.room, "reviewer", nowMs)).toBe(true);
  });

  test("is reset by `continue`; no turn starts before that", () => {
    const { scene } = room
      .and(roomBudget)
      .when(spend("coder", 1.2))
      .then({ type: "usage.recorded" }, { type: "budget.exceeded" }, { type: "gate.opened" });
    expect(mayStart(scene.room)).toBe(false);
    const [gateId = ""] = scene.room.gates.keys();
    expect(maySpend(scene.when(resolve("mia", gateId, "stop")).room, "coder", nowMs)).toBe(false);
    const { scene: on } = scene.when(resolve("mia", gateId, "continue"));
    expect(mayStart(on.room)).toBe(true);
    expect(maySpend(on.room, "coder", nowMs)).toBe(true);
    expect(maySpend(on.and(spent("coder", 1)).room, "coder", nowMs)).toBe(false);
    const raised: RoomEvent = { type: "room.configured", policy: { budget: { usd: 3 } } };
    expect(maySpend(on.and(spent("coder", 1)).and(raised).room, "coder", nowMs)).toBe(true);
  });

  test("warns the room once, at the share that was set", () => {
    const { scene } = room.and(roomBudget).when(spend("coder", 0.79)).then({ type: "usage.recorded" });
    const text = "The room's budget of 1 US dollars has less than 20 % left. Agents are halted when it is used up.";
    const { scene: warned } = scene
      .when(spend("reviewer", 0.02))
      .then({ type: "usage.recorded" }, { type: "notice.posted", text, severity: "warning", about: "reviewer" });
    warned.when(spend("coder", 0.1)).then({ type: "usage.recorded" });
    const early: RoomEvent = { type: "participant.configured", name: "coder", budget: { tokens: 1_000, warnAt: 0.1 } };
    room
      .and(early)
      .when(spend("coder", 5))
      .then(
        { type: "usage.recorded" },
        { type: "notice.posted", text: expect.stringMatching(/coder of 1000 .* 90 %/) },
      );
  });

  test("a day counts what was used since midnight in UTC", () => {
    const perDay: RoomEvent = { type: "room.configured", policy: { budget: { usdPerDay: 1, usdPerMonth: 1.5 } } };
    const { scene } = room
      .and(perDay)
      .when(spend("coder", 1))
      .then(
        { type: "usage.recorded" },
        { type: "budget.exceeded", limit: "1 US dollars a day" },
        { type: "gate.opened", kind: "continue", why: "the room's budget of 1 US dollars a day is used up" },
      );
    expect(maySpend(scene.room, "coder", nowMs)).toBe(false);
    const tomorrow = scene.at(nowMs + dayMs);
    expect(maySpend(tomorrow.room, "coder", nowMs + dayMs)).toBe(true);
    const { scene: over } = tomorrow
      .when(spend("coder", 0.6))
      .then({ type: "usage.recorded" }, { type: "budget.exceeded", limit: "1.5 US dollars a month" });
    expect(maySpend(over.room, "coder", nowMs + dayMs)).toBe(false);
    expect(maySpend(over.room, "coder", nowMs + 31 * dayMs)).toBe(true);
  });

  test("a day is granted again by who says continue", () => {
    const perDay: RoomEvent = { type: "participant.configured", name: "coder", budget: { usdPerDay: 1 } };
    const { scene: halted } = room
      .and(perDay)
      .when(spend("coder", 1.3))
      .then({ type: "usage.recorded" }, { type: "budget.exceeded" }, { type: "gate.opened" });
    const [gateId = ""] = halted.room.gates.keys();
    const { scene: on } = halted.when(resolve("mia", gateId, "continue"));
    expect(maySpend(on.room, "coder", nowMs)).toBe(true);
    expect(budgetsLeft(on.room, "coder", nowMs)).toEqual([{ account: expect.stringContaining("coder"), usd: 1 }]);
    expect(maySpend(on.and(spent("coder", 1.1)).room, "coder", nowMs)).toBe(false);
  });

  test("tells each limit that is reached, once", () => {
    const both: RoomEvent = { type: "room.configured", policy: { budget: { usd: 2, usdPerDay: 1 } } };
    const { scene } = room
      .and(both)
      .when(spend("coder", 1.1))
      .then(
        { type: "usage.recorded" },
        { type: "budget.exceeded", limit: "1 US dollars a day" },
        { type: "gate.opened" },
      );
    scene.when(spend("coder", 1)).then({ type: "usage.recorded" }, { type: "budget.exceeded", limit: "2 US dollars" });
  });

  test("asks once when a second budget ends while the first is asked about", () => {
    const { scene } = room
      .and(roomBudget)
      .and(coderBudget)
      .when(spend("coder", 0.2))
      .then({ type: "usage.recorded" })
      .scene.and(spent("coder", 0))
      .when(spend("coder", 0.2))
      .then({ type: "usage.recorded" }, { type: "budget.exceeded", agent: "coder" }, { type: "gate.opened" });
    const { scene: both } = scene
      .when(spend("reviewer", 0.7))
      .then({ type: "usage.recorded" }, { type: "budget.exceeded", limit: "1 US dollars" });
    expect(both.room.gates.size).toBe(1);
    const [gateId = ""] = both.room.gates.keys();
    expect(mayStart(both.when(resolve("mia", gateId, "continue")).room)).toBe(true);
  });

  test("asks once when two budgets end with one call, and one answer grants both", () => {
    const { scene } = room
      .and({ type: "room.configured", policy: { budget: { usd: 1, tokens: 100 } } })
      .and({ type: "participant.configured", name: "coder", budget: { tokens: 100 } })
      .when(spend("coder", 1))
      .then(
        { type: "usage.recorded" },
        { type: "budget.exceeded", limit: "1 US dollars" },
        { type: "budget.exceeded", limit: "100 tokens" },
        { type: "budget.exceeded", agent: "coder", limit: "100 tokens" },
        { type: "gate.opened", kind: "continue" },
      );
    const [gateId = ""] = scene.room.gates.keys();
    const { room: on } = scene.when(resolve("mia", gateId, "continue"));
    expect(on.gates.size).toBe(0);
    expect(maySpend(on, "coder", nowMs)).toBe(true);
  });

  test.each<[string, RoomEvent]>([
    ["an agent", { type: "participant.configured", name: "coder", budget: { tokens: 250 } }],
    ["the room", { type: "room.configured", policy: { budget: { tokens: 250 } } }],
  ])("of tokens, of %s, is granted once more by who says continue", (_whose, configured) => {
    const { scene } = room.and(configured).and(spent("coder", 0)).and(spent("coder", 0)).when(spend("coder", 0));
    const [gateId = ""] = scene.room.gates.keys();
    const { scene: on } = scene.when(resolve("mia", gateId, "continue"));
    expect(maySpend(on.room, "coder", nowMs)).toBe(true);
    expect(budgetsLeft(on.room, "coder", nowMs)).toEqual([{ account: expect.any(String), tokens: 250 }]);
    const twice = on.and(spent("coder", 0)).and(spent("coder", 0));
    expect(maySpend(twice.room, "coder", nowMs)).toBe(true);
    expect(maySpend(twice.and(spent("coder", 0)).room, "coder", nowMs)).toBe(false);
  });
});
