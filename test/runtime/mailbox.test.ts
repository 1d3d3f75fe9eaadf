import { expect, test } from "vitest";
import type { Room } from "../../src/core/room.js";
import { createMailbox } from "../../src/runtime/mailbox.js";
import type { RoomService } from "../../src/runtime/room-service.js";
import type { AgentRunner } from "../../src/runtime/runner.js";
import { given } from "../support/given.js";
import { posted, roomOf } from "../support/room-builder.js";
import { sha256 } from "../support/sha256.js";

test("a run that asked the log stops a turn that another run began meanwhile and the log ended, and begins none over it", async () => {
  const quiet = given(roomOf(["coder"]));
  let room: Room = quiet.room;
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const done: string[] = [];
  const rooms = {
    async peek<T>(_roomId: string, look: (room: Room) => T, { fresh = false } = {}): Promise<T> {
      if (fresh) await answered;
      return look(room);
    },
    async submit() {
      done.push("submit");
      throw new Error("nothing is to be submitted");
    },
  } as unknown as RoomService;
  let runner: AgentRunner | undefined;
  const mailbox = createMailbox({
    rooms,
    runnerOf: () => runner as AgentRunner,
    knownRunner: () => runner,
    forget: async () => void done.push("forget"),
    wakeAt: () => {},
    newTurnId: () => "t2",
    sha256,
    node: "n1",
    boot: "b1",
    onlyNode: false,
  });

  const running = mailbox("agent+scripted/r1/coder");
  // Another run began a turn, which a person then took away from here: its message waits again.
  runner = { turnId: "t1", stop: () => void done.push("stop") } as unknown as AgentRunner;
  room = quiet.and(posted("mia", ["coder"], "work")).room;
  answer();
  await running;
  expect(done).toEqual(["stop"]);
});
