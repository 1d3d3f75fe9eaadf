import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { PortError } from "../../src/ports/port-error.js";
import { ASKED, allow, type ContractTools, maxResultTextBytes, REPORTED } from "./agent-driver.js";
import { messageFor } from "./agent-listener.js";
import { where } from "./where.js";

export function testMessages({ open, under, supports }: ContractTools): void {
  test("it does nothing before it is spoken to, says one block a reply, and its turn ends", async () => {
    const { listener, tell } = await open();
    await tell(under().driver.say("good morning"));
    await listener.nth("turnEnded", 1);
    expect(listener.texts()).toEqual(["good morning"]);
    expect(listener.all("turnEnded")).toEqual([{ kind: "turnEnded", outcome: "done" }]);
    expect(listener.heard.at(-1)?.kind).toBe("turnEnded");
  });

  test.each(["at once", "one awaited after the other"])(
    "messages handed over %s are answered in order, in one turn",
    async (how) => {
      const { listener, tell, agent } = await open();
      const inputs = ["one", "two", "three"].map((text) => messageFor(randomUUID(), under().driver.say(text)));
      if (how === "at once") await Promise.all(inputs.map((input) => agent.send(input)));
      else for (const input of inputs) await agent.send(input);
      await listener.says("three");
      await listener.nth("turnEnded", 1);
      await tell(under().driver.say("four"));
      await listener.nth("turnEnded", 2);
      expect(listener.texts()).toEqual(["one", "two", "three", "four"]);
      const ids = listener.all("block").map(({ outputId, index }) => `${outputId}.${index}`);
      expect(new Set(ids).size).toBe(4);
      const ends = listener.heard.flatMap(({ kind }) => (kind === "turnEnded" || kind === "block" ? [kind] : []));
      expect(ends).toEqual(["block", "block", "block", "turnEnded", "block", "turnEnded"]);
    },
  );

  test("a message handed over twice is answered once, during its turn and after it", async () => {
    const { listener, tell } = await open();
    const id = await tell(under().driver.say("only once"));
    await tell(under().driver.say("only once"), { id });
    await listener.nth("turnEnded", 1);
    await tell(under().driver.say("only once"), { id });
    await tell(under().driver.say("the next"));
    await listener.says("the next");
    expect(listener.texts()).toEqual(["only once", "the next"]);
  });

  test("its tool use is visible", async () => {
    const { listener, tell } = await open();
    await tell(under().driver.work());
    await listener.nth("turnEnded", 1);
    const [started, ended] = listener.all("tool");
    expect([started?.phase, ended?.phase]).toEqual(["started", "ended"]);
    expect(ended?.id).toBe(started?.id);
    expect(listener.texts()).toEqual(["done"]);
  });

  test("tells results of tools by the tool's id and within their bound, and nothing after its turn ended", async () => {
    const { listener, tell } = await open();
    const { driver } = under();
    await tell(driver.report?.() ?? driver.work());
    await listener.nth("turnEnded", 1);
    const kinds = listener.heard.map(({ kind }) => kind);
    expect(kinds.at(-1)).toBe("turnEnded");
    const started = listener.all("tool").map(({ id }) => id);
    for (const { id, text, bytes } of listener.all("toolResult")) {
      expect(started).toContain(id);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(Math.min(bytes, maxResultTextBytes));
    }
    for (const { entries } of listener.all("plan")) expect(entries.length).toBeGreaterThan(0);
    for (const { messageId } of listener.all("block")) expect(messageId).not.toBe("");
    expect(listener.texts()).toEqual(["done"]);
  });

  where(supports.reports === true)("tells its plan, its thoughts, results and a shortened conversation", async () => {
    const { listener, tell } = await open();
    await tell(under().driver.report?.() ?? "");
    await listener.nth("turnEnded", 1);
    expect(listener.all("plan").at(-1)?.entries).toEqual(REPORTED.plan);
    expect(listener.all("thinking").map(({ text }) => text)).toEqual([REPORTED.thinking]);
    expect(listener.all("compaction")).toEqual([expect.objectContaining({ summary: REPORTED.summary })]);
    const [result] = listener.all("toolResult");
    expect(result).toMatchObject({ ok: true, bytes: REPORTED.resultBytes });
    expect(listener.all("block").map(({ messageId }) => messageId)).toEqual([expect.stringMatching(/\S/)]);
  });

  where(supports.deltas)("deltas come before their block and add up to it", async () => {
    const { listener, tell } = await open();
    await tell(under().driver.stream("first this,  then that and a last word"));
    await listener.nth("turnEnded", 1);
    const kinds = listener.heard.map(({ kind }) => kind);
    expect(listener.all("delta").length).toBeGreaterThan(1);
    expect(kinds.lastIndexOf("delta")).toBeLessThan(kinds.indexOf("block"));
    const joined = listener.all("delta").map(({ text }) => text);
    expect(joined.join("")).toBe(listener.texts()[0]);
    expect(listener.texts()).toEqual(["first this,  then that and a last word"]);
  });

  test("a failed turn gives its reason, and the agent continues with the next message", async () => {
    const { listener, tell } = await open();
    await tell(under().driver.fail());
    const ended = await listener.nth("turnEnded", 1);
    expect(ended.outcome).toBe("failed");
    expect(ended.error).toMatch(/\S/);
    await tell(under().driver.say("still here"));
    await listener.nth("turnEnded", 2);
    expect(listener.texts()).toContain("still here");
  });
}

