import { expect, test } from "vitest";
import { PortError } from "../../src/ports/port-error.js";
import { ASKED, allow, type ContractTools } from "./agent-driver.js";

export function testInterrupts({ open, under }: ContractTools): void {
  test("does nothing to an idle agent", async () => {
    const { agent, listener, tell } = await open();
    await agent.interrupt();
    await tell(under().driver.say("awake"));
    await listener.nth("turnEnded", 1);
    expect(listener.texts()).toEqual(["awake"]);
    expect(listener.all("turnEnded").map(({ outcome }) => outcome)).toEqual(["done"]);
  });

  test("stops a busy agent with all that waited in its turn; it takes the next message", async () => {
    const { agent, listener, tell } = await open();
    await tell(under().driver.hang());
    await tell(under().driver.say("never said"));
    await agent.interrupt();
    expect((await listener.nth("turnEnded", 1)).outcome).toBe("cancelled");
    await tell(under().driver.say("on we go"));
    expect((await listener.nth("turnEnded", 2)).outcome).toBe("done");
    expect(listener.texts()).toEqual(["on we go"]);
  });

  test("withdraws the agent's questions; a late answer is ignored", async () => {
    const { agent, listener, tell } = await open();
    await tell(under().driver.askTool());
    const { requestId } = await listener.nth("ask", 1);
    await agent.interrupt();
    expect((await listener.nth("turnEnded", 1)).outcome).toBe("cancelled");
    expect(listener.all("askWithdrawn")).toEqual([{ kind: "askWithdrawn", requestId }]);
    expect(listener.heard.at(-1)?.kind).toBe("turnEnded");
    await agent.answer(requestId, allow);
    await tell(under().driver.say("something else"));
    await listener.says("something else");
    expect(listener.texts()).toEqual(["something else"]);
  });

  test("a message of class interrupt goes before those that wait", async () => {
    const { agent, listener, tell } = await open();
    await tell(under().driver.askTool());
    const { requestId } = await listener.nth("ask", 1);
    await tell(under().driver.say("I can wait"));
    await tell(under().driver.say("me first"), { class: "interrupt" });
    await agent.answer(requestId, allow);
    await listener.says("I can wait");
    const order = listener.texts().filter((text) => text === "I can wait" || text === "me first");
    expect(order).toEqual(["me first", "I can wait"]);
  });
}

export function testEnds({ open, under }: ContractTools): void {
  test("a crash throws a PortError out of its outputs, and the agent can be opened again", async () => {
    const { listener, tell, sessionId } = await open();
    await tell(under().driver.say("before"));
    await listener.nth("turnEnded", 1);
    await under().driver.crash(async (body) => {
      await tell(body);
    });
    expect(await listener.outcome).toEqual({ thrown: expect.any(PortError) });
    expect(listener.all("turnEnded")).toHaveLength(1);
    await expect(tell(under().driver.say("into the void"))).rejects.toBeInstanceOf(PortError);
    const again = await open({ sessionId, resume: true });
    await again.tell(under().driver.say("back again"));
    await again.listener.nth("turnEnded", 1);
    expect(again.listener.texts()).toEqual(["back again"]);
  });

  test("a graceful close lets the turn end first", async () => {
    const { agent, listener, tell } = await open();
    await tell(under().driver.askTool());
    const { requestId } = await listener.nth("ask", 1);
    const closed = agent.close({ graceful: true });
    await agent.answer(requestId, allow);
    await closed;
    expect(await listener.outcome).toBe("ended");
    expect(listener.texts().join()).toContain(ASKED.whenAllowed);
    expect(listener.heard.at(-1)).toEqual({ kind: "turnEnded", outcome: "done" });
  });

  test("any other close ends it at once, also one that waits gracefully", async () => {
    const { agent, listener, tell } = await open();
    await tell(under().driver.hang());
    const graceful = agent.close({ graceful: true });
    await agent.close({ graceful: false });
    await graceful;
    expect(await listener.outcome).toBe("ended");
    expect(listener.all("turnEnded").filter(({ outcome }) => outcome === "done")).toEqual([]);
  });

  test("a closed agent ends its outputs, may be closed again and takes no message", async () => {
    const { agent, listener, tell } = await open();
    await tell(under().driver.say("goodbye"));
    await listener.nth("turnEnded", 1);
    await agent.close({ graceful: true });
    expect(await listener.outcome).toBe("ended");
    await agent.close({ graceful: false });
    await agent.interrupt();
    await expect(tell(under().driver.say("hello?"))).rejects.toBeInstanceOf(PortError);
    expect(listener.texts()).toEqual(["goodbye"]);
  });
}
