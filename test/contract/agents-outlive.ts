import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { Agents } from "../../src/ports/agents.js";
import { ASKED, allow, type ContractTools } from "./agent-driver.js";
import { listen, messageFor } from "./agent-listener.js";

export function testOutlives({ open, under }: ContractTools): void {
  /** In the middle of a turn that waits for a permission; then its router dies. */
  async function outliving() {
    const { restart, driver, spec } = under();
    if (!restart) throw new Error("the contract needs `restart` of an adapter whose processes outlive their router");
    const sinceMs = Date.now();
    const { listener, sessionId, tell } = await open();
    const body = driver.askTool();
    const id = await tell(body);
    const asked = await listener.nth("ask", 1);
    const agents = await restart();
    const takeOver = async (by: Agents = agents) => by.takeOver?.(spec, { sessionId, sinceMs });
    return { agents, asked, input: messageFor(id, body), takeOver };
  }

  /** It, taken over and told its message again. */
  async function takenOver() {
    const { asked, input, takeOver } = await outliving();
    const agent = await takeOver();
    if (!agent) throw new Error("it runs on");
    const listener = listen(agent);
    await agent.send(input);
    return { agent, asked, listener };
  }

  test("is taken over: its questions are asked under the same ids, and it continues with the answers", async () => {
    const { agent, asked, listener } = await takenOver();
    expect(await listener.nth("ask", 1)).toEqual(asked);
    await agent.answer(asked.requestId, allow);
    expect((await listener.nth("turnEnded", 1)).outcome).toBe("done");
    expect(listener.texts().filter((text) => text.includes(ASKED.whenAllowed))).toHaveLength(1);
    expect(listener.all("ask")).toHaveLength(1);
    await agent.close({ graceful: false });
  });

  test("gets later messages in its next turn as ever", async () => {
    const { agent, asked, listener } = await takenOver();
    await agent.answer((await listener.nth("ask", 1)).requestId, allow);
    await listener.nth("turnEnded", 1);
    await agent.send(messageFor(randomUUID(), under().driver.say("once more")));
    await listener.says("once more");
    await listener.nth("turnEnded", 2);
    expect(listener.all("ask").map(({ requestId }) => requestId)).toEqual([asked.requestId]);
    await agent.close({ graceful: false });
  });

  test("keeps running after a release for the next process", async () => {
    const { asked, input, agents, takeOver } = await outliving();
    const first = await takeOver();
    if (!first?.letGo) throw new Error("it can be let go of");
    listen(first);
    await first.send(input);
    first.letGo();
    const next = await under().restart?.();
    expect(next).not.toBe(agents);
    const agent = await takeOver(next);
    if (!agent) throw new Error("it runs on");
    const listener = listen(agent);
    await agent.send(input);
    expect((await listener.nth("ask", 1)).requestId).toBe(asked.requestId);
    await agent.close({ graceful: false });
  });

  test("cannot be taken over once it was closed", async () => {
    const { agents, takeOver } = await outliving();
    await (await takeOver())?.close({ graceful: false });
    expect(await takeOver()).toBeUndefined();
    expect(await agents.takeOver?.(under().spec, { sessionId: randomUUID(), sinceMs: 0 })).toBeUndefined();
  });
}
