import { randomUUID } from "node:crypto";
import type { Agent, AgentInput, AgentSpec, Agents } from "../../../../src/ports/agents.js";
import { type AgentListener, listen, messageFor } from "../../../contract/agent-listener.js";
import { agentSpec } from "../../../support/agent-spec.js";
import { createRig, type Rig, type RigOptions } from "./rig.js";

export interface Opened {
  agent: Agent;
  listener: AgentListener;
  sessionId: string;
  tell(body: string, options?: { id?: string; class?: AgentInput["class"] }): Promise<string>;
}

/** Rigs and agents of a test file; all of them are gone after `stop`. */
export function createRigs() {
  const rigs: Rig[] = [];
  const agents: Agent[] = [];

  async function open(
    rig: { agents: Agents },
    { sessionId = randomUUID(), spec }: { sessionId?: string; spec?: Partial<AgentSpec> } = {},
  ): Promise<Opened> {
    const agent = await rig.agents.open(agentSpec(spec), { sessionId, resume: false });
    agents.push(agent);
    const tell: Opened["tell"] = async (body, { id = randomUUID(), class: kind = "deliver" } = {}) => {
      await agent.send(messageFor(id, body, kind));
      return id;
    };
    return { agent, listener: listen(agent), sessionId, tell };
  }

  return {
    open,
    async make(options: RigOptions = {}): Promise<Rig> {
      const rig = await createRig(options);
      rigs.push(rig);
      return rig;
    },
    async stop(): Promise<void> {
      for (const agent of agents.splice(0)) await agent.close({ graceful: false });
      for (const rig of rigs.splice(0)) await rig.stop();
    },
  };
}
