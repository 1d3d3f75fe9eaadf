import { agentImageTag, CLAUDE_CODE_VERSION } from "../../../adapters/docker/image/claude-code-release.js";
import { createDockerSandboxes } from "../../../adapters/docker/sandboxes.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createSystemClock } from "../../../adapters/memory/system-clock.js";
import { describeSandboxes, obedientScript } from "../../contract/sandboxes.js";
import { newInstallationId } from "../../support/docker-installation.js";
import { needsDocker } from "../../support/require.js";

needsDocker()("containers", () => {
  describeSandboxes({
    name: "containers",
    timeoutMs: 60_000,
    make: async () => {
      const installationId = newInstallationId();
      const image = agentImageTag(CLAUDE_CODE_VERSION);
      const reopen = async () =>
        createDockerSandboxes({ installationId, image, clock: createSystemClock(), logger: createMemoryLogger() });
      return { sandboxes: await reopen(), command: ["bash", "-c", obedientScript], reopen };
    },
  });
});
