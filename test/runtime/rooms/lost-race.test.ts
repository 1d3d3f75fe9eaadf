import { expect, test } from "vitest";
import type { Commit } from "../../../src/core/room/commit.js";
import type { EventOf, RoomEvent } from "../../../src/core/room/event.js";
import { PortError } from "../../../src/ports/port-error.js";
import { deferred } from "../../support/deferred.js";
import {
  type Behaviours,
  createRouterFixture,
  fixtureRoomId,
  type RouterFixture,
} from "../../support/runtime-fixture.js";

/** Another process writes first, right before the append that `isIt` holds for. */
function writeFirst(fixture: RouterFixture, isIt: (commits: readonly Commit[]) => boolean, events: Commit["events"]) {
  const { append } = fixture.log;
  let isDone = false;
  fixture.log.append = async (stream, commits) => {
    const [first] = commits;
    if (!isDone && stream === `room/${fixtureRoomId}` && first && isIt(commits)) {
      isDone = true;
      const { version, parent, at } = first;
      await append(stream, [{ id: "another", version, parent, at, by: "other", events }]);
    }
    return append(stream, commits);
  };
  return () => isDone;
}

const hasType = (type: string) => (commits: readonly Commit[]) =>
  commits.some(({ events }) => events.some((event) => event.type === type));
const hasMessage = (messageId: string) => (commits: readonly Commit[]) =>
  commits.some(({ events }) => events.some((event) => "messageId" in event && event.messageId === messageId));

const message = (messageId: string, body: string): EventOf<"message.posted"> => ({
  type: "message.posted",
  messageId,
  from: "mia",
  to: ["coder"],
  body,
  class: "deliver",
  hop: 0,
});

const heard = async (fixture: RouterFixture) =>
  (await fixture.eventsOf("message.posted"))
    .filter(({ from }) => from === "coder")
    .map(({ body }) => body)
    .sort();

const agents = {
  coder: (input: { message: unknown }, tools: { say: (text: string) => void }) =>
    tools.say(`@mia heard ${(input.message as { body: string }).body}`),
};

/** The agent has an answer to everything, and gives none before it is released. */
function answeringLater(): { behaviours: Behaviours; answer: () => void } {
  const { promise: answered, resolve: answer } = deferred();
  const coder: Behaviours[string] = async (input, tools) => {
    await answered;
    agents.coder(input, tools);
  };
  return { behaviours: { coder }, answer };
}

test("a turn whose start lost a race takes the agent's messages; later messages are the next turn's", async () => {
  const fixture = await createRouterFixture({ agents });
  const wasWritten = writeFirst(fixture, hasType("turn.started"), [message("foreign", "two")]);
  await fixture.say("one", { to: ["coder"] });
  await fixture.pass(2_000);
  expect(wasWritten()).toBe(true);
  expect(await heard(fixture)).toEqual(["heard one", "heard two"]);
  expect((await fixture.eventsOf("turn.started")).map(({ messages }) => messages)).toEqual([["m1"], ["foreign"]]);
});

test("a message that is stored further back than planned still reaches the agent", async () => {
  const fixture = await createRouterFixture({ agents });
  const notice = { type: "notice.posted", text: "x", severity: "info" } as const;
  const wasWritten = writeFirst(fixture, hasMessage("late"), [notice]);
  const post = (messageId: string, body: string) =>
    fixture.runtime.rooms.submit(fixtureRoomId, {
      type: "message.post",
      by: { kind: "person", name: "mia" },
      messageId,
      body,
      to: ["coder"],
    });
  await (await post("early", "one")).durable;
  await post("late", "two");
  await fixture.pass(2_000);
  expect(wasWritten()).toBe(true);
  expect(await heard(fixture)).toEqual(["heard one", "heard two"]);
});

test("messages of a turn that could not be stored are delivered again, even if the agent had answered them", async () => {
  const { behaviours, answer } = answeringLater();
  const fixture = await createRouterFixture({ agents: behaviours });
  const { append } = fixture.log;
  let isAway = true;
  fixture.log.append = async (stream, commits) => {
    if (isAway && hasType("turn.started")(commits))
      throw new PortError("away", { code: "unavailable", retryable: true });
    return append(stream, commits);
  };
  await fixture.say("one", { to: ["coder"] });
  await fixture.pass(1_000);
  answer();
  await fixture.pass(1_000);
  isAway = false;
  await fixture.pass(10_000);
  expect(await heard(fixture)).toEqual(["heard one"]);
});

test("a turn after a refused one also gets the messages of the refused one", async () => {
  const fixture = await createRouterFixture({ agents, shared: true });
  const { rooms } = fixture.runtime;
  const { append } = fixture.log;
  const { promise: released, resolve: release } = deferred();
  let isHeld = false;
  fixture.log.append = async (stream, commits) => {
    if (!isHeld && hasType("room.resumed")(commits)) {
      isHeld = true;
      await released;
    }
    return append(stream, commits);
  };
  const wasWritten = writeFirst(fixture, hasType("turn.started"), [{ type: "room.paused" }, message("late", "two")]);
  const { append: racing } = fixture.log;
  fixture.log.append = async (stream, commits) => {
    const isFirst = !wasWritten() && hasType("turn.started")(commits);
    const result = await racing(stream, commits);
    if (isFirst) {
      void rooms.submit(fixtureRoomId, { type: "room.resume", by: { kind: "person", name: "mia" } });
    }
    return result;
  };
  await fixture.say("one", { to: ["coder"] });
  await fixture.pass(1_000);
  await fixture.runtime.sweep.run();
  await fixture.pass(1_000);
  expect(isHeld).toBe(true);
  release();
  await fixture.pass(10_000);
  expect(await heard(fixture)).toEqual(["heard one", "heard two"]);
});

