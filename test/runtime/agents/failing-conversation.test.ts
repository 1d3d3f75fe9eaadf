import { expect, test } from "vitest";
import { createOutputQueue } from "../../../adapters/kit/output-queue.js";
import type { Agent, Agents, Output } from "../../../src/ports/agents.js";
import { createRouterFixture } from "../../support/runtime-fixture.js";

const cause = "The model's provider answers with an error (500)";
const overloaded = { kind: "turnEnded", outcome: "failed", error: "no answer", outage: cause } as const;
const failed = { ...overloaded, mayBeOwn: true } as const;
const began = `${cause}. Messages to agents wait and are delivered when it works again.`;
const minute = 60_000;

/** Two agents on one model; `failing` are those whose calls the provider fails on, with this end. */
async function createScene(end: Output = failed) {
  const failing = new Set<string>();
  const withProvider = (agent: Agent, name: string): Agent => {
    const queue = createOutputQueue<Output>();
    void (async () => {
      for await (const output of agent.outputs) queue.push(output);
    })();
    const send: Agent["send"] = async (input) => (failing.has(name) ? void queue.push(end) : agent.send(input));
    return { ...agent, outputs: queue.outputs, send };
  };
  const router = await createRouterFixture({
    agents: { tester: (_input, { say }) => say("@mia tested"), coder: (_input, { say }) => say("@mia coded") },
    room: { policy: { loopGuard: false } },
    between: (agents: Agents) => ({
      ...agents,
      open: async (spec, session) => withProvider(await agents.open(spec, session), spec.name),
    }),
  });
  const ends = async (name: string) => (await router.eventsOf("turn.ended")).filter(({ agent }) => agent === name);
  const notices = async () => (await router.eventsOf("notice.posted")).map(({ text }) => text);
  /** Passes the time; the coder is asked every minute. */
  const passWithCoder = async (minutes: number) => {
    for (let n = 0; n < minutes; n++) {
      await router.say("@coder go");
      await router.pass(minute);
    }
  };
  return { failing, router, ends, notices, passWithCoder };
}

const givenUp =
  /^The model's provider answers with an error \(500\) on every call of the conversation of tester, for 10 min, while it answers others\. .*nothing is lost.*retry.*fresh/;

test("a provider that fails on one conversation alone ends its turn after 10 min, and says what to do", async () => {
  const { failing, router, ends, notices, passWithCoder } = await createScene();
  failing.add("tester");
  await router.say("@tester the parser");
  await passWithCoder(9);
  expect(await ends("tester")).toEqual([]);
  expect(await notices()).toEqual([began]);
  await passWithCoder(3);
  expect(await ends("tester")).toMatchObject([{ outcome: "failed", error: expect.stringMatching(/kept: retry/) }]);
  expect(await notices()).toEqual([began, expect.stringMatching(givenUp)]);
  expect(await router.look(({ outages }) => outages)).toBeUndefined();
  expect(router.runtime.agents.check()).toEqual({ ok: true });
  await passWithCoder(30);
  expect(await notices()).toHaveLength(2);
});

test("what its turn had taken is delivered again when somebody asks for it", async () => {
  const { failing, router, ends, passWithCoder } = await createScene();
  failing.add("tester");
  await router.say("@tester the parser");
  await passWithCoder(12);
  failing.clear();
  const messageId = (await router.eventsOf("message.posted"))[0]?.messageId ?? "";
  const [taken] = await router.eventsOf("turn.started");
  expect(taken?.messages).toEqual([messageId]);
  const by = { kind: "person", name: "mia" } as const;
  await router.execute({ type: "message.retry", by, messageId });
  await router.pass(5_000);
  expect(await ends("tester")).toMatchObject([{ outcome: "failed" }, { outcome: "done" }]);
});

test("where no conversation is answered the turn waits for as long as it takes", async () => {
  const { failing, router, ends, notices, passWithCoder } = await createScene();
  failing.add("tester").add("coder");
  await router.say("@tester the parser");
  await passWithCoder(60);
  expect(await ends("tester")).toEqual([]);
  expect(await ends("coder")).toEqual([]);
  expect(await notices()).toEqual([began]);
  failing.clear();
  await router.pass(minute);
  expect(await ends("tester")).toMatchObject([{ outcome: "done" }]);
  expect((await ends("coder")).every(({ outcome }) => outcome === "done")).toBe(true);
  expect(await notices()).toEqual([began, expect.stringMatching(/^Agents can be reached again after 60 min/)]);
});

test("a provider that has too much to do is never taken to fail on one conversation", async () => {
  const { failing, router, ends, passWithCoder } = await createScene(overloaded);
  failing.add("tester");
  await router.say("@tester the parser");
  await passWithCoder(60);
  expect(await ends("tester")).toEqual([]);
});

test("a failure that ends before its time counts for nothing later", async () => {
  const { failing, router, ends, passWithCoder } = await createScene();
  for (let n = 0; n < 3; n++) {
    failing.add("tester");
    await router.say("@tester go");
    await passWithCoder(8);
    failing.clear();
    await passWithCoder(1);
  }
  expect((await ends("tester")).map(({ outcome }) => outcome)).toEqual(["done", "done", "done"]);
});
