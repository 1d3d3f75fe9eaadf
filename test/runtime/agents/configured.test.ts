import { describe, expect, test } from "vitest";
import type { Agent, AgentSettings, Agents, SettingHolds } from "../../../src/ports/agents.js";
import { PortError } from "../../../src/ports/port-error.js";
import { createRouterFixture } from "../../support/runtime-fixture.js";

const configure = { type: "agent.configure", by: { kind: "person", name: "mia" }, name: "coder" } as const;

/** A room whose agent takes settings as `take` says; absent: it cannot take any. */
async function createScene(take?: (change: AgentSettings) => Promise<SettingHolds>) {
  const openedWith: (string | undefined)[] = [];
  const changes: AgentSettings[] = [];
  const closes: boolean[] = [];
  const between = (agents: Agents): Agents => ({
    ...agents,
    async open(spec, session): Promise<Agent> {
      openedWith.push(spec.model);
      const { configure: _own, ...agent } = await agents.open(spec, session);
      return {
        ...agent,
        close: async (how) => {
          closes.push(how.graceful);
          await agent.close(how);
        },
        ...(take && {
          configure: (change: AgentSettings) => {
            changes.push(change);
            return take(change);
          },
        }),
      };
    },
  });
  const router = await createRouterFixture({
    agents: { coder: (_input, { say }) => say("@mia done") },
    between,
  });
  const outcomes = async () => (await router.eventsOf("turn.ended")).map(({ outcome }) => outcome);
  return { router, openedWith, changes, closes, outcomes };
}

describe("a changed model reaches a running agent at its next turn", () => {
  test("in its session, where the runtime can, and once", async () => {
    const { router, openedWith, changes, outcomes } = await createScene(async () => "now");
    await router.say("@coder one");
    await router.execute({ ...configure, model: "opus" });
    expect(changes).toEqual([]);
    await router.say("@coder two");
    await router.say("@coder three");
    expect(changes).toEqual([{ model: "opus" }]);
    expect(openedWith).toEqual([undefined]);
    expect(await outcomes()).toEqual(["done", "done", "done"]);
  });

  test.each([
    ["says that it needs a restart", async () => "restart" as const],
    ["cannot change a setting", undefined],
  ])("in a session that is opened again, where the runtime %s", async (_, take) => {
    const { router, openedWith, closes, outcomes } = await createScene(take);
    await router.say("@coder one");
    await router.execute({ ...configure, model: "opus" });
    await router.say("@coder two");
    await router.say("@coder three");
    expect(openedWith).toEqual([undefined, "opus"]);
    expect(closes).toEqual([true]);
    expect(await outcomes()).toEqual(["done", "done", "done"]);
  });

  test("or the turn says why it does not", async () => {
    const { router, changes, outcomes } = await createScene(async () => {
      throw new PortError("Claude Code did not take the model.", { code: "refused", retryable: false });
    });
    await router.say("@coder one");
    await router.execute({ ...configure, model: "no-such" });
    await router.say("@coder two");
    expect(changes).toEqual([{ model: "no-such" }]);
    expect(await outcomes()).toEqual(["done", "failed"]);
    expect((await router.eventsOf("turn.ended")).at(-1)?.error).toBe("Claude Code did not take the model.");
  });
});
