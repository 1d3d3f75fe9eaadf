import { describe, expect, test } from "vitest";
import { parseRoomCommit } from "../../../../src/core/room/commit.js";
import { applyCommit } from "../../../../src/core/room/fold.js";
import { fromSnapshot, toSnapshot } from "../../../../src/core/room/snapshot.js";
import { deliveryOf } from "../../../../src/core/room/view.js";
import { given, nowMs, type Scene } from "../../../support/given.js";
import { posted, roomOf, turnStarted } from "../../../support/room-builder.js";
import { by, end, start } from "../../../support/room-commands.js";

const room = given(roomOf(["coder", "reviewer"]));
const waits = room.and(posted("mia", "room", "typo", { expiresAtMs: nowMs + 60_000, class: "interrupt" }));
const withdraw = (name: string, body?: string) =>
  ({
    type: "message.withdraw",
    by: by(name),
    messageId: "typo",
    ...(body !== undefined && { replacement: { messageId: "better", body } }),
  }) as const;
const receipts = ({ room: seen }: Scene) => deliveryOf(seen, { from: "mia", to: "room", version: 2, index: 0 });

describe("a message that waits", () => {
  test("is taken back by its sender from every agent, and reaches none of them", () => {
    const taken = waits.when(withdraw("mia"));
    taken.then({ type: "message.withdrawn", messageId: "typo", agents: ["coder", "reviewer"], by: "mia" });
    expect(receipts(taken.scene)).toEqual({ coder: "withdrawn", reviewer: "withdrawn" });
    expect([taken.room.waiting.size, taken.room.waitingDeliveries]).toEqual([0, 0]);
    taken.scene.when(start("coder")).thenRejected("nothing_to_start");
  });

  test("is replaced in one commit, with the class and the time to live it had", () => {
    waits.when(withdraw("mia", "@coder no typo")).then(
      { type: "message.withdrawn", messageId: "typo", replacedBy: "better" },
      {
        type: "message.posted",
        messageId: "better",
        from: "mia",
        to: ["coder"],
        body: "no typo",
        class: "interrupt",
        expiresAtMs: nowMs + 60_000,
      },
    );
  });

  test("stays when its replacement cannot be posted", () => {
    waits.when(withdraw("mia", "@coder")).thenRejected("invalid");
    expect(receipts(waits)).toEqual({ coder: "queued", reviewer: "queued" });
  });

  test("cannot be taken back by anybody but its sender", () => {
    for (const name of ["tom", "ann"]) waits.when(withdraw(name)).thenRejected("forbidden");
    waits.when(withdraw("vic")).thenRejected("forbidden");
  });

  test("cannot be taken back once an agent took it, even when its turn was lost or it is retried", () => {
    const working = waits.and(turnStarted("coder", ["typo"]));
    working.when(withdraw("mia")).thenRejected("nothing_to_withdraw");
    const lost = working.when({ type: "turn.lose", agent: "coder", turnId: "t1", lostBy: "router" }).scene;
    lost.when(withdraw("mia")).thenRejected("nothing_to_withdraw");
    const done = working.when(end("coder")).scene;
    done.when(withdraw("mia")).thenRejected("nothing_to_withdraw");
    const failed = working.when(end("coder", { outcome: "failed" }), { type: "message.retry", by: by("mia") }).scene;
    failed.when(withdraw("mia")).thenRejected("nothing_to_withdraw");
  });

  test("can be taken back once, and only where there is one", () => {
    waits.when(withdraw("mia")).scene.when(withdraw("mia")).thenRejected("nothing_to_withdraw");
    room.when(withdraw("mia")).thenRejected("nothing_to_withdraw");
  });

  test("is the same in a snapshot, taken back or taken", () => {
    for (const scene of [waits.when(withdraw("mia")).scene, waits.and(turnStarted("coder", ["typo"]))]) {
      const stored = JSON.parse(JSON.stringify(toSnapshot(scene.room))) as ReturnType<typeof toSnapshot>;
      expect(fromSnapshot("r1", stored.state)).toEqual(scene.room);
    }
  });

  test("is gone after the commit as it lies in a log", () => {
    const stored =
      '{"id":"c3","version":3,"parent":"PARENT","at":1767603600000,"by":"mia","events":[{"type":"message.withdrawn","messageId":"typo","agents":["coder"],"by":"mia","laterField":1}]}';
    const read = parseRoomCommit(JSON.parse(stored.replace("PARENT", waits.room.commitId)));
    if (read.kind !== "ok") throw new Error(read.reason);
    const after = { ...waits, room: structuredClone(waits.room) };
    expect(applyCommit(after.room, read.commit, read.events)).toBe("next");
    expect(receipts(after)).toEqual({ coder: "withdrawn", reviewer: "queued" });
  });
});
