import { createScriptedAgents } from "../../../adapters/scripted/agents.js";
import { describeAgents } from "../../contract/agents.js";
import { agentSpec } from "../../support/agent-spec.js";
import { sha256 } from "../../support/sha256.js";
import { realClock } from "../../support/stub-clock.js";
import { contractDriver, contractScript } from "./contract-script.js";

describeAgents({
  name: "scripted",
  supports: { stableIds: true, deltas: true, remember: true, resume: true },
  make: async () => ({
    agents: createScriptedAgents({ clock: realClock, sha256 }),
    spec: agentSpec({ script: contractScript }),
    driver: contractDriver,
  }),
});
