import { describe, expect, test } from "vitest";
import { deferred } from "../../support/deferred.js";
import { createRouterFixture } from "../../support/runtime-fixture.js";

const turnIdleMs = 900_000;

describe("a router frozen during a turn", () => {
  test.each([5_000, 60_000, 900_000, 1_200_000])(
    "for %i ms posts the agent's answers of that time",
    async (frozenMs) => {
      const answer = deferred();
      const router = await createRouterFixture({
        agents: { coder: (_input, { say }) => answer.promise.then(() => say("@mia finished")) },
        turnIdleMs,
      });
      await router.say("@coder go");
      await router.pass(10_000);
      router.clock.freeze(frozenMs);
      answer.resolve();
      await router.pass(2_000);
      expect((await router.eventsOf("turn.ended")).map(({ outcome }) => outcome)).toEqual(["done"]);
      expect((await router.eventsOf("message.posted")).at(-1)?.body).toBe("finished");
    },
  );

  test("again and again still ends a turn that is silent for its whole time", async () => {
    const router = await createRouterFixture({ agents: { coder: () => new Promise<void>(() => {}) }, turnIdleMs });
    await router.say("@coder go");
    for (let freeze = 0; freeze < 3; freeze++) {
      await router.pass(250_000);
      router.clock.freeze(1_200_000);
    }
    await router.pass(100_000);
    expect(await router.eventsOf("turn.ended")).toEqual([]);
    await router.pass(100_000);
    expect((await router.eventsOf("turn.ended")).map(({ outcome }) => outcome)).toEqual(["timed-out"]);
  });
});

test("an agent that is frozen for less than its time limit and then answers is heard", async () => {
  const answer = deferred();
  const router = await createRouterFixture({
    agents: { coder: (_input, { say }) => answer.promise.then(() => say("@mia finished")) },
    turnIdleMs,
  });
  await router.say("@coder go");
  await router.pass(890_000);
  answer.resolve();
  await router.pass(20_000);
  expect((await router.eventsOf("turn.ended")).map(({ outcome }) => outcome)).toEqual(["done"]);
});
