import { afterEach, describe, expect, test } from "vitest";
import { agentImageTag, CLAUDE_CODE_VERSION } from "../../../adapters/docker/image/claude-code-release.js";
import { createDockerSandboxes } from "../../../adapters/docker/sandboxes.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createSystemClock } from "../../../adapters/memory/system-clock.js";
import { partsOfPlace } from "../../contract/agent-driver.js";
import { describeAgents } from "../../contract/agents.js";
import { agentSpec } from "../../support/agent-spec.js";
import { newInstallationId } from "../../support/docker-installation.js";
import { needsDocker } from "../../support/require.js";
import { commands, use } from "./support/obedient-model.js";
import { createRigs } from "./support/opened.js";
import { createRig, plainRole, type RigOptions } from "./support/rig.js";

/** Containers of an installation of their own, which die with the rig. */
function inContainers(more: RigOptions["more"] = {}): RigOptions {
  const installationId = newInstallationId();
  const image = agentImageTag(CLAUDE_CODE_VERSION);
  const openSandboxes = () =>
    createDockerSandboxes({ installationId, image, clock: createSystemClock(), logger: createMemoryLogger() });
  return { openSandboxes, command: ["claude"], more };
}

needsDocker()("Claude Code in containers", () => {
  describeAgents({
    name: "Claude Code",
    // The whole contract runs over processes of this host, in contract.test.ts.
    parts: partsOfPlace,
    supports: { stableIds: false, deltas: true, remember: true, resume: true, outlives: true },
    make: async () => {
      const rig = await createRig(inContainers());
      const restart = async () => (await rig.restart()).agents;
      return {
        agents: rig.agents,
        spec: agentSpec(),
        driver: { ...commands, crash: rig.kill },
        restart,
        stop: rig.stop,
      };
    },
  });

  describe("an agent's container", () => {
    const rigs = createRigs();
    afterEach(() => rigs.stop());

    test("that is killed in the middle of a tool loses nothing: its files and its session stay", async () => {
      const role = { ...plainRole, tools: { ...plainRole.tools, autoAllow: ["Bash"] } };
      const rig = await rigs.make(inContainers({ roleOf: () => role }));
      const first = await rigs.open(rig);
      await first.tell(use("Bash", { command: "echo kept > /work/kept" }));
      await first.listener.nth("turnEnded", 1);
      const id = await first.tell(use("Bash", { command: "for i in 1 2 3 4 5 6 7 8 9; do sleep 1; done" }));
      await first.listener.nth("tool", 3);
      await rig.kill();
      expect(await first.listener.outcome).toMatchObject({ thrown: { code: "died", retryable: true } });
      const second = await rigs.open(rig, { sessionId: first.sessionId });
      await second.tell(use("Bash", { command: "cat /work/kept" }), { id });
      await second.listener.nth("turnEnded", 1);
      const request = rig.emulator.requests.messages().at(-1);
      expect(request?.input?.results.at(-1)).toMatchObject({ text: "kept", isError: false });
      expect(JSON.stringify(request?.body)).toContain("echo kept");
      expect([...first.listener.texts(), ...second.listener.texts()]).toEqual(["done", "done"]);
    }, 180_000);

    test("that would be made otherwise now is not taken over", async () => {
      const more: RigOptions["more"] = { limits: { memoryMb: 1_024, cpus: 1, pids: 256 } };
      const rig = await rigs.make(inContainers(more));
      const sinceMs = Date.now();
      const { sessionId, listener, tell } = await rigs.open(rig);
      await tell(commands.askTool());
      await listener.nth("ask", 1);
      more.limits = { memoryMb: 1_024, cpus: 1, pids: 128 };
      const { agents } = await rig.restart();
      expect(await agents.takeOver?.(agentSpec(), { sessionId, sinceMs })).toBeUndefined();
    }, 60_000);

    test("that has too little memory says so", async () => {
      const rig = await rigs.make(inContainers({ limits: { memoryMb: 48, cpus: 1, pids: 256 } }));
      const thrown: unknown = await rigs.open(rig).catch((error: unknown) => error);
      expect(thrown).toMatchObject({ retryable: true, message: expect.stringContaining("48 MB of memory") });
      expect(await rig.sandboxes.list()).toEqual([]);
    }, 180_000);
  });
});
