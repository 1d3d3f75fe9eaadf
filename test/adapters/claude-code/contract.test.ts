import { describeAgents } from "../../contract/agents.js";
import { agentSpec } from "../../support/agent-spec.js";
import { needsClaudeCode } from "../../support/require.js";
import { commands } from "./support/obedient-model.js";
import { createRig } from "./support/rig.js";

needsClaudeCode()("Claude Code in processes", () => {
  describeAgents({
    name: "Claude Code",
    supports: { stableIds: false, deltas: true, remember: true, resume: true },
    make: async () => {
      const rig = await createRig();
      return { agents: rig.agents, spec: agentSpec(), driver: { ...commands, crash: rig.kill }, stop: rig.stop };
    },
  });
});
