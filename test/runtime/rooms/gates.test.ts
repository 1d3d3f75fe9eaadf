import { expect, test } from "vitest";
import type { AskDecision } from "../../../src/ports/agents.js";
import { createRouterFixture } from "../../support/runtime-fixture.js";

test("a held message is delivered only after its approval, and then byte for byte", async () => {
  const router = await createRouterFixture({
    agents: { coder: (_input, { say }) => say("@reviewer  look at\n\n```\n x\n```"), reviewer: () => {} },
    gates: { coder: "always" },
  });
  await router.say("@coder go");
  const [gate] = await router.eventsOf("gate.opened");
  expect(router.handed.map(({ agent }) => agent)).toEqual(["coder"]);
  await router.decide(gate!, { action: "approve" });
  expect((await router.eventsOf("message.posted")).at(-1)?.body).toBe(gate?.body);
  expect(router.handed.at(-1)).toMatchObject({ agent: "reviewer", input: { message: { body: gate?.body } } });
});

test("an edited message goes out as edited; the original stays in the log alone", async () => {
  const router = await createRouterFixture({
    agents: { coder: (_input, { say }) => say("@reviewer secret plan"), reviewer: () => {} },
    gates: { coder: "first" },
  });
  await router.say("@coder go");
  const [gate] = await router.eventsOf("gate.opened");
  await router.decide(gate!, { action: "edit", body: "the plan" });
  expect(router.handed.at(-1)?.input.text).toContain("the plan");
  expect(router.handed.at(-1)?.input.text).not.toContain("secret");
});

test("a dropped message comes back to its sender with the reason", async () => {
  let told = "";
  const router = await createRouterFixture({
    agents: {
      coder: (input, { say }) => {
        if ("body" in input.message && input.message.from === "parley") told = input.text;
        else say("@reviewer hm");
      },
      reviewer: () => {},
    },
    gates: { coder: "always" },
  });
  await router.say("@coder go");
  const [gate] = await router.eventsOf("gate.opened");
  await router.decide(gate!, { action: "drop", reason: "not now" });
  expect(told).toMatch(/dropped by mia.*not now/);
  expect(router.handed.map(({ agent }) => agent)).toEqual(["coder", "coder"]);
});

test("a tool is used only after allow, with the edited input", async () => {
  const decisions: AskDecision[] = [];
  const router = await createRouterFixture({
    agents: {
      coder: async (_input, { ask, say }) => {
        decisions.push(await ask({ askKind: "tool", title: "Bash", input: { command: "rm -rf build" } }));
        say("@mia ran");
      },
    },
  });
  await router.say("@coder go");
  const [gate] = await router.eventsOf("gate.opened");
  expect(gate).toMatchObject({ kind: "tool", tool: "Bash", body: '{"command":"rm -rf build"}' });
  expect(decisions).toEqual([]);
  await router.decide(gate!, { action: "allow", body: '{"command":"ls build"}' });
  expect(decisions).toEqual([{ kind: "allow", input: { command: "ls build" }, remember: false }]);
  expect((await router.eventsOf("message.posted")).at(-1)?.body).toBe("ran");
});

test("deny reaches the agent with the reason", async () => {
  const decisions: AskDecision[] = [];
  const router = await createRouterFixture({
    agents: {
      coder: async (_input, { ask }) => void decisions.push(await ask({ askKind: "tool", title: "Bash", input: {} })),
    },
  });
  await router.say("@coder go");
  const [gate] = await router.eventsOf("gate.opened");
  await router.decide(gate!, { action: "deny", reason: "too risky" });
  expect(decisions).toEqual([{ kind: "deny", message: "mia said no: too risky" }]);
});

test("a question inside a turn is answered there; one with GATE: is answered by a message", async () => {
  const answers: AskDecision[] = [];
  const router = await createRouterFixture({
    agents: {
      inside: async (_input, { ask }) =>
        void answers.push(
          await ask({
            askKind: "question",
            title: "Which?",
            input: "Which?",
            options: [{ label: "left" }, { label: "right" }],
          }),
        ),
      outside: (input, { say }) =>
        "body" in input.message && input.message.body === "go" ? say("@mia GATE: Which way?") : undefined,
    },
  });
  await router.say("@inside @outside go");
  const gates = await router.eventsOf("gate.opened");
  for (const gate of gates) await router.decide(gate, { action: "answer", body: "left" });
  expect(answers).toEqual([{ kind: "answer", answers: { "": "left" } }]);
  expect(router.handed.at(-1)).toMatchObject({ agent: "outside", input: { message: { from: "mia", body: "left" } } });
});

test("gates survive a restart; a lost turn's questions come back as the same gates, and an answer given meanwhile holds", async () => {
  const heard: unknown[] = [];
  const router = await createRouterFixture({
    agents: {
      coder: async (_input, { ask }) => void heard.push(await ask({ askKind: "tool", title: "Bash", input: {} })),
      writer: (_input, { say }) => say("@mia held"),
    },
    gates: { writer: "always" },
  });
  await router.say("@coder @writer go");
  const gates = () => router.look((room) => Array.from(room.gates.values(), ({ kind }) => kind).sort());
  await router.restart();
  expect(await router.eventsOf("gate.resolved")).toEqual([]);
  expect(await gates()).toEqual(["message", "tool"]);
  expect(await router.eventsOf("gate.opened")).toHaveLength(2);
  expect(await router.eventsOf("gate.reasked")).toMatchObject([{ agent: "coder" }]);
  expect(await router.eventsOf("turn.ended")).toContainEqual(
    expect.objectContaining({ agent: "coder", outcome: "lost", error: expect.stringContaining("restarted") }),
  );
  const asked = (await router.eventsOf("gate.opened")).find(({ kind }) => kind === "tool");
  await router.decide(asked!, { action: "allow" });
  expect(heard).toMatchObject([{ kind: "allow" }]);
});

test("a gate without an answer is dropped when it expires, and its agent is told", async () => {
  const router = await createRouterFixture({
    agents: {
      coder: (input, { say }) =>
        "body" in input.message && input.message.from === "parley" ? undefined : say("@mia held"),
    },
    gates: { coder: "always" },
    room: { policy: { gateExpiry: { afterS: 60, then: "drop" } } },
  });
  await router.say("@coder go");
  await router.pass(61_000);
  expect(await router.eventsOf("gate.resolved")).toMatchObject([{ outcome: "expired", by: "parley" }]);
  expect(router.handed.at(-1)?.input.text).toContain("not decided in time");
  expect((await router.eventsOf("message.posted")).map(({ body }) => body)).toEqual(["go"]);
});
