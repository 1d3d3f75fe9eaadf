import { expect, test } from "vitest";
import type { Room } from "../../../src/core/room/room.js";
import { createMailbox } from "../../../src/runtime/agents/mailbox.js";
import type { AgentRunner } from "../../../src/runtime/agents/runner.js";
import { homePool } from "../../../src/runtime/rooms/placement.js";
import type { RoomService } from "../../../src/runtime/rooms/service.js";
import { deferred } from "../../support/deferred.js";
import { given } from "../../support/given.js";
import { asked, posted, roomOf, turnStarted } from "../../support/room-builder.js";
import { sha256 } from "../../support/sha256.js";

const allowed = { type: "gate.resolved", gateId: "a-r1", kind: "tool", outcome: "allowed", by: "mia" } as const;

test("a run that asked the log stops a turn that another run began meanwhile and the log ended, and begins none over it", async () => {
  const quiet = given(roomOf(["coder"]));
  let room: Room = quiet.room;
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const { mailbox, done, beginTurn } = inFleet({
    async peek<T>(_roomId: string, look: (room: Room) => T, { fresh = false } = {}): Promise<T> {
      if (fresh) await answered;
      return look(room);
    },
  });

  const running = mailbox("agent+scripted/r1/coder");
  // Another run began a turn, which then ended in the log while its agent is at it.
  beginTurn();
  const ended = { turnId: "t1", agent: "coder", outcome: "cancelled" } as const;
  room = quiet
    .and(posted("mia", ["coder"], "first"))
    .and(turnStarted("coder", ["first"]))
    .and({ type: "turn.ended", ...ended }, posted("mia", ["coder"], "work")).room;
  answer();
  await running;
  expect(done).toEqual(["stop"]);
});

test("a turn whose start is not answered yet is not lost when news brings it first, and runs once it is answered", async () => {
  const quiet = given(roomOf(["coder"])).and(posted("mia", ["coder"], "work"));
  let room: Room = quiet.room;
  const started = { kind: "accepted", version: 9, events: [] };
  const [isAsked, answered] = [deferred(), deferred()];
  const executed: unknown[] = [];
  const { mailbox, done } = inFleet({
    peek: async <T>(_roomId: string, look: (room: Room) => T) => look(room),
    submit: async () => {
      isAsked.resolve();
      await answered.promise;
      return { decision: started, durable: Promise.resolve(started) };
    },
    execute: async (_roomId: string, command: unknown) => void executed.push(command),
  } as never);
  const starting = mailbox("agent+scripted/r1/coder");
  await isAsked.promise;
  room = quiet.and(turnStarted("coder", ["work"], { turnId: "t2" })).room;
  await mailbox(`${homePool("n1")}/r1/coder`);
  expect(executed).toEqual([]);
  answered.resolve();
  await starting;
  expect(done).toEqual(["start t2"]);
});

test("an agent that was moved away and has come back begins in a session that knows nothing of its earlier stay", async () => {
  const moved = given(roomOf(["coder"]))
    .and(posted("mia", ["coder"], "work"))
    .and(turnStarted("coder", ["work"]))
    .and(
      { type: "turn.ended", turnId: "t1", agent: "coder", outcome: "lost", lostBy: "router" },
      { type: "participant.configured", name: "coder", leavesHome: "n1" },
    );
  const { mailbox, done, beginTurn } = inFleet({
    peek: async <T>(_roomId: string, look: (room: Room) => T) => look(moved.room),
  });
  beginTurn();
  await mailbox("agent+scripted/r1/coder");
  expect(done).toEqual(["forget", "submit"]);
});

test("an answer reaches the agent only once its decision is durable", async () => {
  const { room } = given(roomOf(["coder"]))
    .and(posted("mia", ["coder"], "work"))
    .and(turnStarted("coder", ["work"]))
    .and(asked("coder", "r1", { turnId: "t1" }))
    .and(allowed);
  const stored = deferred();
  const { mailbox, done, beginTurn } = inFleet({
    peek: async <T>(_roomId: string, look: (room: Room) => T) => look(room),
    durable: () => stored.promise,
    eventsAt: async () => [allowed],
  });
  beginTurn();
  const running = mailbox(`${homePool("n1")}/r1/coder`);
  await new Promise((resolve) => setImmediate(resolve));
  expect(done).toEqual([]);
  stored.resolve();
  await running;
  expect(done).toEqual(["answer r1"]);
});

/** The mailbox of one process of several, and its calls; unless `rooms` has a `submit` of its own, every start is a duplicate, so no turn begins. */
function inFleet(rooms: Pick<RoomService, "peek"> & Partial<RoomService>) {
  const done: string[] = [];
  let runner: AgentRunner | undefined;
  const mailbox = createMailbox({
    rooms: {
      async submit() {
        done.push("submit");
        const duplicate = { kind: "duplicate", version: 1 };
        return { decision: duplicate, durable: Promise.resolve(duplicate) };
      },
      ...rooms,
    } as unknown as RoomService,
    runnerOf: () => {
      runner ??= idleRunner();
      return runner;
    },
    knownRunner: () => runner,
    resumeOutage: () => {},
    removeAgent: async () => {
      done.push("forget");
      runner = undefined;
    },
    wakeAt: () => {},
    newTurnId: () => "t2",
    sha256,
    begunTools: async () => [],
    canTakeOver: () => false,
    isSpendingHeld: async () => false,
    node: "n1",
    instance: "b1",
    onlyNode: false,
  });
  const idleRunner = () =>
    ({
      turnId: undefined,
      startTurn: ({ turnId }: { turnId: string }) => void done.push(`start ${turnId}`),
      restartSession: () => {},
    }) as unknown as AgentRunner;
  const beginTurn = () => {
    runner = {
      turnId: "t1",
      stop: () => void done.push("stop"),
      answer: (requestId: string) => void done.push(`answer ${requestId}`),
    } as unknown as AgentRunner;
  };
  return { mailbox, done, beginTurn };
}
