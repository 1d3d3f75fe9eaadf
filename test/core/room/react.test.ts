import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mayStart } from "../../../src/core/room/decide/turns.js";
import type { RoomEvent } from "../../../src/core/room/event.js";
import { agentReader, agentsToWake, outboundReader, timerDueAtMs, timerReader } from "../../../src/core/room/react.js";
import { hasReasonToStart, nextDueAtMs, presentAgents, type Room } from "../../../src/core/room/room.js";
import { given } from "../../support/given.js";
import {
  agent,
  asked,
  bounced,
  continueGate,
  held,
  posted,
  roomOf,
  turnEnded,
  turnStarted,
} from "../../support/room-builder.js";
import { newStory, perform, play, steps } from "../../support/room-story.js";

const room = given(roomOf(["coder", "reviewer"]));
const woken = (events: RoomEvent[], before = room) => [...agentsToWake(before.and(...events).room, events)].sort();

test("an agent that runs outside Parley is woken by nothing", () => {
  const outside = given([...roomOf(["coder"]), agent("pia", { runtime: "external" })]);
  expect(woken([posted("mia", "room", "x")], outside)).toEqual(["coder"]);
  expect(woken([{ type: "room.resumed" }], outside)).toEqual(["coder"]);
});

describe("after these events agents have something to do", () => {
  const both = ["coder", "reviewer"];
  test.each<[string, RoomEvent[], string[]]>([
    ["a message to the room", [posted("mia", "room", "x")], both],
    ["a message of an agent", [posted("coder", "room", "x")], ["reviewer"]],
    ["a message to one and to people", [posted("mia", ["coder", "tom"], "x")], ["coder"]],
    ["a note", [posted("mia", "room", "x", { class: "notify" })], []],
    ["a message that interrupts", [posted("mia", ["coder"], "x", { class: "interrupt" })], ["coder"]],
    ["a bounce", [bounced("coder", "b")], ["coder"]],
    ["a second bounce in a row", [bounced("coder", "b", { wakes: false })], []],
    ["a turn that ended", [turnEnded("coder")], ["coder"]],
    [
      "a message that expired",
      [{ type: "message.expired", messageId: "x", recipients: ["coder"], reason: "ttl" }],
      ["coder"],
    ],
    ["an agent that joined", [agent("zed")], ["zed"]],
    ["an agent that left", [{ type: "participant.left", name: "coder" }], ["coder"]],
    ["a person who left", [{ type: "participant.left", name: "tom" }], []],
    ["a room that goes on", [{ type: "room.resumed" }], both],
    ["a room that is closed", [{ type: "room.closed" }], both],
    ["a room that is paused", [{ type: "room.paused" }], []],
    ["a message that is held", [held("coder", "x")], []],
    ["a notice", [{ type: "notice.posted", text: "x", severity: "info" }], []],
  ])("%s: %o wakes %o", (_, events, names) => {
    expect(woken(events)).toEqual(names);
  });

  test("an answer wakes who waits for it, the end of a halt everybody", () => {
    const asking = room
      .and(posted("mia", ["coder"], "x"))
      .and(turnStarted("coder", ["x"]), asked("coder", "r1", { turnId: "t1" }));
    expect(
      woken([{ type: "gate.resolved", gateId: "a-r1", kind: "tool", outcome: "allowed", by: "ann" }], asking),
    ).toEqual(["coder"]);
    const halted = room.and(continueGate("coder"));
    expect(
      woken(
        [{ type: "gate.resolved", gateId: "continue-1", kind: "continue", outcome: "continued", by: "ann" }],
        halted,
      ),
    ).toEqual(both);
  });

  test("events of a later version wake no agent", () => {
    expect([...agentsToWake(room.room, [undefined])]).toEqual([]);
  });
});

/** Agents whose mailbox would do something if it looked now. */
function withWork(room: Room): Set<string> {
  const names = presentAgents(room).flatMap((agent) => {
    const answered = agent.turn?.asks.filter(({ resolved }) => resolved).length ?? 0;
    const steers = agent.turn && agent.waiting.some((seq) => room.waiting.get(seq)?.class === "interrupt");
    const starts = !agent.turn && mayStart(room) && hasReasonToStart(room, agent);
    return [
      ...(starts ? [`${agent.name} starts`] : []),
      ...(steers ? [`${agent.name} is steered`] : []),
      ...(answered > 0 ? [`${agent.name} has ${answered} answers`] : []),
    ];
  });
  return new Set(names);
}

test("every commit wakes each reader that gets work from it: no story waits for the sweep", {
  timeout: 180_000,
}, () => {
  let work = 0;
  fc.assert(
    fc.property(steps(150), (played) => {
      let before = new Set<string>();
      const story = newStory();
      before = withWork(story.room);
      story.onStep = ({ commit }) => {
        if (!commit) return;
        const after = withWork(story.room);
        const names = agentsToWake(story.room, commit.events);
        for (const found of after) {
          if (before.has(found)) continue;
          work += 1;
          expect([...names], `${found} after ${commit.events.map(({ type }) => type)}`).toContain(found.split(" ")[0]);
        }
        before = after;
      };
      play(story, played);
    }),
    { numRuns: 150 },
  );
  expect(work).toBeGreaterThan(500);
});

describe("a room's timer", () => {
  test("is due when the first gate or message expires", () => {
    expect(timerDueAtMs(room.room)).toBeUndefined();
    const due = room.and(posted("mia", "room", "x", { expiresAtMs: 20 }), held("coder", "y", { expiresAtMs: 10 }));
    expect(timerDueAtMs(due.room)).toBe(10);
    expect(
      timerDueAtMs(
        due.and({ type: "gate.resolved", gateId: "g-y", kind: "message", outcome: "dropped", by: "ann" }).room,
      ),
    ).toBe(20);
  });

  test("has nothing to do in a closed room", () => {
    const due = room.and(posted("mia", "room", "x", { expiresAtMs: 20 }), { type: "room.closed" });
    expect(nextDueAtMs(due.room)).toBe(20);
    expect(timerDueAtMs(due.room)).toBeUndefined();
  });

  test("finds nothing due after a tick, so that it never runs in a circle", () => {
    fc.assert(
      fc.property(steps(120), (played) => {
        const story = play(newStory(), played);
        story.nowMs += 100_000;
        perform(story, { type: "room.tick" });
        expect(timerDueAtMs(story.room) ?? Number.POSITIVE_INFINITY).toBeGreaterThan(story.nowMs);
      }),
    );
  });
});

test("readers are named after their pool, room and agent", () => {
  expect([
    agentReader("r1", "coder"),
    outboundReader({ mirrorId: "m1", platform: "slack" }),
    timerReader("r1"),
  ]).toEqual(["agent/r1/coder", "mirror+slack/m1", "timer/r1"]);
});
