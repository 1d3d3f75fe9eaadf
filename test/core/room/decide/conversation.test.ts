import { describe, expect, test } from "vitest";
import { presentAgent, type Room } from "../../../../src/core/room/room.js";
import { fromSnapshot, toSnapshot } from "../../../../src/core/room/snapshot.js";
import { participantViews } from "../../../../src/core/room/view.js";
import { given, type Scene } from "../../../support/given.js";
import { posted, roomOf, turnStarted } from "../../../support/room-builder.js";
import { by, end } from "../../../support/room-commands.js";

const room = given(roomOf(["coder", "reviewer"]));
const fresh = (name: string, agent = "coder") => ({ type: "agent.fresh", by: by(name), name: agent }) as const;
const coder = (room: Room) => presentAgent(room, "coder");
const viewed = (room: Room) => participantViews(room, () => true).find(({ name }) => name === "coder");

/** Coder takes a message and its turn ends so. */
function turn(scene: Scene, id: string, how: Parameters<typeof end>[1]) {
  return scene
    .and(posted("mia", ["coder"], id), turnStarted("coder", [id], { turnId: id }))
    .when(end("coder", { turnId: id, ...how }));
}
const refused = (reason: string) => ({ outcome: "failed", error: "400", refused: reason }) as const;

describe("a conversation that its provider refuses", () => {
  test("is named as broken at the second refusal in a row for the same reason, once", () => {
    const first = turn(room, "a", refused("image too large"));
    first.then({ type: "turn.ended", refused: "image too large" });
    expect(viewed(first.room)).not.toHaveProperty("broken");
    const second = turn(first.scene, "b", refused("image too large"));
    second.then({ type: "turn.ended" }, { type: "notice.posted", about: "coder", severity: "warning" });
    expect(viewed(second.room)).toMatchObject({ broken: true, note: expect.stringContaining("agent fresh") });
    turn(second.scene, "c", refused("image too large")).then({ type: "turn.ended" });
  });

  test.each([
    ["another reason", (scene: Scene) => turn(scene, "b", refused("prompt is too long")).scene],
    ["a turn that came to its end", (scene: Scene) => turn(scene, "b", { outcome: "done" }).scene],
    ["a new conversation", (scene: Scene) => scene.when(fresh("mia")).scene],
  ])("counts from the start after %s", (_, between) => {
    const again = turn(between(turn(room, "a", refused("image too large")).scene), "c", refused("image too large"));
    expect(viewed(again.room)).not.toHaveProperty("broken");
  });

  test("is still counted after a failure that has to do with something else", () => {
    const limited = turn(turn(room, "a", refused("x")).scene, "b", { outcome: "failed", error: "429" });
    expect(viewed(turn(limited.scene, "c", refused("x")).room)).toHaveProperty("broken");
  });

  test("is bounded in what it remembers of the reason", () => {
    const long = turn(room, "a", refused("x".repeat(5_000)));
    expect(coder(long.room)?.refused?.reason).toHaveLength(80);
    const stored = JSON.parse(JSON.stringify(toSnapshot(long.room))) as ReturnType<typeof toSnapshot>;
    expect(fromSnapshot("r1", stored.state)).toEqual(long.room);
  });
});

describe("a new conversation", () => {
  test("is given by who may manage agents, and said in the room", () => {
    room
      .when(fresh("ann"))
      .then({ type: "conversation.begun", agent: "coder", why: "asked", by: "ann" }, { type: "notice.posted" });
    room.when(fresh("tom")).thenRejected("forbidden");
    room.when(fresh("mia", "nobody")).thenRejected("participant_not_found");
  });

  test("cuts off the turn under way, whose messages are delivered again in it", () => {
    const working = room.and(posted("mia", ["coder"], "fix"), turnStarted("coder", ["fix"]));
    const asked = working.when(fresh("mia"));
    asked.then({ type: "turn.ended", outcome: "lost" }, { type: "conversation.begun" }, { type: "notice.posted" });
    expect(coder(asked.room)?.waiting).toHaveLength(1);
  });

  test("has an id of its own only where somebody asked for it", () => {
    const asked = room.when(fresh("mia")).room;
    expect(coder(asked)).toMatchObject({ freshVersion: asked.version, isNewTo: "asked" });
    const lost = room.when({ type: "agent.conversationLost", agent: "coder" });
    lost.then({ type: "conversation.begun", why: "lost" }, { type: "notice.posted", severity: "warning" });
    expect(coder(lost.room)).toMatchObject({ isNewTo: "lost" });
    expect(coder(lost.room)).not.toHaveProperty("freshVersion");
  });

  test("is known to the agent once a turn in it came to its end", () => {
    const begun = room.when(fresh("mia")).scene;
    expect(coder(turn(begun, "a", { outcome: "failed" }).room)).toHaveProperty("isNewTo");
    expect(coder(turn(begun, "b", { outcome: "done" }).room)).not.toHaveProperty("isNewTo");
  });
});
