import { expect, test } from "vitest";
import type { AgentSpec, Agents } from "../../../src/ports/agents.js";
import { PortError } from "../../../src/ports/port-error.js";
import { deferred } from "../../support/deferred.js";
import { createRouterFixture } from "../../support/runtime-fixture.js";

const mia = { kind: "person", name: "mia" } as const;
const away = () => new PortError("away", { code: "unavailable", retryable: true, outage: "The engine is away" });

/** An agent whose first opening fails, so that it is opened again while what was set since is on its way into the log. */
async function openAgainWhile(prompts: readonly string[], isStored: boolean) {
  const opened: (string | undefined)[] = [];
  let tries = 0;
  const between = (agents: Agents): Agents => ({
    ...agents,
    async open(spec: AgentSpec, session) {
      tries += 1;
      if (tries === 1) throw away();
      opened.push(spec.prompt);
      return agents.open(spec, session);
    },
  });
  const router = await createRouterFixture({ agents: { coder: (_input, { say }) => say("@mia done") }, between });
  const set = (prompt: string) => router.execute({ type: "agent.configure", by: mia, name: "coder", prompt });
  await set("Be kind.");
  await router.say("@coder go");
  const { promise: held, resolve: release } = deferred();
  const append = router.log.append.bind(router.log);
  router.log.append = async (stream, commits) => {
    await held;
    return append(stream, commits);
  };
  let isFull = !isStored;
  router.log.planFaults((stream) => (stream.startsWith("room/") && isFull ? "full" : undefined));
  const setting = Promise.allSettled(prompts.map(set));
  await router.pass(5_000);
  const before = [...opened];
  release();
  await router.pass(60_000);
  isFull = false;
  await router.pass(60_000);
  await setting;
  return { opened, before, answers: await router.eventsOf("message.posted") };
}

test.each([
  ["a prompt", ["Be short."], "Be short."],
  ["a prompt twice", ["Be short.", "Be thorough."], "Be thorough."],
  ["no prompt any more", [""], ""],
])("an agent that is opened while it is given %s has what was given", async (_, prompts, prompt) => {
  const { opened, answers } = await openAgainWhile(prompts, true);
  expect(opened).toEqual([prompt]);
  expect(answers.at(-1)?.body).toBe("done");
});

test("an agent that is opened while its new prompt cannot be stored has the one from before", async () => {
  const { opened, before } = await openAgainWhile(["Be short."], false);
  expect(before).toEqual([]);
  expect(opened[0]).toBe("Be kind.");
});
