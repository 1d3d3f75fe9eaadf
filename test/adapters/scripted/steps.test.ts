import { expect, test } from "vitest";
import { createScriptedAgents } from "../../../adapters/scripted/agents.js";
import type { Output } from "../../../src/ports/agents.js";
import { agentSpec } from "../../support/agent-spec.js";
import { sha256 } from "../../support/sha256.js";
import { realClock } from "../../support/stub-clock.js";

test("shows its thoughts, plan, tools and results in the order of the rule", async () => {
  const work = [
    { tool: "Read", input: { file_path: "a.ts" }, ms: 0, output: "export {};" },
    { tool: "Bash", input: { command: "npm test" }, ms: 0, output: "1 failed", failed: true as const },
  ];
  const script = [{ thinking: "first look", plan: ["look", "test", "tell"], work, reply: "@room done" }];
  const agents = createScriptedAgents({ clock: realClock, sha256 });
  const agent = await agents.open(agentSpec({ script }), { sessionId: "s1", resume: false });
  await agent.send({ id: "i1", text: "go", class: "deliver", message: { messageId: "m1", from: "mia", body: "go" } });
  const lines: string[] = [];
  for await (const output of agent.outputs) {
    lines.push(lineOf(output));
    if (output.kind === "turnEnded") break;
  }
  await agent.close({ graceful: false });
  expect(lines).toEqual([
    "thinking first look",
    "plan inProgress pending pending",
    'tool started a.ts {"file_path":"a.ts"}',
    "tool ended a.ts ",
    "result true 10 export {};",
    "plan done inProgress pending",
    'tool started npm test {"command":"npm test"}',
    "tool failed npm test ",
    "result false 8 1 failed",
    "plan done done done",
    "block",
    "turnEnded",
  ]);
});

function lineOf(output: Output): string {
  switch (output.kind) {
    case "thinking":
      return `thinking ${output.text}`;
    case "plan":
      return `plan ${output.entries.map(({ state }) => state).join(" ")}`;
    case "tool":
      return `tool ${output.phase} ${output.summary} ${output.input ?? ""}`;
    case "toolResult":
      return `result ${output.ok} ${output.bytes} ${output.text}`;
    default:
      return output.kind;
  }
}