export function testSessions({ open, under, supports }: ContractTools): void {
  test("two sessions do not hear each other", async () => {
    const [first, second] = [await open(), await open()];
    await Promise.all([first.tell(under().driver.say("for one")), second.tell(under().driver.say("for two"))]);
    await Promise.all([first.listener.nth("turnEnded", 1), second.listener.nth("turnEnded", 1)]);
    expect([first.listener.texts(), second.listener.texts()]).toEqual([["for one"], ["for two"]]);
  });

  test("starts a session over if it does not exist any more", async () => {
    const { listener, tell } = await open({ resume: true });
    await tell(under().driver.say("from the start"));
    await listener.nth("turnEnded", 1);
    expect(listener.texts()).toEqual(["from the start"]);
  });

  where(supports.stableIds)("the same message in another session yields the same output ids", async () => {
    const ids: string[][] = [];
    for (const run of [1, 2]) {
      const { listener, tell } = await open();
      await Promise.all(["m1", "m2"].map((id) => tell(under().driver.say("a"), { id })));
      await listener.nth("block", 2);
      ids.push(listener.all("block").map(({ outputId, index }) => `${outputId}.${index}`));
      expect(new Set(ids[run - 1]).size).toBe(2);
    }
    expect(ids[1]).toEqual(ids[0]);
  });

  where(supports.resume)(
    "a message handed over again to a resumed session ends its turn, and says nothing new",
    async () => {
      const first = await open();
      const id = await first.tell(under().driver.say("once"));
      await first.listener.nth("turnEnded", 1);
      await first.agent.close({ graceful: true });
      const second = await open({ sessionId: first.sessionId, resume: true });
      await second.tell(under().driver.say("once"), { id });
      expect((await second.listener.nth("turnEnded", 1)).outcome).toBe("done");
      const known = first.listener.all("block").map(({ outputId }) => outputId);
      if (supports.stableIds)
        for (const { outputId } of second.listener.all("block")) expect(known).toContain(outputId);
      else expect(second.listener.texts()).toEqual([]);
    },
  );

  where(supports.resume)("what a session had not finished when it was closed can be handed over again", async () => {
    const first = await open();
    const id = await first.tell(under().driver.askTool());
    const asked = await first.listener.nth("ask", 1);
    await first.agent.close({ graceful: false });
    const second = await open({ sessionId: first.sessionId, resume: true });
    await second.tell(under().driver.askTool(), { id });
    const again = await second.listener.nth("ask", 1);
    if (supports.stableIds) expect(again.requestId).toBe(asked.requestId);
    await second.agent.answer(again.requestId, allow);
    await second.listener.says(ASKED.whenAllowed);
  });

  test("it says how it is", async () => {
    expect(await under().agents.check()).toMatchObject({ ok: true });
    const { agent, sessionId } = await open();
    await agent.close({ graceful: true });
    const running = (await under().agents.list()).filter((session) => session.running);
    expect(running.map((session) => session.sessionId)).not.toContain(sessionId);
  });

  test("says from when a changed model applies or gives a reason for refusing it, and continues", async () => {
    const { agent, listener, tell } = await open();
    const answer = await agent.configure?.({ model: "another-model" }).catch((error: unknown) => error);
    if (answer instanceof PortError) expect(answer).toMatchObject({ code: "refused", retryable: false });
    else expect(["now", "nextTurn", "restart", undefined]).toContain(answer);
    expect(await agent.configure?.({})).toBe(agent.configure ? "now" : undefined);
    await tell(under().driver.say("still here"));
    expect((await listener.nth("turnEnded", 1)).outcome).toBe("done");
    expect(listener.texts()).toContain("still here");
  });
}
