import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe } from "vitest";
import type { Agent } from "../../src/ports/agents.js";
import type { AgentsContract, AgentsPart, AgentsUnderTest, ContractTools, OpenAgent } from "./agent-driver.js";
import { listen, messageFor } from "./agent-listener.js";
import { testAsks } from "./agents-asks.js";
import { testEnds, testInterrupts } from "./agents-ends.js";
import { testOutlives } from "./agents-outlive.js";
import { testMessages, testSessions } from "./agents-turns.js";

/** Runs the tests that every `Agents` adapter must pass. */
export function describeAgents({ name, make, supports, parts }: AgentsContract): void {
  describe(`${name} as Agents`, () => {
    let under: AgentsUnderTest;
    const opened: Agent[] = [];

    const open = async (session: { sessionId?: string; resume?: boolean } = {}): Promise<OpenAgent> => {
      const { sessionId = randomUUID(), resume = false } = session;
      const agent = await under.agents.open(under.spec, { sessionId, resume });
      opened.push(agent);
      const tell: OpenAgent["tell"] = async (body, { id = randomUUID(), class: kind = "deliver" } = {}) => {
        await agent.send(messageFor(id, body, kind));
        return id;
      };
      return { agent, listener: listen(agent), sessionId, tell };
    };

    beforeEach(async () => {
      under = await make();
    });
    afterEach(async () => {
      for (const agent of opened.splice(0)) await agent.close({ graceful: false });
      await under.stop?.();
    });

    const tools: ContractTools = { open, under: () => under, supports };
    const part = (wanted: AgentsPart, title: string, body: () => void) => {
      if (parts === undefined || parts.includes(wanted)) describe(title, body);
    };
    part("messages", "its messages", () => testMessages(tools));
    part("sessions", "its sessions", () => testSessions(tools));
    part("asks", "what it asks", () => testAsks(tools));
    part("interrupt", "an interrupt", () => testInterrupts(tools));
    part("end", "its end", () => testEnds(tools));
    if (supports.outlives) part("outlives", "its process, whose router died,", () => testOutlives(tools));
  });
}
