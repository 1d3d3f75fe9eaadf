import { describe, expect, test } from "vitest";
import { type Behave, createFunctionAgents } from "../../../adapters/memory/agents.js";
import type { AgentInput } from "../../../src/ports/agents.js";
import type { AgentDriver } from "../../contract/agent-driver.js";
import { ASKED, maxResultTextBytes, REPORTED } from "../../contract/agent-driver.js";
import { listen, messageFor } from "../../contract/agent-listener.js";
import { describeAgents } from "../../contract/agents.js";
import { agentSpec } from "../../support/agent-spec.js";
import { sha256 } from "../../support/sha256.js";

const driver: AgentDriver = {
  say: (text) => `say ${text}`,
  stream: (text) => `stream ${text}`,
  work: () => "work",
  report: () => "report",
  askTool: () => "ask tool",
  askQuestion: () => "ask question",
  fail: () => "fail",
  hang: () => "hang",
  crash: (send) => send("crash"),
};

const obey: Behave = (input, tools) => {
  const [verb = "", ...words] = "kind" in input.message ? [] : input.message.body.split(" ");
  const text = words.join(" ");
  if (verb === "say") return tools.say(text);
  if (verb === "crash") return tools.crash();
  if (verb === "fail") throw new Error("as it was told");
  if (verb === "hang") return new Promise(() => {});
  if (verb === "ask") return text === "tool" ? askTool(tools) : askQuestion(tools);
  if (verb === "report") return report(tools, input);
  if (verb === "stream") {
    for (const piece of text.split(/(?<= )/)) tools.delta(piece);
    return tools.say(text);
  }
  tools.tool({ name: "Read", phase: "started", summary: "README.md" });
  tools.tool({ name: "Read", phase: "ended", summary: "README.md" });
  tools.say("done");
};

type Tools = Parameters<Behave>[1];

function report(tools: Tools, { message }: AgentInput): void {
  const id = "kind" in message ? "start" : message.messageId;
  tools.report({ kind: "plan", entries: REPORTED.plan.map((entry) => ({ ...entry })) });
  tools.report({ kind: "thinking", text: REPORTED.thinking });
  tools.tool({ name: "Read", phase: "started", summary: "README.md" });
  tools.tool({ name: "Read", phase: "ended", summary: "README.md" });
  const text = "x".repeat(maxResultTextBytes);
  tools.report({ kind: "toolResult", id: `${id}-Read`, ok: true, bytes: REPORTED.resultBytes, text });
  tools.report({ kind: "compaction", summary: REPORTED.summary, tokensBefore: 90_000 });
  tools.say("done", { messageId: "msg-1" });
}

async function askTool(tools: Tools): Promise<void> {
  const decision = await tools.ask({ askKind: "tool", title: ASKED.tool, input: ASKED.input });
  if (decision.kind !== "allow") return;
  const summary = JSON.stringify(decision.input);
  tools.tool({ name: ASKED.tool, phase: "started", summary });
  tools.tool({ name: ASKED.tool, phase: "ended", summary });
  tools.say(ASKED.whenAllowed);
}

async function askQuestion(tools: Tools): Promise<void> {
  const options = ASKED.options.map((label) => ({ label }));
  const decision = await tools.ask({ askKind: "question", title: ASKED.question, input: ASKED.question, options });
  if (decision.kind === "answer") tools.say(`${ASKED.whenAnswered}${decision.answers[ASKED.question]}`);
}

describeAgents({
  name: "functions",
  supports: { stableIds: true, deltas: true, remember: true, resume: true, reports: true },
  make: async () => ({ agents: createFunctionAgents({ behave: obey, sha256 }), spec: agentSpec(), driver }),
});

describe("a function agent", () => {
  const open = async (behave: Behave) => {
    const agent = await createFunctionAgents({ behave, sha256 }).open(agentSpec(), { sessionId: "s", resume: false });
    return { agent, listener: listen(agent) };
  };

  test("fails its turn with what its function threw, at once or later", async () => {
    const { agent, listener } = await open(async () => {
      throw new Error("no paper");
    });
    await agent.send(messageFor("m1", "print"));
    expect(await listener.nth("turnEnded", 1)).toEqual({ kind: "turnEnded", outcome: "failed", error: "no paper" });
  });

  test("is told when it is stopped, and its later output is ignored", async () => {
    let speakLate = () => {};
    let stops = 0;
    const { agent, listener } = await open((input, tools) => {
      if ("body" in input.message && input.message.body === "next") return tools.say("next");
      tools.onStop(() => {
        stops++;
      });
      tools.notice("waiting");
      return new Promise((resolve) => {
        speakLate = () => {
          tools.say("too late");
          resolve();
        };
      });
    });
    await agent.send(messageFor("m1", "wait"));
    await listener.nth("notice", 1);
    await agent.interrupt();
    await agent.send(messageFor("m2", "next"));
    await listener.nth("turnEnded", 2);
    speakLate();
    await agent.close({ graceful: true });
    await listener.outcome;
    expect(stops).toBe(1);
    expect(listener.texts()).toEqual(["next"]);
  });

  test("reports its usage and notices as they are", async () => {
    const usage = { inputTokens: 3, outputTokens: 2, cacheReadTokens: 1, cacheWriteTokens: 0, usd: 0.01 };
    const { agent, listener } = await open((_input, tools) => {
      tools.usage(usage);
      tools.notice("compacted");
    });
    await agent.send({ id: "s", text: "", message: { kind: "start" }, class: "deliver" });
    await listener.nth("turnEnded", 1);
    expect(listener.heard.slice(0, 2)).toEqual([
      { kind: "usage", ...usage },
      { kind: "notice", text: "compacted", severity: "info" },
    ]);
  });
});
