import { expect, test } from "vitest";
import type { Commit } from "../../src/core/commit.js";
import type { EventOf } from "../../src/core/event.js";
import { PortError } from "../../src/ports/port-error.js";
import { createRouterFixture, fixtureRoomId, type RouterFixture } from "../support/runtime-fixture.js";

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

test("a turn whose start lost a race takes what the agent was given; what came meanwhile is the next turn's", async () => {
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

test("what an agent was told in a turn that could not be stored is told again, also when it had an answer for it", async () => {
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const fixture = await createRouterFixture({
    agents: {
      coder: async (input, tools) => {
        await answered;
        await agents.coder(input, tools);
      },
    },
  });
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
