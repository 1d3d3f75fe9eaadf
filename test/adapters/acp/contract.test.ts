import { describeAgents } from "../../contract/agents.js";
import { agentSpec } from "../../support/agent-spec.js";
import { acpCommands, createAcpRig } from "./support/rig.js";

describeAgents({
  name: "an ACP agent in processes",
  supports: { stableIds: false, deltas: true, remember: true, resume: true, reports: true, outlives: true },
  make: async () => {
    const rig = await createAcpRig();
    const driver = { ...acpCommands, crash: rig.kill };
    return { agents: rig.agents, spec: agentSpec(), driver, restart: rig.restart, stop: rig.stop };
  },
});
