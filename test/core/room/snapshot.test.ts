import { describe, expect, test } from "vitest";
import { emptyRoom } from "../../../src/core/room/room.js";
import { fromSnapshot, snapshotSchema, toSnapshot } from "../../../src/core/room/snapshot.js";
import { given, nowMs, type Scene } from "../../support/given.js";
import { agent, asked, bounced, held, invited, posted, roomOf, turnStarted } from "../../support/room-builder.js";
import { lose, post, resolve, say, start } from "../../support/room-commands.js";

/** As a store gives it back. */
const stored = ({ room }: Scene) => JSON.parse(JSON.stringify(toSnapshot(room))) as ReturnType<typeof toSnapshot>;
const restored = (scene: Scene) => fromSnapshot("r1", stored(scene).state);

const busy = given(roomOf(["coder", "reviewer"]), invited("i1"))
  .and({ type: "mirror.bound", mirrorId: "m1", platform: "slack", channel: "c" })
  .and(posted("tom", [], "heard", { origin: "m1", writtenAtMs: nowMs }))
  .and(posted("mia", "room", "work", { key: { hash: "h", fingerprint: "f" }, expiresAtMs: nowMs + 5 }))
  .and(turnStarted("coder", ["work"]), asked("coder", "r1", { turnId: "t1" }))
  .and(held("reviewer", "secret"), bounced("reviewer", "b1"));

describe("a snapshot", () => {
  test.each<[string, Scene]>([
    ["empty", given()],
    ["new", given(roomOf())],
    ["busy", busy],
    ["between two attempts", busy.when(say("coder", "@mia hi"), lose("coder")).scene],
    ["in the second attempt", busy.when(say("coder", "@mia hi"), lose("coder"), start("coder", "t2")).scene],
    ["after a decision", busy.when(resolve("ann", "g-secret", "approve")).scene],
    ["with somebody gone", busy.and({ type: "participant.left", name: "tom" })],
    ["with an agent of its own kind", busy.and(agent("zed", { gate: { to: ["mia"] }, model: "m", opening: true }))],
  ])("of a room that is %s brings back the same room", (_, scene) => {
    expect(restored(scene)).toEqual(scene.room);
  });

  test("restores an independent room: it shares nothing with another one made of the same text", () => {
    const [one, other] = [restored(busy), restored(busy)];
    const coder = one.participants.get("coder");
    if (coder?.kind === "agent") coder.waiting.push(99);
    one.usage.usd += 1;
    one.waiting.clear();
    expect(other).toEqual(busy.room);
  });

  test("has the sweep's fields in its header", () => {
    const quiet = given(roomOf(["coder"]));
    expect(toSnapshot(quiet.room)).toMatchObject({ schema: snapshotSchema, version: 1, commitId: "c1", open: false });
    expect(toSnapshot(quiet.room)).not.toHaveProperty("dueAtMs");
    const waiting = quiet.when(post("mia", "hi", { ttlSeconds: 5 })).room;
    expect(toSnapshot(waiting)).toMatchObject({ version: 2, open: true, dueAtMs: nowMs + 5_000 });
    const noted = quiet.when(post("mia", "hi", { class: "notify" })).room;
    expect(toSnapshot(noted)).toMatchObject({ open: false });
    expect(toSnapshot(quiet.and(held("coder", "x", { expiresAtMs: 7 })).room)).toMatchObject({
      open: true,
      dueAtMs: 7,
    });
  });

  test("of an older shape gets missing fields from an empty room", () => {
    const { voided: _, ...older } = stored(busy).state as Record<string, unknown>;
    expect(fromSnapshot("r1", older).voided).toEqual(emptyRoom("r1").voided);
  });
});
