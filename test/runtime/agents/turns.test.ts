import { expect, test } from "vitest";
import type { AgentTools } from "../../../adapters/memory/agents.js";
import type { Agent, AgentInput } from "../../../src/ports/agents.js";
import { PortError } from "../../../src/ports/port-error.js";
import { createRouterFixture } from "../../support/runtime-fixture.js";

const bodyOf = (input: AgentInput) => ("body" in input.message ? input.message.body : "");
const quiet = () => {};
const never = () => new Promise<void>(() => {});

test("a message starts a turn, the answer is posted, the turn ends", async () => {
  const router = await createRouterFixture({ agents: { coder: (_input, { say }) => say("@mia done") } });
  await router.say("@coder go");
  const types = (await router.events()).map(({ type }) => type).slice(-4);
  expect(types).toEqual(["message.posted", "turn.started", "message.posted", "turn.ended"]);
});

test("messages that wait during a turn are delivered together in the next one, in order", async () => {
  let release = () => {};
  const router = await createRouterFixture({
    agents: {
      coder: (input) => (bodyOf(input) === "one" ? new Promise<void>((resolve) => (release = resolve)) : undefined),
    },
  });
  await router.say("@coder one");
  await router.say("@coder two");
  await router.say("@coder three");
  expect(await router.eventsOf("turn.started")).toHaveLength(1);
  release();
  await router.settle();
  expect((await router.eventsOf("turn.started")).map(({ messages }) => messages)).toEqual([["m1"], ["m2", "m3"]]);
});

test("notify does not wake an agent; it is delivered with the next turn", async () => {
  const router = await createRouterFixture({ agents: { coder: quiet } });
  await router.say("@coder for your information", { class: "notify" });
  expect(await router.eventsOf("turn.started")).toEqual([]);
  await router.say("@coder now");
  expect((await router.eventsOf("turn.started"))[0]?.messages).toEqual(["m1", "m2"]);
});

test("interrupt reaches a busy agent inside its turn", async () => {
  const router = await createRouterFixture({
    agents: { coder: (input) => (bodyOf(input) === "work" ? never() : undefined) },
  });
  await router.say("@coder work");
  await router.say("@coder careful", { class: "interrupt" });
  expect(await router.eventsOf("turn.steered")).toMatchObject([{ agent: "coder", messages: ["m2"] }]);
  expect(await router.eventsOf("turn.started")).toHaveLength(1);
});

test("preempt stops the turn and starts one with its message", async () => {
  let stopped = 0;
  const router = await createRouterFixture({
    agents: {
      coder: (input, { onStop }) => {
        if (bodyOf(input) !== "work") return;
        onStop(() => (stopped += 1));
        return never();
      },
    },
  });
  await router.say("@coder work");
  await router.say("@coder stop that, do this", { class: "preempt" });
  expect(stopped).toBe(1);
  expect(await router.eventsOf("turn.ended")).toMatchObject([{ outcome: "cancelled", by: "mia" }, { outcome: "done" }]);
  expect((await router.eventsOf("turn.started"))[1]?.messages).toEqual(["m2"]);
});

test("an agent that was interrupted says nothing of that turn any more", async () => {
  let late: AgentTools | undefined;
  const router = await createRouterFixture({
    agents: {
      coder: (_input, tools) => {
        late = tools;
        return never();
      },
    },
  });
  await router.say("@coder work");
  await router.execute({ type: "agent.interrupt", by: { kind: "person", name: "mia" }, name: "coder" });
  late?.say("@mia too late");
  await router.settle();
  expect((await router.eventsOf("message.posted")).map(({ body }) => body)).toEqual(["work"]);
});

test("a turn without a sign of life times out; one that waits for a person does not", async () => {
  const router = await createRouterFixture({
    turnIdleMs: 60_000,
    agents: {
      hangs: never,
      asks: async (_input, { ask }) => void (await ask({ askKind: "question", title: "Which?", input: "Which?" })),
    },
  });
  await router.say("@hangs @asks go");
  await router.pass(90_000);
  expect(await router.eventsOf("turn.ended")).toMatchObject([{ agent: "hangs", outcome: "timed-out" }]);
  expect(await router.look((room) => room.participants.get("asks"))).toMatchObject({ turn: { asks: [{}] } });
});

