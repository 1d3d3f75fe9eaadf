import { randomUUID } from "node:crypto";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { RequestedSession } from "../../../src/ports/agents.js";
import { listen, messageFor } from "../../contract/agent-listener.js";
import { agentSpec } from "../../support/agent-spec.js";
import { eventually } from "../../support/parley-client.js";
import { needsClaudeCode } from "../../support/require.js";
import { commands, use } from "./support/obedient-model.js";
import { createRigs } from "./support/opened.js";
import { plainRole, type Rig } from "./support/rig.js";

const rigs = createRigs();
afterAll(() => rigs.stop());
const patienceMs = 60_000;

/** An agent of this session, and one turn of it. */
async function openAgent(rig: Rig, session: Partial<RequestedSession> & { sessionId: string }, spec = {}) {
  const agent = await rig.agents.open(agentSpec(spec), { resume: false, ...session });
  const listener = listen(agent);
  async function turn(body: string) {
    const before = listener.all("turnEnded").length;
    await agent.send(messageFor(randomUUID(), body));
    await eventually(
      async () => listener.all("turnEnded").length,
      (count) => count > before,
      patienceMs,
    );
    return listener.all("turnEnded").at(-1);
  }
  return { agent, listener, turn };
}

const lastCall = (rig: Rig) => JSON.stringify(rig.emulator.requests.messages().at(-1)?.body);

needsClaudeCode()("a conversation of Claude Code", () => {
  test("that the API refuses for what is in it says the same reason each time, and another failure says none", async () => {
    const rig = await rigs.make();
    const { agent, turn } = await openAgent(rig, { sessionId: randomUUID() });
    let isOn = true;
    rig.emulator.inject({
      fault: { kind: "status", status: 400 },
      times: 100,
      when: () => isOn,
    });
    const [first, second] = [await turn(commands.say("one")), await turn(commands.say("two"))];
    expect(first).toMatchObject({ outcome: "failed", refused: expect.stringMatching(/\S/) });
    expect(second?.refused).toBe(first?.refused);
    isOn = false;
    rig.emulator.inject({ fault: { kind: "status", status: 403 }, times: 100 });
    expect(await turn(commands.say("three"))).not.toHaveProperty("refused");
    await agent.close({ graceful: false });
  }, 120_000);

  test("that is new keeps the work folder and knows nothing of the one before", async () => {
    const rig = await rigs.make({
      more: { roleOf: () => ({ ...plainRole, tools: { ...plainRole.tools, autoAllow: ["Bash"] } }) },
    });
    const sessionId = randomUUID();
    const before = await openAgent(rig, { sessionId });
    expect(await before.turn(use("Bash", { command: "echo kept > note.txt" }))).toMatchObject({ outcome: "done" });
    await before.agent.close({ graceful: true });
    const fresh = await openAgent(rig, { sessionId, conversationId: randomUUID(), resume: true });
    expect(fresh.agent.hasLostConversation).toBe(false);
    expect(await fresh.turn(commands.say("hello"))).toMatchObject({ outcome: "done" });
    expect(lastCall(rig)).not.toContain("echo kept");
    const { work } = rig.folderOf({ name: agentSpec().name, sessionId });
    expect(await readFile(join(work, "note.txt"), "utf8")).toBe("kept\n");
    await fresh.agent.close({ graceful: true });
  }, 120_000);

  test("is reported as lost if it is lost, and not if it continues", async () => {
    const rig = await rigs.make();
    const sessionId = randomUUID();
    const before = await openAgent(rig, { sessionId });
    await before.turn(commands.say("one"));
    await before.agent.close({ graceful: true });
    const goesOn = await openAgent(rig, { sessionId, resume: true, hasConversed: true });
    expect(goesOn.agent.hasLostConversation).toBe(false);
    await goesOn.agent.close({ graceful: true });
    const projects = join(rig.folderOf({ name: agentSpec().name, sessionId }).home, ".claude", "projects");
    for (const folder of await readdir(projects)) await rm(join(projects, folder), { recursive: true });
    const lost = await openAgent(rig, { sessionId, resume: true, hasConversed: true });
    expect(lost.agent.hasLostConversation).toBe(true);
    expect(await lost.turn(commands.say("two"))).toMatchObject({ outcome: "done" });
    await lost.agent.close({ graceful: true });
  }, 120_000);
});

