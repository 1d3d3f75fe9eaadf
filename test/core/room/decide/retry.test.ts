import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../../src/core/room/limits.js";
import { fromSnapshot, toSnapshot } from "../../../../src/core/room/snapshot.js";
import { deliveryOf } from "../../../../src/core/room/view.js";
import { given, type Scene } from "../../../support/given.js";
import { bounced, posted, roomOf, turnEnded, turnStarted } from "../../../support/room-builder.js";
import { admin, by, end, start } from "../../../support/room-commands.js";

const room = given(roomOf(["coder", "reviewer"]));
const working = room.and(posted("mia", ["coder"], "fix", { hop: 0 })).and(turnStarted("coder", ["fix"]));
const failed = working.when(end("coder", { outcome: "failed", error: "529" })).scene;
const retry = (name: string, fields: { messageId?: string; agent?: string } = {}) =>
  ({ type: "message.retry", by: by(name), ...fields }) as const;
const receipts = ({ room }: Scene) => deliveryOf(room, { from: "mia", to: ["coder"], version: 2, index: 0 });

describe("a message whose turn failed", () => {
  test("is delivered again for a member, with the attempt named", () => {
    const again = failed.when(retry("tom", { messageId: "fix" }));
    again.then({ type: "message.retried", messageId: "fix", agents: ["coder"], by: "tom", attempt: 2 });
    expect(receipts(failed)).toEqual({ coder: "failed" });
    expect(receipts(again.scene)).toEqual({ coder: "queued" });
    const started = again.scene.when(start("coder", "t2"));
    started.then({ type: "turn.started", messages: ["fix"] });
    expect(receipts(started.scene)).toEqual({ coder: "delivered" });
    expect(receipts(started.scene.when(end("coder", { turnId: "t2" })).scene)).toEqual({ coder: "acknowledged" });
  });

  test("counts its attempts when it fails again", () => {
    const twice = failed.when(
      retry("mia"),
      start("coder", "t2"),
      end("coder", { turnId: "t2", outcome: "timed-out" }),
    ).scene;
    twice.when(retry("mia")).then({ type: "message.retried", messageId: "fix", attempt: 3 });
  });

  test("is refused to those who may not write, and a second time", () => {
    failed.when(retry("vic")).thenRejected("forbidden");
    failed.when(retry("zoe")).thenRejected("forbidden");
    failed.when(retry("mia")).scene.when(retry("tom")).thenRejected("nothing_to_retry");
    failed.when(retry("mia", { agent: "reviewer" })).thenRejected("nothing_to_retry");
    failed.when(retry("mia", { messageId: "else" })).thenRejected("nothing_to_retry");
    failed.when({ type: "message.retry", by: admin }).then({ type: "message.retried", by: "admin" });
  });

  test("stays failed in a snapshot, and can be asked for from one", () => {
    const stored = JSON.parse(JSON.stringify(toSnapshot(failed.room))) as ReturnType<typeof toSnapshot>;
    expect(fromSnapshot("r1", stored.state)).toEqual(failed.room);
    const waiting = failed.when(retry("mia")).room;
    const again = JSON.parse(JSON.stringify(toSnapshot(waiting))) as ReturnType<typeof toSnapshot>;
    expect(fromSnapshot("r1", again.state)).toEqual(waiting);
  });

  test("is not retried for an agent that left, nor for another one that has its name since", () => {
    failed.and({ type: "participant.left", name: "coder" }).when(retry("mia")).thenRejected("nothing_to_retry");
    const agent = { name: "coder", role: "coder", runtime: "scripted" };
    const another = failed
      .and({ type: "participant.left", name: "coder" })
      .when({ type: "agent.add", by: admin, agent });
    another.scene.when(retry("mia")).thenRejected("nothing_to_retry");
  });
});

describe("without a message", () => {
  test("all that the turn had taken that failed last is delivered again, in order", () => {
    const more = failed
      .and(posted("mia", "room", "one"), posted("tom", ["coder"], "two"))
      .and(turnStarted("coder", ["one", "two"], { turnId: "t2" }))
      .and(turnEnded("coder", "failed", { turnId: "t2" }));
    more
      .when(retry("mia"))
      .then(
        { type: "message.retried", messageId: "one", agents: ["coder"] },
        { type: "message.retried", messageId: "two", agents: ["coder"] },
      );
  });

  test("what Parley had told the agent is not delivered again", () => {
    const told = room
      .and(bounced("coder", "b1"))
      .and(turnStarted("coder", ["b1"]))
      .and(turnEnded("coder", "failed"));
    told.when(retry("mia")).thenRejected("nothing_to_retry");
  });

  test("a message that failed with two agents is delivered again to both", () => {
    const both = room
      .and(posted("mia", "room", "all"))
      .and(turnStarted("coder", ["all"]), turnStarted("reviewer", ["all"], { turnId: "t2" }))
      .and(turnEnded("coder", "failed"), turnEnded("reviewer", "timed-out", { turnId: "t2" }));
    const again = both.when(retry("mia"));
    again.then({ type: "message.retried", messageId: "all", agents: ["coder", "reviewer"] });
    expect(again.room.waiting.size).toBe(1);
    expect(again.room.waitingDeliveries).toBe(2);
  });
});

test("a room remembers a bounded number of failed deliveries", () => {
  let scene = room;
  for (let batch = 0; batch < 5; batch++) {
    const messages = Array.from({ length: 100 }, (_, at) => posted("mia", ["coder"], `m${batch}-${at}`));
    const ids = messages.map(({ messageId }) => messageId);
    scene = scene.and(...messages, turnStarted("coder", ids), turnEnded("coder", "failed"));
  }
  expect(scene.room.failed).toHaveLength(LIMITS.maxFailedRemembered);
  expect(scene.room.failed[0]?.messageId).toBe("m1-0");
});
