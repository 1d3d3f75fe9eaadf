import { expect, test } from "vitest";
import { ASKED, allow, type ContractTools, deny } from "./agent-driver.js";
import { where } from "./where.js";

export function testAsks({ open, under, supports }: ContractTools): void {
  const asking = async (body: string) => {
    const session = await open();
    await session.tell(body);
    return { ...session, asked: await session.listener.nth("ask", 1) };
  };

  test("a tool waits for its permission, and runs once it has it", async () => {
    const { agent, listener, asked } = await asking(under().driver.askTool());
    expect(asked).toMatchObject({ askKind: "tool", input: ASKED.input });
    expect(asked.title).toContain(ASKED.tool);
    expect(listener.texts().join()).not.toContain(ASKED.whenAllowed);
    await agent.answer(asked.requestId, allow);
    expect((await listener.nth("turnEnded", 1)).outcome).toBe("done");
    expect(listener.texts().join()).toContain(ASKED.whenAllowed);
    expect(listener.all("tool").map(({ summary }) => summary)).toContainEqual(expect.stringContaining("make test"));
  });

  test("a tool that is denied does not run; the turn ends by itself", async () => {
    const { agent, listener, asked } = await asking(under().driver.askTool());
    await agent.answer(asked.requestId, deny);
    expect((await listener.nth("turnEnded", 1)).outcome).toBe("done");
    expect(listener.texts().join()).not.toContain(ASKED.whenAllowed);
    expect(listener.all("tool").filter(({ phase }) => phase === "ended")).toEqual([]);
  });

  test("a tool runs with the input as it was edited", async () => {
    const { agent, listener, asked } = await asking(under().driver.askTool());
    await agent.answer(asked.requestId, { kind: "allow", input: { command: "make lint" }, remember: false });
    await listener.nth("turnEnded", 1);
    const summaries = listener.all("tool").map(({ summary }) => summary);
    expect(summaries).toContainEqual(expect.stringContaining("make lint"));
    expect(listener.texts().join()).toContain(ASKED.whenAllowed);
  });

  test("an allow holds for this call: the next one asks again", async () => {
    const { agent, listener, asked, tell } = await asking(under().driver.askTool());
    await agent.answer(asked.requestId, allow);
    await listener.nth("turnEnded", 1);
    await tell(under().driver.askTool());
    expect((await listener.nth("ask", 2)).requestId).not.toBe(asked.requestId);
  });

  where(supports.remember)("an allow for the session is not asked for again", async () => {
    const { agent, listener, asked, tell } = await asking(under().driver.askTool());
    await agent.answer(asked.requestId, { ...allow, remember: true });
    await listener.nth("turnEnded", 1);
    await tell(under().driver.askTool());
    await listener.nth("turnEnded", 2);
    expect(listener.all("ask")).toHaveLength(1);
    expect(listener.texts().filter((text) => text.includes(ASKED.whenAllowed))).toHaveLength(2);
  });

  test("a question shows its options and gets its answer", async () => {
    const { agent, listener, asked } = await asking(under().driver.askQuestion());
    expect(asked.askKind).toBe("question");
    expect(JSON.stringify([asked.title, asked.input])).toContain(ASKED.question);
    expect(asked.options?.map(({ label }) => label)).toEqual([...ASKED.options]);
    await agent.answer(asked.requestId, { kind: "answer", answers: { [ASKED.question]: "json" } });
    await listener.nth("turnEnded", 1);
    expect(listener.texts().join()).toContain(`${ASKED.whenAnswered}json`);
  });

  test("a question that is declined ends without the answer", async () => {
    const { agent, listener, asked } = await asking(under().driver.askQuestion());
    await agent.answer(asked.requestId, deny);
    expect((await listener.nth("turnEnded", 1)).outcome).toBe("done");
    expect(listener.texts().join()).not.toContain(ASKED.whenAnswered);
  });

  test("the first answer counts, and one without a question is ignored", async () => {
    const { agent, listener, asked, tell } = await asking(under().driver.askTool());
    await agent.answer("nobody-asked-this", deny);
    await agent.answer(asked.requestId, allow);
    await agent.answer(asked.requestId, deny);
    await listener.nth("turnEnded", 1);
    await agent.answer(asked.requestId, deny);
    await tell(under().driver.say("next"));
    await listener.nth("turnEnded", 2);
    expect(listener.texts().filter((text) => text.includes(ASKED.whenAllowed))).toHaveLength(1);
    expect(listener.all("turnEnded").map(({ outcome }) => outcome)).toEqual(["done", "done"]);
  });
}