needsClaudeCode()("settings of an agent that runs", () => {
  test("its effort and mode reach the next call in the same process", async () => {
    const rig = await rigs.make();
    const { agent, turn } = await openAgent(rig, { sessionId: randomUUID() });
    await turn(commands.say("one"));
    expect(lastCall(rig)).not.toContain(`"effort":"low"`);
    expect(await agent.configure?.({ effort: "low", mode: "plan" })).toBe("now");
    expect(await turn(commands.say("two"))).toMatchObject({ outcome: "done" });
    expect(lastCall(rig)).toContain(`"effort":"low"`);
    expect(lastCall(rig)).toMatch(/[Pp]lan mode/);
    await expect(agent.configure?.({ effort: "enormous" })).rejects.toMatchObject({ code: "refused" });
    await expect(agent.configure?.({ mode: "bypassPermissions" })).rejects.toMatchObject({ code: "refused" });
    await agent.close({ graceful: true });
  }, 120_000);

  test("its prompt and effort hold in a process that is started again, and its conversation goes on", async () => {
    const rig = await rigs.make();
    const sessionId = randomUUID();
    const before = await openAgent(rig, { sessionId }, { prompt: "You like brevity." });
    await before.turn(commands.say("remember the word plover"));
    await before.agent.close({ graceful: true });
    const spec = { prompt: "You like long answers.", effort: "low" };
    const after = await openAgent(rig, { sessionId, resume: true, hasConversed: true }, spec);
    await after.turn(commands.say("two"));
    expect(lastCall(rig)).toContain("You like long answers.");
    expect(lastCall(rig)).toContain("your instructions changed");
    expect(lastCall(rig)).toContain("plover");
    expect(lastCall(rig)).toContain(`"effort":"low"`);
    await after.turn(commands.say("three"));
    expect(lastCall(rig)?.match(/your instructions changed/g)).toHaveLength(1);
    await after.agent.close({ graceful: true });
  }, 120_000);

  test("a role whose file changed makes the agent one to be opened again", async () => {
    let role = plainRole;
    const rig = await rigs.make({ more: { roleOf: () => role } });
    const { agent } = await openAgent(rig, { sessionId: randomUUID() });
    expect(agent.isOutdated).toBe(false);
    role = { ...plainRole, guidance: "You do what you are told, slowly." };
    expect(agent.isOutdated).toBe(true);
    await agent.close({ graceful: false });
  }, 120_000);
});

needsClaudeCode()("the skills of an agent that runs", () => {
  test("an agent whose role may look skills up is outdated when their files changed, and another is not", async () => {
    for (const isOutdated of [true, false]) {
      let stamp = "first";
      const tools = { ...plainRole.tools, allow: [...plainRole.tools.allow, ...(isOutdated ? ["Skill"] : [])] };
      const rig = await rigs.make({ more: { roleOf: () => ({ ...plainRole, tools }), skillsStamp: () => stamp } });
      const { agent } = await openAgent(rig, { sessionId: randomUUID() });
      expect(agent.isOutdated).toBe(false);
      stamp = "second";
      expect(agent.isOutdated).toBe(isOutdated);
      await agent.close({ graceful: false });
    }
  }, 120_000);
});

describe("a role that cannot be read now", () => {
  test("is an outage and no end of the agent", async () => {
    const rig = await rigs.make({ more: { roleOf: () => undefined, isRoleUnreadable: () => true } });
    const opening = rig.agents.open(agentSpec(), { sessionId: randomUUID(), resume: false });
    await expect(opening).rejects.toMatchObject({ code: "unavailable", retryable: true });
  });
});
