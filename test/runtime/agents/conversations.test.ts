import { describe, expect, test } from "vitest";
import type { Agent, Agents, RequestedSession } from "../../../src/ports/agents.js";
import { createRouterFixture } from "../../support/runtime-fixture.js";

const mia = { kind: "person", name: "mia" } as const;
const fresh = { type: "agent.fresh", by: mia, name: "coder" } as const;
const configure = { type: "agent.configure", by: mia, name: "coder" } as const;

/** A room whose agent keeps what it was told. `loses`: at this opening, counted from 1, its conversation is gone; `fails`: of its turns. */
async function createScene({ loses, fails = () => false }: { loses?: number; fails?: (turn: number) => boolean } = {}) {
  const sessions: RequestedSession[] = [];
  const told: { id: string; text: string }[] = [];
  const specs: object[] = [];
  const between = (agents: Agents): Agents => ({
    ...agents,
    async open(spec, session): Promise<Agent> {
      sessions.push(session);
      const { role, prompt, effort, mode } = spec;
      specs.push({ role, prompt, effort, mode });
      const { configure: _own, ...agent } = await agents.open(spec, session);
      return { ...agent, hasLostConversation: sessions.length === loses };
    },
  });
  let turns = 0;
  const router = await createRouterFixture({
    agents: {
      coder(input, { say }) {
        told.push({ id: input.id, text: input.text });
        if (fails(++turns)) throw new Error("529 overloaded");
        say("@mia done");
      },
    },
    between,
  });
  return { router, sessions, told, specs };
}

describe("a new conversation", () => {
  test("begins on the same session with the agent's next message, which tells it the last ones of the room", async () => {
    const { router, sessions, told } = await createScene();
    await router.say("@coder one");
    await router.execute(fresh);
    await router.say("@coder two");
    await router.say("@coder three");
    expect(sessions.map(({ conversationId }) => conversationId !== undefined)).toEqual([false, true]);
    expect(sessions[1]?.sessionId).toBe(sessions[0]?.sessionId);
    expect(told[1]?.text).toMatch(/new conversation[\s\S]*one[\s\S]*done[\s\S]*from here on[\s\S]*two/);
    expect(told[1]?.text.match(/two/g)).toHaveLength(1);
    expect(told[2]?.text).not.toContain("new conversation");
  });

  test("replaces one that is lost, and says so to the room and to the agent", async () => {
    const { router, sessions, told } = await createScene({ loses: 2 });
    await router.say("@coder one");
    await router.execute({ ...configure, prompt: "Be short." });
    await router.say("@coder two");
    expect(sessions.map(({ resume }) => resume)).toEqual([false, true]);
    expect(told[1]?.text).toMatch(/your conversation was lost[\s\S]*one/);
    const notices = (await router.eventsOf("notice.posted")).map(({ text }) => text);
    expect(notices).toEqual([expect.stringContaining("is not there any more")]);
    expect(await router.eventsOf("conversation.begun")).toMatchObject([{ agent: "coder", why: "lost" }]);
  });
});

describe("a message that is retried", () => {
  test("reaches the agent under an id of its own, with the attempt named", async () => {
    const { router, told } = await createScene({ fails: (turn) => turn === 1 });
    await router.say("@coder fix it");
    expect((await router.eventsOf("turn.ended")).map(({ outcome }) => outcome)).toEqual(["failed"]);
    await router.execute({ type: "message.retry", by: mia });
    await expect.poll(async () => (await router.eventsOf("turn.ended")).length).toBe(2);
    expect(told[1]?.text).toMatch(/attempt 2[\s\S]*fix it/);
    expect(told[1]?.id).not.toBe(told[0]?.id);
    expect((await router.eventsOf("turn.ended")).at(-1)?.outcome).toBe("done");
  });
});

test("a changed role, prompt, effort or mode is what the agent works by in its next turn", async () => {
  const { router, specs } = await createScene();
  await router.say("@coder one");
  await router.execute({ ...configure, role: "reviewer", prompt: "Be short.", effort: "high", mode: "plan" });
  await router.say("@coder two");
  await router.execute({ ...configure, prompt: "Be kind." });
  await router.say("@coder three");
  expect(specs.slice(1)).toEqual([
    { role: "reviewer", prompt: "Be short.", effort: "high", mode: "plan" },
    { role: "reviewer", prompt: "Be kind.", effort: "high", mode: "plan" },
  ]);
});
