import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RoomCommit } from "../../../src/core/room/commit.js";
import { decide } from "../../../src/core/room/decide.js";
import type { RoomEvent } from "../../../src/core/room/event.js";
import { applyCommit, foldCommits } from "../../../src/core/room/fold.js";
import { LIMITS } from "../../../src/core/room/limits.js";
import { emptyRoom, presentAgents, type Room } from "../../../src/core/room/room.js";
import { openBytes } from "../../../src/core/room/size.js";
import { toSnapshot } from "../../../src/core/room/snapshot.js";
import { noUsage } from "../../../src/core/room/usage.js";
import { cpuMs } from "../../support/cpu-time.js";
import { filledRoom, fillers } from "../../support/fill-room.js";
import { bytesByPart, stateBytes } from "../../support/full-room.js";
import { shapes, tell } from "../../support/long-story.js";
import { by, end, post, say } from "../../support/room-commands.js";
import { sha256 } from "../../support/sha256.js";

const maxStateBytes = 256 * 1_024;
/** All of them takes a minute: `PARLEY_TEST_LONG=1`. */
const commits = process.env.PARLEY_TEST_LONG === "1" ? 100_000 : 25_000;

describe.each(Object.entries(shapes))(
  `a room of ${commits.toLocaleString("en")} commits in which %s`,
  { timeout: 180_000 },
  (_, { agents, policy, shape }) => {
    const told = tell(shape, { commits, agents, ...(policy && { policy }) });

    test("keeps less than 256 KiB", () => {
      expect(told.room.version).toBeGreaterThanOrEqual(commits);
      expect(stateBytes(told.room), JSON.stringify(bytesByPart(told.room))).toBeLessThan(maxStateBytes);
    });

    test("folds to the same room", () => {
      expect(toSnapshot(foldCommits(emptyRoom("r1"), told.log))).toEqual(toSnapshot(told.room));
    });

    test("takes four times as long to fold as a quarter of it", () => {
      const [quarter, whole] = foldMs([told.log.slice(0, commits / 4), told.log.slice(0, commits)]);
      // Sixteen times if something were looked through that grows with the log.
      expect((whole ?? 0) / (quarter ?? 0)).toBeLessThan(10);
    });
  },
);

/** The cost of folding each log, the least of several tries in turn. */
function foldMs(logs: readonly (readonly RoomCommit[])[]): number[] {
  const least = logs.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < 2; round++) {
    for (const [n, log] of logs.entries()) {
      least[n] = Math.min(
        least[n] ?? 0,
        cpuMs(() => foldCommits(emptyRoom("r1"), log)),
      );
    }
  }
  return least;
}

describe("a room filled with everything it takes, with the longest names", () => {
  const orders = fc.shuffledSubarray(Object.keys(fillers), { minLength: 4 });

  test("keeps less than 256 KiB in whatever order, and never more than is counted", { timeout: 180_000 }, () => {
    fc.assert(
      fc.property(orders, (order) => {
        const room = filledRoom(order);
        const open = { ...room, idempotencyKeys: new Map(), expired: [], failed: [], resolvedGates: new Map() };
        expect(stateBytes(room), JSON.stringify(bytesByPart(room))).toBeLessThan(maxStateBytes);
        expect(stateBytes(open), JSON.stringify(bytesByPart(room))).toBeLessThanOrEqual(openBytes(room));
      }),
      { numRuns: 3 },
    );
  });

  test("still lets work end and people decide", () => {
    const room = filledRoom(["waiting", "one", "said", "questions", "agents", "people"]);
    expect(openBytes(room)).toBeGreaterThan(0.95 * LIMITS.maxOpenBytes);
    const context = { nowMs: 0, sha256 };
    const working = presentAgents(room).filter(({ turn }) => turn);
    expect(working.length).toBeGreaterThan(0);
    for (const { name, turn } of working)
      expect(decide(room, end(name, { turnId: turn?.turnId ?? "" }), context)).toMatchObject({ kind: "accepted" });
    for (const { gateId, hash } of room.gates.values()) {
      const drop = { type: "gate.decide", by: by("mia"), gateId, action: "drop", hash, messageId: "m" } as const;
      expect(decide(room, { ...drop, opened: undefined }, context)).toMatchObject({ kind: "accepted" });
    }
    expect(decide(room, post("mia", "one more", { to: ["room"] }), context)).toMatchObject({
      kind: "rejected",
      rejection: { code: "limit_reached", detail: expect.stringContaining("try again") },
    });
  });

  test("still ends a turn that has to be told whom it missed, and counts what a call used up", () => {
    const room = filledRoom(["waiting", "one", "said", "questions", "agents"]);
    const context = { nowMs: 0, sha256 };
    const [agent] = presentAgents(room).filter(({ turn }) => turn);
    const { name, turnId } = { name: agent?.name ?? "", turnId: agent?.turn?.turnId ?? "" };
    const other = presentAgents(room).find((one) => one !== agent)?.name ?? "";
    addTo(room, { type: "message.missed", agent: name, turnId, name: other, line: `- @${other}: look` });
    addTo(room, { type: "room.configured", policy: { ...room.policy, budget: { usd: 1 } } });
    expect(openBytes(room)).toBeGreaterThan(LIMITS.maxOpenBytes - 400);
    expect(decide(room, end(name, { turnId }), context)).toMatchObject({
      kind: "accepted",
      events: expect.arrayContaining([expect.objectContaining({ type: "message.bounced", missed: [other] })]),
    });
    const usage = { ...noUsage, usd: 2 };
    expect(decide(room, { type: "turn.usage", agent: name, usage }, context)).toMatchObject({
      kind: "accepted",
      events: expect.arrayContaining([expect.objectContaining({ type: "gate.opened", kind: "continue" })]),
    });
  });

  test("still lets a turn go on that sends nothing", () => {
    const room = filledRoom(["waiting", "one", "questions", "agents"]);
    const [agent, other] = presentAgents(room);
    const { name, turnId } = { name: agent?.name ?? "", turnId: "fresh" };
    const turn = { agent: name, turnId, messages: [], node: "n", boot: "b", attempt: 1 };
    addTo(room, { type: "turn.started", ...turn });
    expect(openBytes(room)).toBeGreaterThan(LIMITS.maxOpenBytes - 400);
    const listed = say(name, `- @${other?.name}: look`, { turnId, outputId: "o" });
    expect(decide(room, listed, { nowMs: 0, sha256 })).toEqual({ kind: "accepted", events: [] });
  });
});

function addTo(room: Room, event: RoomEvent): void {
  const commit: RoomCommit = {
    id: `c${room.version + 1}`,
    version: room.version + 1,
    parent: room.commitId,
    at: 0,
    by: "parley",
    events: [event],
  };
  applyCommit(room, commit, commit.events);
}
