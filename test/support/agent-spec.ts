import type { AgentSpec } from "../../src/ports/agents.js";

/** An agent `coder` in the room `r1`, with mia; `fields` change what matters to a test. */
export function agentSpec(fields: Partial<AgentSpec> = {}): AgentSpec {
  return {
    roomId: "r1",
    roomName: "Reports",
    name: "coder",
    displayName: "Coder",
    role: "coder",
    participants: [
      { name: "mia", kind: "human", role: "owner" },
      { name: "coder", kind: "agent", role: "coder" },
    ],
    ...fields,
  };
}
