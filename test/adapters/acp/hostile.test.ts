import { randomUUID } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import type { AcpAgentsOptions } from "../../../adapters/acp/options.js";
import type { Agent } from "../../../src/ports/agents.js";
import { listen, messageFor } from "../../contract/agent-listener.js";
import { agentSpec } from "../../support/agent-spec.js";
import { createAcpRig, testProgram } from "./support/rig.js";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function openHostile(more: Partial<AcpAgentsOptions> = {}) {
  const rig = await createAcpRig({ program: testProgram("./hostile-agent.mjs"), more });
  closing.push(rig.stop);
  const agent: Agent = await rig.agents.open(agentSpec(), { sessionId: randomUUID(), resume: false });
  closing.push(() => agent.close({ graceful: false }));
  const tell = (body: string) => agent.send(messageFor(randomUUID(), body));
  return { agent, listener: listen(agent), tell };
}

test("ignores answers that were not asked for, and a second end of a turn", async () => {
  const { listener, tell } = await openHostile();
  await tell("answer unasked");
  await listener.nth("turnEnded", 1);
  await tell("notices between");
  await listener.nth("turnEnded", 2);
  expect(listener.texts()).toEqual(["one answer", "half a sentence"]);
  expect(listener.all("turnEnded")).toHaveLength(2);
});

test("takes no words after the end of a turn, and says so once", async () => {
  const { listener, tell } = await openHostile();
  await tell("talk after the end");
  const notice = await listener.nth("notice", 1);
  expect(notice.text).toContain("went on talking after its turn had ended");
  expect(listener.texts()).toEqual(["in the turn"]);
});

test("gives blocks under repeated ids ids of their own", async () => {
  const { listener, tell } = await openHostile();
  await tell("repeat ids");
  await listener.nth("turnEnded", 1);
  expect(listener.texts()).toEqual(["first", "second", "third under the first id", "second"]);
  const ids = listener.all("block").map(({ outputId, index }) => `${outputId}.${index}`);
  expect(new Set(ids).size).toBe(4);
});

test("takes a chunk without an id for a notice where chunks have ids, and does not cut the block around it", async () => {
  const { listener, tell } = await openHostile();
  await tell("notices between");
  await listener.nth("turnEnded", 1);
  expect(listener.texts()).toEqual(["half a sentence"]);
  expect(listener.all("notice").map(({ text }) => text)).toEqual(["warning: the sky falls"]);
});

test("asks about two requests under one id as two", async () => {
  const { agent, listener, tell } = await openHostile();
  await tell("ask twice under one id");
  const second = await listener.nth("ask", 2);
  const [first] = listener.all("ask");
  expect(first?.requestId).not.toBe(second.requestId);
  expect([first?.input, second.input]).toEqual([{ command: "first" }, { command: "second" }]);
  await agent.answer(first?.requestId ?? "", { kind: "allow", input: first?.input, remember: false });
  await agent.answer(second.requestId, { kind: "deny", message: "" });
  await listener.nth("turnEnded", 1);
  expect(listener.texts()).toEqual(["answers: once no"]);
});

test("passes over updates of wrong shapes and of other sessions, and offers no files or terminals", async () => {
  const { listener, tell } = await openHostile();
  await tell("wrong shapes");
  await listener.nth("turnEnded", 1);
  expect(listener.texts()).toEqual(["still right"]);
  expect(listener.all("plan")).toEqual([]);
});

test("drops a line that is too long with one notice, and the turn goes on", async () => {
  const { listener, tell } = await openHostile();
  await tell("print 9 MB");
  await listener.says("after the line");
  await listener.nth("turnEnded", 1);
  const notices = listener.all("notice").map(({ text }) => text);
  expect(notices).toEqual([expect.stringContaining("printed a line of more than 8 MB")]);
});

test("holds back an agent that prints a line of 100 MB, keeps none of it and can still close it", async () => {
  const { agent, listener, tell } = await openHostile();
  await tell("print 100 MB");
  await listener.nth("notice", 1);
  expect(process.memoryUsage().arrayBuffers).toBeLessThan(64 * 1_024 * 1_024);
  await agent.close({ graceful: false });
  expect(await listener.outcome).toBe("ended");
});

test("ends the turn of an agent that does not react to a cancel, and its process with it", async () => {
  const { agent, listener, tell } = await openHostile({ cancelGraceMs: 200 });
  await tell("say nothing");
  await new Promise((resolve) => setImmediate(resolve));
  await agent.interrupt();
  expect(await listener.nth("turnEnded", 1)).toEqual({ kind: "turnEnded", outcome: "cancelled" });
  expect(await listener.outcome).toMatchObject({ thrown: { code: "died" } });
});

test("does not take the half of a text that the model's limit cut off", async () => {
  const { listener, tell } = await openHostile();
  await tell("end with half a word");
  expect(await listener.nth("turnEnded", 1)).toMatchObject({
    outcome: "failed",
    error: expect.stringMatching("cut off"),
  });
  expect(listener.texts()).toEqual([]);
});

test("gives up on an agent that never answers the greeting", async () => {
  const program = testProgram("", { command: ["sh", "-c", "sleep 60"] });
  const rig = await createAcpRig({ program, more: { startTimeoutMs: 300 } });
  closing.push(rig.stop);
  const opening = rig.agents.open(agentSpec(), { sessionId: randomUUID(), resume: false });
  await expect(opening).rejects.toMatchObject({ code: "timeout", retryable: true });
});
