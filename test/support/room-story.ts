import fc from "fast-check";
import type { Command } from "../../src/core/room/command.js";
import type { RoomCommit } from "../../src/core/room/commit.js";
import type { Decision } from "../../src/core/room/decide/decision.js";
import { decide } from "../../src/core/room/decide.js";
import { applyCommit } from "../../src/core/room/fold.js";
import { emptyRoom, type Room } from "../../src/core/room/room.js";
import { sha256 } from "./sha256.js";
import { commandOf, type Step } from "./story-commands.js";

const pickNumber = fc.nat({ max: 9_999 });
/** Without fast-check's preference for small numbers and short lists, which would make most stories the same. */
export const steps = (maxLength: number): fc.Arbitrary<Step[]> =>
  fc.noBias(
    fc.array(
      fc.record({
        kind: pickNumber,
        a: pickNumber,
        b: pickNumber,
        c: pickNumber,
        waitMs: fc.constantFrom(0, 1, 1_000, 70_000),
      }),
      { maxLength, size: "max" },
    ),
  );

/** The history: the commits that count, and every decision. */
export interface Story {
  room: Room;
  log: RoomCommit[];
  nowMs: number;
  /** Told after every step; `commit` is absent when nothing was written. */
  onStep: (step: { command: Command; decision: Decision; commit: RoomCommit | undefined }) => void;
}

/** A room with two agents and one person of each role, made by `decide` like everything after it. */
export function newStory(onStep: Story["onStep"] = () => {}): Story {
  const story: Story = { room: emptyRoom("r1"), log: [], nowMs: 1_000_000, onStep };
  const invite = (inviteId: string, role: "member" | "viewer" | "approver") => ({
    inviteId,
    hash: sha256(inviteId),
    role,
    expiresAtMs: story.nowMs + 600_000,
    maxUses: 3,
  });
  const agent = (name: string) => ({ name, role: "coder", runtime: "scripted" });
  perform(story, {
    type: "room.create",
    by: { kind: "admin" },
    name: "Story",
    repo: "https://github.com/acme/widgets",
    owner: "mia",
    agents: [{ ...agent("coder"), script: [{ on: "start" as const, reply: "@room hi" }] }, agent("reviewer")],
    policy: {
      gateReminder: { afterS: 60, times: 2 },
      gateExpiry: { afterS: 120, then: "drop" },
      loopGuard: { maxHops: 4, maxMessages: 4 },
    },
    invites: [invite("i-approver", "approver"), invite("i-member", "member"), invite("i-viewer", "viewer")],
  });
  for (const [role, name] of [
    ["approver", "ann"],
    ["member", "tom"],
    ["viewer", "vic"],
  ] as const)
    perform(story, { type: "person.join", inviteHash: sha256(`i-${role}`), name });
  return story;
}

/** Decides, and writes accepted events, as the room service does. */
export function perform(story: Story, command: Command): Decision {
  const { room, log, nowMs } = story;
  const decision = decide(room, command, { nowMs, sha256 });
  let commit: RoomCommit | undefined;
  if (decision.kind === "accepted" && decision.events.length > 0) {
    const { version, commitId: parent } = room;
    // As it comes back from a store: nothing of the log is shared with a room.
    const events = structuredClone(decision.events);
    commit = { id: `c${version + 1}-${log.length}`, version: version + 1, parent, at: nowMs, by: "x", events };
    if (applyCommit(room, structuredClone(commit), structuredClone(events)) !== "next")
      throw new Error("own commit is void");
    log.push(commit);
  }
  story.onStep({ command, decision, commit });
  return decision;
}

export function play(story: Story, steps: readonly Step[]): Story {
  for (const step of steps) {
    story.nowMs += step.waitMs;
    perform(story, commandOf(story, step));
  }
  return story;
}