test("a process that lost the race for an agent starts no turn of it when it decides again", async () => {
  const fixture = await createRouterFixture({ agents, shared: true });
  const turn = { turnId: "elsewhere", agent: "coder" };
  const another: RoomEvent[] = [
    message("foreign", "zero"),
    { type: "turn.started", ...turn, messages: ["foreign"], node: "other", boot: "b", attempt: 1 },
    { type: "turn.ended", ...turn, outcome: "done" },
  ];
  writeFirst(fixture, hasType("turn.started"), another);
  await fixture.say("one", { to: ["coder"] });
  await fixture.pass(5_000);
  expect(await fixture.look(({ participants }) => participants.get("coder"))).toMatchObject({ home: "other" });
  expect((await fixture.eventsOf("turn.started")).map(({ node }) => node)).toEqual(["other"]);
});

test("a turn that could not start is not started by the decision after a lost race: no process would run it", async () => {
  const fixture = await createRouterFixture({ agents, shared: true });
  const { rooms } = fixture.runtime;
  const wasWritten = writeFirst(fixture, hasType("notice.posted"), [message("foreign", "zero")]);
  const notice = rooms.submit(fixtureRoomId, { type: "notice.post", text: "x", severity: "info" });
  const turn = { agent: "coder", turnId: "unheard", node: "n1", boot: "b1" };
  const start = rooms.submit(fixtureRoomId, { type: "turn.start", ...turn });
  const [, ended] = await Promise.all([notice, start].map(async (submitted) => (await submitted).durable));
  expect([wasWritten(), ended?.kind]).toEqual([true, "rejected"]);
  await fixture.pass(5_000);
  await fixture.runtime.sweep.run();
  await fixture.pass(1_000);
  expect(await heard(fixture)).toEqual(["heard zero"]);
  expect((await fixture.eventsOf("turn.ended")).map(({ outcome }) => outcome)).toEqual(["done"]);
});

test("while the log is down no command is refused on stale state: it fails as retryable", async () => {
  const fixture = await createRouterFixture({ agents, shared: true });
  const { rooms } = fixture.runtime;
  const { head } = fixture.log;
  const opens: RoomEvent[] = [{ type: "room.paused" }];
  const at = await fixture.look(({ version, commitId }) => ({ version, commitId }));
  const another = { id: "another", version: at.version + 1, parent: at.commitId, at: 0, by: "other", events: opens };
  await fixture.log.append(`room/${fixtureRoomId}`, [another]);
  // The room in memory is not paused, as far as it knows.
  const resume = { type: "room.resume", by: { kind: "person", name: "vic" } } as const;
  fixture.log.head = async () => {
    throw new PortError("away", { code: "unavailable", retryable: true });
  };
  await expect(rooms.execute(fixtureRoomId, resume)).rejects.toMatchObject({ code: "unavailable", retryable: true });
  fixture.log.head = head;
  expect(await rooms.execute(fixtureRoomId, resume)).toMatchObject({ kind: "rejected" });
});

test("messages of a turn that turns out to be lost are delivered again, even if the next one had begun after it", async () => {
  const { behaviours, answer } = answeringLater();
  const fixture = await createRouterFixture({ agents: behaviours, shared: true });
  const { append } = fixture.log;
  const { promise: released, resolve: release } = deferred();
  let isHeld = false;
  fixture.log.append = async (stream, commits) => {
    const [first] = commits;
    const events = commits.flatMap((commit) => commit.events) as RoomEvent[];
    const ended = events.find((event) => event.type === "turn.ended");
    if (isHeld || !ended || !first) return append(stream, commits);
    isHeld = true;
    await released;
    // Another process took over while this one was frozen.
    const { version, parent, at } = first;
    const { turnId, agent } = ended;
    const lost = { type: "turn.ended", turnId, agent, outcome: "lost", lostBy: "router" } as const;
    await append(stream, [{ id: "another", version, parent, at, by: "other", events: [lost] }]);
    return append(stream, commits);
  };
  await fixture.say("one", { to: ["coder"] });
  await fixture.say("two", { to: ["coder"] });
  answer();
  await fixture.pass(1_000);
  await fixture.runtime.sweep.run();
  await fixture.pass(2_000);
  expect([isHeld, fixture.handed.length]).toEqual([true, 2]);
  release();
  await fixture.pass(10_000);
  await fixture.runtime.sweep.run();
  await fixture.pass(10_000);
  expect(await heard(fixture)).toEqual(["heard one", "heard two"]);
});
