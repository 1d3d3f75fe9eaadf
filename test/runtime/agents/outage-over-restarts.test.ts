import { expect, test } from "vitest";
import { toEngineError } from "../../../adapters/docker/engine-errors.js";
import { createOutputQueue } from "../../../adapters/kit/output-queue.js";
import type { Agent, Agents, Output } from "../../../src/ports/agents.js";
import { PortError } from "../../../src/ports/port-error.js";
import { createRouterFixture } from "../../support/runtime-fixture.js";

const providerCause = "The model's provider answers with an error (529)";
const noAnswer = { kind: "turnEnded", outcome: "failed", error: "overloaded", outage: providerCause } as const;

const engineGone = () =>
  toEngineError(Object.assign(new Error("engine"), { code: "ECONNREFUSED" }), "Starting the sandbox");
const rolesUnreadable = () =>
  new PortError("The role coder of @tester cannot be read now.", {
    code: "unavailable",
    retryable: true,
    outage: "The folder of roles cannot be read",
  });

/** Parts outside the agents that can be taken away. */
function createOutside() {
  let startProblem: (() => PortError) | undefined;
  let isProviderAway = false;
  const running = new Set<(error: PortError) => void>();

  /** Its turns end at once while the provider is away, and it answers inputs that it knows when it is back. */
  function withProvider(agent: Agent): Agent {
    const queue = createOutputQueue<Output>();
    running.add(queue.fail);
    void (async () => {
      for await (const output of agent.outputs) queue.push(output);
    })();
    return {
      ...agent,
      outputs: queue.outputs,
      send: async (input) => (isProviderAway ? void queue.push(noAnswer) : agent.send(input)),
    };
  }

  return {
    between: (agents: Agents): Agents => ({
      ...agents,
      async open(...asked) {
        if (startProblem) throw startProblem();
        return withProvider(await agents.open(...asked));
      },
      check: async () => ({ ok: startProblem === undefined }),
    }),
    outages: {
      engine: () => {
        startProblem = engineGone;
        for (const fail of running) fail(engineGone());
        running.clear();
      },
      "folder of roles": () => {
        startProblem = rolesUnreadable;
      },
      "model's provider": () => {
        isProviderAway = true;
      },
    },
    allIsBack: () => {
      startProblem = undefined;
      isProviderAway = false;
    },
  };
}

type Kind = keyof ReturnType<typeof createOutside>["outages"];
const begins: Record<Kind, string> = {
  engine: "Docker does not answer. Messages to agents wait and are delivered when it works again.",
  "folder of roles":
    "The folder of roles cannot be read. Messages to agents wait and are delivered when it works again.",
  "model's provider": `${providerCause}. Messages to agents wait and are delivered when it works again.`,
};

async function createScene(options: { shared?: boolean } = {}) {
  const outside = createOutside();
  const router = await createRouterFixture({
    agents: {
      tester: (_input, { say }) => say("@mia done"),
      coder: (_input, { say }) => say("@mia coded"),
    },
    between: outside.between,
    ...options,
  });
  const notices = async () => (await router.eventsOf("notice.posted")).map(({ text }) => text);
  return { outside, router, notices };
}

const kinds = Object.keys(begins) as Kind[];
const alone = kinds.flatMap((kind) => [false, true].map((shared) => ({ kind, shared })));

test.each(alone)(
  "an outage of the $kind over three kills of the router has one notice when it begins and one when it ends (shared log: $shared)",
  async ({ kind, shared }) => {
    const { outside, router, notices } = await createScene({ shared });
    outside.outages[kind]();
    await router.say("@tester go");
    await router.pass(5_000);
    for (let kill = 0; kill < 3; kill++) {
      await router.restart();
      await router.pass(40_000);
      expect(await notices()).toEqual([begins[kind]]);
    }
    outside.allIsBack();
    await router.pass(60_000);
    expect(await notices()).toEqual([begins[kind], expect.stringMatching(/^Agents can be reached again after 2 min/)]);
    expect((await router.eventsOf("message.posted")).map(({ body }) => body)).toEqual(["go", "done"]);
    expect(router.runtime.agents.check()).toEqual({ ok: true });
  },
);

test.each(kinds)(
  "an outage of the %s that ends while no router runs is told to be over by the next one",
  async (kind) => {
    const { outside, router, notices } = await createScene();
    outside.outages[kind]();
    await router.say("@tester go");
    await router.pass(5_000);
    outside.allIsBack();
    await router.restart();
    await router.pass(10_000);
    expect(await notices()).toEqual([begins[kind], expect.stringMatching(/^Agents can be reached again after \d+ s/)]);
    expect(await router.look(({ outages }) => outages)).toBeUndefined();
    await router.restart();
    await router.say("@coder go");
    await router.pass(10_000);
    expect(await notices()).toHaveLength(2);
  },
);

test("the end names agents whose turns were cut off before the kill", async () => {
  const { outside, router, notices } = await createScene();
  await router.say("@tester @coder go");
  outside.outages["model's provider"]();
  await router.say("@tester @coder again");
  await router.pass(1_000);
  outside.outages.engine();
  await router.pass(3_000);
  await router.restart();
  await router.pass(3_000);
  outside.allIsBack();
  await router.pass(60_000);
  const [began, ended, ...more] = await notices();
  expect(began).toBe(begins["model's provider"]);
  expect(ended).toMatch(/delivered again: (tester, coder|coder, tester)\.$/);
  expect(more).toEqual([]);
});

test("a second outage after a kill is told of again", async () => {
  const { outside, router, notices } = await createScene();
  for (const name of ["tester", "coder"]) {
    outside.outages["folder of roles"]();
    await router.restart();
    await router.say(`@${name} go`);
    await router.pass(3_000);
    outside.allIsBack();
    await router.pass(60_000);
  }
  expect((await notices()).filter((text) => text === begins["folder of roles"])).toHaveLength(2);
  expect(await notices()).toHaveLength(4);
});
