import { expect, test } from "vitest";
import type { AgentInput, Output } from "../../../src/ports/agents.js";
import { deferred } from "../../support/deferred.js";
import { createOutlivingAgents, type OutlivingBehaviour } from "../../support/outliving-agents.js";
import { createRouterFixture, type RouterFixture } from "../../support/runtime-fixture.js";

let blocks = 0;
const says = (text: string): Output => ({ kind: "block", outputId: `block-${blocks++}`, index: 0, text });
const tool = { kind: "ask", requestId: "r1", askKind: "tool", title: "Bash", input: { command: "ls" } } as const;
const done: Output = { kind: "turnEnded", outcome: "done" };

/** Begins, asks, and continues when it is answered. */
const careful: OutlivingBehaviour = {
  onInputs(_inputs: readonly AgentInput[], put) {
    put(says("@mia I begin"));
    put(tool);
  },
  onAnswer({ kind }, put) {
    put(says(`@mia ${kind}`));
    put(done);
  },
};

async function atWork(behaviour: OutlivingBehaviour = careful) {
  const agents = createOutlivingAgents(behaviour);
  const late = { takeOver: Promise.resolve() };
  const fixture = await createRouterFixture({
    agents: { coder: () => {} },
    between() {
      const own = agents.forRouter();
      return { ...own, takeOver: async (...how) => late.takeOver.then(() => own.takeOver?.(...how)) };
    },
  });
  await fixture.say("work", { to: ["coder"] });
  await fixture.pass(1_000);
  return { fixture, agents, late };
}

const said = async (fixture: RouterFixture) =>
  (await fixture.eventsOf("message.posted")).filter(({ from }) => from === "coder").map(({ body }) => body);
const outcomes = async (fixture: RouterFixture) => (await fixture.eventsOf("turn.ended")).map(({ outcome }) => outcome);

async function allow(fixture: RouterFixture): Promise<void> {
  const [gate] = (await fixture.eventsOf("gate.opened")).slice(-1);
  if (gate) await fixture.decide(gate, { action: "allow" });
  await fixture.pass(2_000);
}

test("an agent that waits for a permission during a restart of Parley continues in the same turn when it gets it", async () => {
  const { fixture, agents } = await atWork();
  await fixture.restart();
  await fixture.pass(1_000);
  await allow(fixture);
  expect(await said(fixture)).toEqual(["I begin", "allow"]);
  expect(await outcomes(fixture)).toEqual(["done"]);
  expect((await fixture.eventsOf("gate.opened")).length).toBe(1);
  expect(agents.counts).toEqual({ opened: 1, takenOver: 1 });
});

test("a decision made before it was found again reaches it", async () => {
  const { fixture, late } = await atWork();
  const { promise, resolve: release } = deferred();
  late.takeOver = promise;
  await fixture.restart();
  await allow(fixture);
  expect(await said(fixture)).toEqual(["I begin"]);
  release();
  await fixture.pass(2_000);
  expect(await said(fixture)).toEqual(["I begin", "allow"]);
  expect(await outcomes(fixture)).toEqual(["done"]);
});

test("a turn that ended without a listener is read to the end, with no output twice", async () => {
  const { fixture, agents, late } = await atWork({ ...careful, onInputs: (_inputs, put) => put(says("@mia I begin")) });
  const { promise, resolve: release } = deferred();
  late.takeOver = promise;
  await fixture.restart();
  agents.put(says("@mia finished"));
  agents.put(done);
  await fixture.pass(1_000);
  expect(await outcomes(fixture)).toEqual([]);
  release();
  await fixture.pass(1_000);
  expect(await said(fixture)).toEqual(["I begin", "finished"]);
  expect(await outcomes(fixture)).toEqual(["done"]);
});

test("where its process is gone the turn is lost, and delivered again to another one", async () => {
  const { fixture, agents } = await atWork();
  agents.kill();
  await fixture.restart();
  await fixture.pass(5_000);
  expect((await fixture.eventsOf("turn.ended")).map(({ outcome, lostBy }) => [outcome, lostBy])).toEqual([
    ["lost", "router"],
  ]);
  await allow(fixture);
  expect(await said(fixture)).toEqual(["I begin", "allow"]);
  expect(agents.counts).toEqual({ opened: 2, takenOver: 0 });
});

test("a turn that failed while its model was unreachable is delivered again in another process", async () => {
  let attempts = 0;
  const failing: OutlivingBehaviour = {
    ...careful,
    onInputs(_inputs, put) {
      attempts += 1;
      if (attempts > 1) put(says("@mia done after all"));
      if (attempts > 1) put(done);
      else put(tool);
    },
    onAnswer: (_decision, put) => put({ kind: "turnEnded", outcome: "failed", error: "the API could not be reached" }),
  };
  const { fixture, agents } = await atWork(failing);
  await fixture.restart();
  await fixture.pass(1_000);
  await allow(fixture);
  await fixture.pass(5_000);
  expect(await outcomes(fixture)).toEqual(["lost", "done"]);
  expect(await said(fixture)).toEqual(["done after all"]);
  expect(agents.counts).toEqual({ opened: 2, takenOver: 1 });
});

test("a node that ends releases agents that wait for a person, and closes all others", async () => {
  const { fixture, agents } = await atWork();
  await fixture.runtime.stop();
  await fixture.restart();
  await fixture.pass(1_000);
  await allow(fixture);
  expect(await said(fixture)).toEqual(["I begin", "allow"]);
  await fixture.runtime.stop();
  await fixture.restart();
  await fixture.say("again", { to: ["coder"] });
  await fixture.pass(1_000);
  expect(agents.counts).toEqual({ opened: 2, takenOver: 1 });
});

test("a model that was changed in the turn is set at the turn after it, also where Parley was restarted in between", async () => {
  const { fixture, agents } = await atWork();
  await fixture.execute({
    type: "agent.configure",
    by: { kind: "person", name: "mia" },
    name: "coder",
    model: "opus",
  });
  await fixture.restart();
  await fixture.pass(1_000);
  await allow(fixture);
  expect(agents.changes).toEqual([]);
  await fixture.say("again", { to: ["coder"] });
  await fixture.pass(1_000);
  expect(agents.changes).toEqual([{ model: "opus" }]);
  expect(agents.counts).toEqual({ opened: 1, takenOver: 1 });
});

test("a message that came while its agent was looked for in vain comes with its turn, and starts no process before it", async () => {
  const texts: string[] = [];
  const { fixture, agents, late } = await atWork({
    ...careful,
    onInputs: (inputs) => void texts.push(...inputs.map(({ text }) => text)),
  });
  const { promise, resolve: release } = deferred();
  late.takeOver = promise;
  await fixture.restart();
  await fixture.say("look at this first", { to: ["coder"], class: "interrupt" });
  agents.kill();
  texts.length = 0;
  release();
  await fixture.pass(5_000);
  const attempt = expect.stringMatching(/^\[parley \| attempt 2: .*\nwork\n/s);
  expect(texts).toEqual([attempt, expect.stringContaining("\nlook at this first\n")]);
  expect(agents.counts).toEqual({ opened: 2, takenOver: 0 });
});
