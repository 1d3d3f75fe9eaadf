import { describe, expect, test } from "vitest";
import type { Agent, Agents } from "../../../src/ports/agents.js";
import { deferred } from "../../support/deferred.js";
import { createRouterFixture } from "../../support/runtime-fixture.js";

const interrupt = { type: "agent.interrupt", by: { kind: "person", name: "mia" }, name: "coder" } as const;

/** Agents that do not stop when they are asked to. */
function deafTo(interrupts: string[], closes: { graceful: boolean }[]) {
  return (agents: Agents): Agents => ({
    ...agents,
    async open(spec, session): Promise<Agent> {
      const agent = await agents.open(spec, session);
      return {
        ...agent,
        interrupt: async () => void interrupts.push(spec.name),
        close: async (how) => {
          closes.push(how);
          await agent.close(how);
        },
      };
    },
  });
}

describe("an agent that ignores an interrupt", () => {
  test.each([
    ["a person stops it", (router: Awaited<ReturnType<typeof createRouterFixture>>) => router.execute(interrupt)],
    [
      "a person writes with `preempt`",
      (router: Awaited<ReturnType<typeof createRouterFixture>>) => router.say("@coder stop", { class: "preempt" }),
    ],
  ])("loses its process after 10 s, and gets its next message in another: %s", async (_, stop) => {
    const interrupts: string[] = [];
    const closes: { graceful: boolean }[] = [];
    let tells = 0;
    const router = await createRouterFixture({
      agents: {
        coder: (_input, { say }) => {
          tells += 1;
          return tells === 1 ? new Promise<void>(() => {}) : say("@mia done");
        },
      },
      between: deafTo(interrupts, closes),
    });
    await router.say("@coder go");
    await stop(router);
    expect(interrupts).toEqual(["coder"]);
    await router.pass(9_000);
    expect(closes).toEqual([]);
    await router.say("@coder next");
    expect(tells).toBe(1);
    await router.pass(1_000);
    expect(closes).toEqual([{ graceful: false }]);
    expect((await router.eventsOf("message.posted")).at(-1)?.body).toBe("done");
    expect((await router.eventsOf("turn.ended")).map(({ outcome }) => outcome)).toEqual(["cancelled", "done"]);
  });
});

test("an answer reaches the agent when the log has it, not before", async () => {
  const answered: unknown[] = [];
  const router = await createRouterFixture({
    agents: {
      coder: async (_input, { ask }) => {
        answered.push(await ask({ askKind: "tool", title: "Bash", input: { command: "ls" } }));
      },
    },
  });
  await router.say("@coder go");
  const [gate] = await router.eventsOf("gate.opened");
  const { append } = router.log;
  const durable = deferred();
  router.log.append = async (...write) => {
    await durable.promise;
    return append(...write);
  };
  const deciding = router.decide(gate!, { action: "allow" });
  await router.settle();
  // Something else wakes its mailbox, which sees the decision in the room's state.
  await router.wake("coder");
  await router.pass(5_000);
  expect(answered).toEqual([]);
  durable.resolve();
  await deciding;
  await router.settle();
  expect(answered).toMatchObject([{ kind: "allow" }]);
});
