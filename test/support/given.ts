import { expect } from "vitest";
import type { Command } from "../../src/core/room/command.js";
import type { RoomCommit } from "../../src/core/room/commit.js";
import type { Decision } from "../../src/core/room/decide/decision.js";
import { decide } from "../../src/core/room/decide.js";
import type { EventOf, RoomEvent } from "../../src/core/room/event.js";
import { applyCommit } from "../../src/core/room/fold.js";
import type { RejectionCode } from "../../src/core/room/rejection.js";
import { emptyRoom, type Room } from "../../src/core/room/room.js";
import { toSnapshot } from "../../src/core/room/snapshot.js";
import { sha256 } from "./sha256.js";

/** The time of all events in these tests, unless `at` gives another. */
export const nowMs = Date.UTC(2026, 0, 5, 9);

/** A command, or one made from the room and its log at that point. */
export type When = Command | ((scene: Scene) => Command);
/** The fields of an event that matter to the test; its type always does. */
export type Expected = { type: RoomEvent["type"] } & Record<string, unknown>;

export interface Scene {
  readonly room: Room;
  readonly log: readonly RoomCommit[];
  /** The same room, later. */
  at(laterMs: number): Scene;
  /** One more commit with these events. */
  and(...events: RoomEvent[]): Scene;
  /** Decides these commands in order. All but the last must be accepted; the last is what `then…` looks at. */
  when(...commands: When[]): Outcome;
  /** The latest event that opened this gate. */
  opened(gateId: string): EventOf<"gate.opened">;
}

/** Not for returning from a test or an async function: whatever has a `then` passes for a promise there. */
export interface Outcome {
  readonly decision: Decision;
  /** The events of the last command; none if it was refused. */
  readonly events: readonly RoomEvent[];
  /** The room afterwards. */
  readonly scene: Scene;
  readonly room: Room;
  /** Exactly these events in this order, each with at least these fields. Without events: the command is accepted and changes nothing. */
  then(...expected: Expected[]): Outcome;
  thenRejected(code: RejectionCode, fields?: Record<string, unknown>): Outcome;
  thenDuplicate(of?: { version?: number; messageId?: string }): Outcome;
}

/** A room after these commits: one for each argument. Versions and parents are as a store would have them. */
export function given(...commits: (RoomEvent | RoomEvent[])[]): Scene {
  let scene = sceneOf({ room: emptyRoom("r1"), log: [], now: nowMs });
  for (const events of commits) scene = scene.and(...[events].flat());
  return scene;
}

interface SceneState {
  room: Room;
  log: readonly RoomCommit[];
  now: number;
}

function sceneOf({ room, log, now }: SceneState): Scene {
  const scene: Scene = {
    room,
    log,
    at: (laterMs) => sceneOf({ room, log, now: laterMs }),
    and: (...events) => sceneOf({ ...appended(log, { events, at: now }), now }),
    when: (...commands) => {
      let outcome = decided(scene, now, commands[0]);
      for (const command of commands.slice(1)) {
        expect(outcome.decision, `before ${describeCommand(command)}`).toMatchObject({ kind: "accepted" });
        outcome = decided(outcome.scene, now, command);
      }
      return outcome;
    },
    opened: (gateId) => {
      const events = log.flatMap((commit) => commit.events);
      const gate = events.findLast((event) => event.type === "gate.opened" && event.gateId === gateId);
      if (gate?.type !== "gate.opened") throw new Error(`the log has no gate ${gateId}`);
      return gate;
    },
  };
  return scene;
}

const describeCommand = (when: When | undefined) => (typeof when === "function" ? "a decision" : (when?.type ?? ""));

/** A log with one more commit, and the room it folds to. The fold starts from the first commit, so that scenes share nothing. */
function appended(log: readonly RoomCommit[], { events, at }: { events: RoomEvent[]; at: number }) {
  const last = log.at(-1);
  const version = (last?.version ?? 0) + 1;
  const commit: RoomCommit = { id: `c${version}`, version, parent: last?.id ?? "", at, by: "test", events };
  const longer = [...log, commit];
  return { room: folded(longer), log: longer };
}

function folded(log: readonly RoomCommit[]): Room {
  const room = emptyRoom("r1");
  for (const commit of log) {
    const own = structuredClone(commit);
    expect(applyCommit(room, own, own.events)).toBe("next");
  }
  return room;
}

function decided(scene: Scene, now: number, when: When | undefined): Outcome {
  if (when === undefined) throw new Error("when() needs a command");
  const command = typeof when === "function" ? when(scene) : when;
  const before = JSON.stringify(toSnapshot(scene.room));
  const decision = decide(scene.room, command, { nowMs: now, sha256 });
  expect(JSON.stringify(toSnapshot(scene.room)), "deciding changes nothing").toBe(before);
  const events = decision.kind === "accepted" ? decision.events : [];
  const after = events.length === 0 ? scene : scene.at(now).and(...events);
  return outcomeOf(decision, events, after);
}

function outcomeOf(decision: Decision, events: readonly RoomEvent[], scene: Scene): Outcome {
  const outcome: Outcome = {
    decision,
    events,
    scene,
    room: scene.room,
    then: (...expected) => {
      expect(decision).toMatchObject({ kind: "accepted" });
      expect(events).toMatchObject(expected);
      return outcome;
    },
    thenRejected: (code, fields = {}) => {
      expect(decision).toMatchObject({ kind: "rejected", rejection: { code, ...fields } });
      expect(decision.kind === "rejected" && decision.rejection.detail).toMatch(/\S/);
      return outcome;
    },
    thenDuplicate: (of = {}) => {
      expect(decision).toMatchObject({ kind: "duplicate", ...of });
      return outcome;
    },
  };
  return outcome;
}
