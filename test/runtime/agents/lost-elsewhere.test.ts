import { describe, expect, test } from "vitest";
import type { Agent, Agents } from "../../../src/ports/agents.js";
import { PortError } from "../../../src/ports/port-error.js";
import { createRouterFixture, fixtureRoomId } from "../../support/runtime-fixture.js";

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

describe("an agent whose turn another process lost, and that ends it before its own process has read so", () => {
  test.each([
    ["and learns it when the end cannot be stored", false],
    ["and learns it when the end is decided on", true],
  ])("answers each of its messages in the next turn, %s", async (_, isRead) => {
    let turns = 0;
    const router = await createRouterFixture({
      shared: true,
      agents: {
        coder: async ({ message }, { say }) => {
          turns += 1;
          if (turns > 1) return say(`@mia answers ${"body" in message ? message.body : ""}`);
          await loseElsewhere();
        },
      },
    });
    async function loseElsewhere(): Promise<void> {
      // The messages are handed over before the start is durable.
      await router.settle();
      const [begun] = await router.eventsOf("turn.started");
      const stream = `room/${fixtureRoomId}`;
      const head = (await router.log.head(stream))!;
      const event = { type: "turn.ended", agent: "coder", turnId: begun!.turnId, outcome: "lost", lostBy: "router" };
      const place = { id: "elsewhere", version: head.version + 1, parent: head.id, at: 1, by: "coder" };
      await router.log.append(stream, [{ ...place, events: [event] }]);
      if (isRead) await router.runtime.rooms.read(fixtureRoomId, ({ version }) => version);
    }
    await router.say("@coder first");
    await router.pass(2_000);

    const said = (await router.eventsOf("message.posted")).filter(({ from }) => from === "coder");
    expect(said.map(({ body }) => body)).toEqual(["answers first"]);
    expect((await router.eventsOf("turn.ended")).map(({ outcome }) => outcome)).toEqual(["lost", "done"]);
  });
});

test("an agent whose room cannot even be asked about its turn is stopped, and answers in a later turn", async () => {
  let isAway = false;
  let turns = 0;
  const router = await createRouterFixture({
    shared: true,
    agents: {
      coder: async (_input, { say }) => {
        turns += 1;
        if (turns === 1) isAway = true;
        await say("@mia done");
      },
    },
  });
  const { submit } = router.runtime.rooms;
  router.runtime.rooms.submit = async (...given) => {
    const [, command] = given;
    if (isAway && command.type.startsWith("turn."))
      throw new PortError("the log cannot be asked", { code: "unavailable", retryable: true });
    return submit(...given);
  };
  await router.say("@coder go");
  isAway = false;
  await router.pass(3_000);
  const said = (await router.eventsOf("message.posted")).filter(({ from }) => from === "coder");
  expect(said.map(({ body }) => body)).toEqual(["done"]);
});