test("a turn whose sandbox dies is delivered again, with the attempt number and its earlier posts, three times at most", async () => {
  const router = await createRouterFixture({
    agents: {
      coder: (_input, { say, crash }) => {
        say("@mia half done");
        crash();
      },
    },
  });
  await router.say("@coder go");
  await router.pass(10_000);
  expect((await router.eventsOf("turn.ended")).map(({ outcome }) => outcome)).toEqual(["lost", "lost", "failed"]);
  expect((await router.eventsOf("turn.started")).map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  expect(router.handed.map(({ input }) => input.text.split("\n")[0])).toEqual([
    expect.stringMatching(/^\[from mia \(human\) to you \| m:/),
    expect.stringContaining("attempt 2: you had already posted"),
    expect.stringContaining("attempt 3: you had already posted"),
  ]);
  expect(await router.eventsOf("notice.posted")).toMatchObject([{ about: "coder", severity: "warning" }]);
});

test("an agent that died while idle is opened again, and no death counts", async () => {
  let opened = 0;
  let isDead = false;
  const router = await createRouterFixture({
    agents: { coder: (input, { say }) => say(`@mia heard ${bodyOf(input)}`) },
    between: (agents) => ({
      ...agents,
      async open(...asked) {
        opened += 1;
        const agent = await agents.open(...asked);
        const isFirst = opened === 1;
        const send: Agent["send"] = async (input) => {
          if (isFirst && isDead) throw new PortError("it is closed", { code: "closed", retryable: false });
          await agent.send(input);
        };
        return { ...agent, outputs: agent.outputs, send };
      },
    }),
  });
  await router.say("@coder one");
  isDead = true;
  await router.say("@coder two");
  expect(opened).toBe(2);
  expect((await router.eventsOf("turn.ended")).map(({ outcome }) => outcome)).toEqual(["done", "done"]);
  expect((await router.eventsOf("message.posted")).at(-1)?.body).toBe("heard two");
});

test("the same output after a crash is posted once", async () => {
  let runs = 0;
  const router = await createRouterFixture({
    agents: {
      coder: (_input, { say, crash }) => {
        runs += 1;
        say("@mia the answer");
        if (runs === 1) crash();
      },
    },
  });
  await router.say("@coder go");
  await router.pass(5_000);
  expect(runs).toBe(2);
  expect((await router.eventsOf("message.posted")).map(({ body }) => body)).toEqual(["go", "the answer"]);
  expect((await router.eventsOf("turn.ended")).map(({ outcome }) => outcome)).toEqual(["lost", "done"]);
});

test("a router that restarts delivers its open turns again", async () => {
  let lives = 0;
  const router = await createRouterFixture({
    agents: {
      coder: (_input, { say }) => {
        lives += 1;
        return lives === 1 ? never() : say("@mia done");
      },
    },
  });
  await router.say("@coder go");
  await router.restart();
  expect((await router.eventsOf("turn.ended")).map(({ outcome, lostBy }) => [outcome, lostBy])).toEqual([
    ["lost", "router"],
    ["done", undefined],
  ]);
  expect((await router.eventsOf("message.posted")).map(({ body }) => body)).toEqual(["go", "done"]);
});

test("a paused room takes messages and starts no turn until it is resumed", async () => {
  const router = await createRouterFixture({ agents: { coder: quiet } });
  const by = { kind: "person", name: "mia" } as const;
  await router.execute({ type: "room.pause", by });
  await router.say("@coder go");
  expect(await router.eventsOf("turn.started")).toEqual([]);
  await router.execute({ type: "room.resume", by });
  expect(await router.eventsOf("turn.started")).toHaveLength(1);
});

test("the loop guard asks once, holds every wake, and resumes after continue", async () => {
  const router = await createRouterFixture({
    agents: { a: (_input, { say }) => say("@b your turn"), b: (_input, { say }) => say("@a your turn") },
  });
  await router.say("@a start");
  const [gate, ...others] = await router.eventsOf("gate.opened");
  expect(others).toEqual([]);
  expect(gate).toMatchObject({ kind: "continue" });
  const before = (await router.eventsOf("turn.started")).length;
  await router.say("@a are you there?");
  expect(await router.eventsOf("turn.started")).toHaveLength(before);
  await router.decide(gate!, { action: "continue" });
  expect((await router.eventsOf("turn.started")).length).toBeGreaterThan(before);
  const again = (await router.eventsOf("gate.opened")).at(-1);
  await router.decide(again!, { action: "stop" });
  expect(await router.look((room) => room.waitingDeliveries)).toBe(0);
});

test("shutdown is delivered, and the agent's session ends with that turn; the next message opens it again", async () => {
  const router = await createRouterFixture({ agents: { coder: (_input, { say }) => say("@mia bye") } });
  await router.say("@coder pack up", { class: "shutdown" });
  await router.say("@coder come back");
  expect((await router.eventsOf("turn.ended")).map(({ outcome }) => outcome)).toEqual(["done", "done"]);
});
