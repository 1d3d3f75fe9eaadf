import { expect, test } from "vitest";
import { createRouterFixture, fixtureRoomId } from "../../support/runtime-fixture.js";

const admin = { kind: "admin" as const };
const helper = { name: "helper", role: "agent", runtime: "function" };

test("an agent that joins a running room gets earlier messages to everybody, once, marked as history", async () => {
  const router = await createRouterFixture({ agents: { coder: () => {} } });
  await router.say("@room we use tabs");
  await router.say("@coder this is yours alone");
  await router.execute({ type: "agent.add", by: admin, agent: helper });
  await router.say("@helper hello");
  await router.say("@helper again");
  const [first, second] = router.handed.filter(({ agent }) => agent === "helper").map(({ input }) => input.text);
  expect(first).toMatch(/^\[parley \| you joined a room that was under way.*\]\n\[from mia \(human\) to you, @room/);
  expect(first).toContain("we use tabs");
  expect(first).not.toContain("this is yours alone");
  expect(first?.indexOf("we use tabs")).toBeLessThan(first?.indexOf("from here on it is for you") ?? -1);
  expect(first?.indexOf("from here on it is for you")).toBeLessThan(first?.indexOf("hello") ?? -1);
  expect(second).not.toContain("we use tabs");
});

test("an agent that is there from the start gets no history", async () => {
  const router = await createRouterFixture({ agents: { coder: () => {} } });
  await router.say("@coder go");
  expect(router.handed[0]?.input.text).toMatch(/^\[from mia/);
});

test("history is bounded: the latest of it, and not a long text", async () => {
  const router = await createRouterFixture({ agents: { coder: () => {} } });
  for (let n = 1; n <= 30; n++) await router.say(`@room number ${n} of thirty`);
  await router.execute({ type: "agent.add", by: admin, agent: helper });
  await router.say("@helper hello");
  const text = router.handed.find(({ agent }) => agent === "helper")?.input.text ?? "";
  expect(text).toContain("number 30 of thirty");
  expect(text).not.toContain("number 18 of thirty");
  expect(text.length).toBeLessThan(10_000);
});

test("ends the process of an agent that is idle for long, and the next message opens it again", async () => {
  const router = await createRouterFixture({ agents: { coder: () => {} }, idleStopMs: 60_000 });
  const sessions = async () => {
    const entries = await router.log.read(`agent/${fixtureRoomId}/coder`);
    const events = entries.flatMap((entry) => (entry.kind === "commit" ? entry.commit.events : []));
    return events.filter((event) => (event as { type: string }).type === "session").length;
  };
  await router.say("@coder one");
  await router.pass(50_000);
  await router.say("@coder two");
  await router.pass(50_000);
  expect(await sessions()).toBe(1);
  await router.pass(20_000);
  await router.say("@coder three");
  await router.pass(2_000);
  expect(await sessions()).toBe(2);
  expect(await router.eventsOf("turn.ended")).toHaveLength(3);
});
