import { describe, expect, test } from "vitest";
import { maySpend } from "../../../../src/core/room/budget.js";
import { mayStart } from "../../../../src/core/room/decide/turns.js";
import type { RoomEvent, Usage } from "../../../../src/core/room/event.js";
import { given } from "../../../support/given.js";
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
const room = given(roomOf(["coder", "reviewer"]));

describe("a budget", () => {
  test("of the room is used up by all of its agents, and asks a person once", () => {
    const almost = room.and(roomBudget).and(spent("coder", 0.6));
    expect(maySpend(almost.room, "reviewer")).toBe(true);
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
    for (const name of ["coder", "reviewer"]) expect(maySpend(scene.room, name)).toBe(false);
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
    expect(maySpend(scene.room, "coder")).toBe(false);
    expect(maySpend(scene.room, "reviewer")).toBe(true);
  });

  test("is reset by `continue`; no turn starts before that", () => {
    const { scene } = room
      .and(roomBudget)
      .when(spend("coder", 1.2))
      .then({ type: "usage.recorded" }, { type: "budget.exceeded" }, { type: "gate.opened" });
    expect(mayStart(scene.room)).toBe(false);
    const [gateId = ""] = scene.room.gates.keys();
    expect(maySpend(scene.when(resolve("mia", gateId, "stop")).room, "coder")).toBe(false);
    const { scene: on } = scene.when(resolve("mia", gateId, "continue"));
    expect(mayStart(on.room)).toBe(true);
    expect(maySpend(on.room, "coder")).toBe(true);
    expect(maySpend(on.and(spent("coder", 1)).room, "coder")).toBe(false);
    const raised: RoomEvent = { type: "room.configured", policy: { budget: { usd: 3 } } };
    expect(maySpend(on.and(spent("coder", 1)).and(raised).room, "coder")).toBe(true);
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
});
