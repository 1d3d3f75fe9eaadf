import { describe, expect, test } from "vitest";
import type { Agent, Agents } from "../../../src/ports/agents.js";
import { createRouterFixture } from "../../support/runtime-fixture.js";

const lost = { type: "turn.lose", agent: "coder", lostBy: "router" } as const;

describe("an agent whose turn the log lost while it works", () => {
  test.each([
    ["and stops when it is asked to", false],
    ["and does not stop when it is asked to", true],
  ])("answers each of its messages in the next turn, %s", async (_, isDeaf) => {
    let turns = 0;
    const closes: { graceful: boolean }[] = [];
    const router = await createRouterFixture({
      agents: {
        coder: ({ message }, { say }) => {
          turns += 1;
          const text = "body" in message ? message.body : "";
          return turns === 1 ? new Promise<void>(() => {}) : say(`@mia answers ${text}`);
        },
      },
      between: (agents) => watched(agents, { closes, isDeaf }),
    });
    await router.say("@coder first");
    const [begun] = await router.eventsOf("turn.started");
    await router.execute({ ...lost, turnId: begun!.turnId });
    await router.say("@coder second");
    await router.pass(1_000);

    expect(closes).toEqual([{ graceful: false }]);
    const bodies = (await router.eventsOf("message.posted")).filter(({ from }) => from === "coder").map((e) => e.body);
    expect(bodies).toEqual(["answers first", "answers second"]);
    const ends = (await router.eventsOf("turn.ended")).map(({ outcome }) => outcome);
    expect([ends[0], ends.at(-1)]).toEqual(["lost", "done"]);
  });
});

/** Notes how sessions are closed. */
function watched(agents: Agents, { closes, isDeaf }: { closes: { graceful: boolean }[]; isDeaf: boolean }): Agents {
  return {
    ...agents,
    async open(spec, session): Promise<Agent> {
      const agent = await agents.open(spec, session);
      const close: Agent["close"] = async (how) => {
        closes.push(how);
        await agent.close(how);
      };
      return { ...agent, close, ...(isDeaf && { interrupt: async () => {} }) };
    },
  };
}
